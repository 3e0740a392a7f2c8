import { createHash } from "node:crypto";

/** A published file: its bytes are shared by all readers and never copied. */
export type BootFile = {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Strong: of the content. */
  readonly etag: string;
};

/** The digest is made when somebody first asks for the file: pages of the program that nobody read take no memory. */
export function bootFile(name: string, bytes: Uint8Array): BootFile {
  let etag: string | undefined;
  return {
    name,
    bytes,
    get etag() {
      etag ??= `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
      return etag;
    },
  };
}
