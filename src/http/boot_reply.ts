/** One published file as an HTTP reply: whole, in part, or not at all because the client has it. RFC 9110. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { BootFile } from "./boot_file.ts";
import type { WriteTurns } from "./write_turns.ts";

export type ByteRange = { readonly start: number; readonly end: number };

/**
 * Reads a Range header (RFC 9110 section 14.1.2).
 *
 * @returns the bytes `start` to `end` (not included); `whole` when there is no range we serve (several
 * at once, another unit, nonsense: section 14.2 lets us ignore those); `unsatisfiable` when it starts beyond the end.
 */
export function readRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | "whole" | "unsatisfiable" {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (!match || (first === "" && last === "")) return "whole";
  if (first === "") {
    const wanted = Math.min(Number(last), sizeBytes);
    return wanted === 0 ? "unsatisfiable" : { start: sizeBytes - wanted, end: sizeBytes };
  }
  const start = Number(first);
  const end = last === "" ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== "" && Number(last) < start) return "whole";
  return start >= sizeBytes ? "unsatisfiable" : { start, end };
}

export async function sendFile(reply: {
  readonly file: BootFile;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly turns: WriteTurns;
}): Promise<void> {
  const { file, request, response } = reply;
  const { bytes } = file;
  const etag = await file.etag();
  const common = { etag, "accept-ranges": "bytes", "content-type": "application/octet-stream" };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, common).end();
    return;
  }
  // A range of another version would be sewn to the wrong bytes (RFC 9110 section 13.1.5).
  const condition = request.headers["if-range"];
  const wanted = condition === undefined || condition === etag ? request.headers.range : undefined;
  const range = readRange(wanted, bytes.length);
  if (range === "unsatisfiable") {
    response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    return;
  }
  const part = range === "whole" ? bytes : bytes.subarray(range.start, range.end);
  const where =
    range === "whole" ? {} : { "content-range": `bytes ${range.start}-${range.end - 1}/${bytes.length}` };
  // setHeader and not writeHead alone: the length is read back for the event.
  response.setHeader("content-length", part.length);
  response.writeHead(range === "whole" ? 200 : 206, { ...common, ...where });
  if (request.method === "HEAD") response.end();
  else reply.turns.send(response, part);
}
