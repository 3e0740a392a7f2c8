/** Pages that only one node may read, and calls that nodes make, on the provisioning network's listener. */
import type { ServerResponse } from "node:http";
import type { Ipv4 } from "#src/value/ipv4.ts";

export type PageRequest = { readonly path: string; readonly peer: Ipv4 };

export type PageReply = {
  readonly status: number;
  readonly text: string;
  /** Why not, for the event log. */
  readonly because?: string | undefined;
};

const PAGES = /^\/(?:seed|phone-home)\//;
/** cloud-init's phone_home posts its host keys and names; nobody reads them. */
const MAX_BODY_BYTES = 64 << 10;

export const isNodePage = (path: string): boolean => PAGES.test(path);

/** Reads past what a client sends, and hangs up on one that sends too much. */
export function ignoreBody(request: NodeJS.ReadableStream & { destroy(): unknown }): void {
  let bytes = 0;
  request.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) request.destroy();
  });
}

export function sendPage(response: ServerResponse, { status, text }: PageReply): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    // It may hold secrets, and is made anew each time.
    "cache-control": "no-store",
    ...(status === 503 ? { "retry-after": "5" } : {}),
  });
  response.end(text);
}
