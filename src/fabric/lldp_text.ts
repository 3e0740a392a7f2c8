/** Text that switches send, made fit to be shown. Pure. */
import { isUtf8 } from "node:buffer";
import { inertLine } from "#src/value/inert_line.ts";

const CONTROL = /\p{Cc}/u;
const NOT_ASCII = /[\x80-\xff]/g;

/**
 * Text on one line: UTF-8, or bytes above 7f as `\xNN` where it is none. Control characters and what else acts
 * on terminals come out escaped; NULs at the end, which some switches count in, are left away.
 */
export function wireText(bytes: Uint8Array): string {
  const text = withoutNuls(bytes);
  if (isUtf8(text)) return inertLine(Buffer.from(text).toString("utf8"));
  return inertLine(
    Buffer.from(text)
      .toString("latin1")
      .replaceAll(NOT_ASCII, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`),
  );
}

/** Text when the bytes are that, else pairs of hex digits: ids are often a MAC address in a field for text. */
export function textOrHex(bytes: Uint8Array): string {
  const text = withoutNuls(bytes);
  const isText = text.length > 0 && isUtf8(text) && !CONTROL.test(Buffer.from(text).toString("utf8"));
  return isText ? wireText(text) : (hexOf(bytes).match(/../g) ?? []).join(":");
}

/** Lower case, without anything between. */
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function withoutNuls(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}
