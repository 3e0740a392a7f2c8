import { createHash } from "node:crypto";

/** A published file: its bytes are shared by all readers and never copied. */
export type BootFile = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Strong: of the content. */
  readonly etag: string;
};

export const bootFile = (name: string, bytes: Uint8Array): BootFile => ({
  name,
  bytes,
  etag: `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`,
});
