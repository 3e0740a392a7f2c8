/** A 48-bit Ethernet address in one canonical spelling: lower case, colons. */
export type Mac = string & { readonly __brand: "Mac" };

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const SIX_PAIRS = /^[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5}$/;

/**
 * Reads a MAC address in any of the spellings vendors print
 * (`52:54:00:AB:CD:EF`, `52-54-00-ab-cd-ef`, `525400abcdef`).
 *
 * @returns the canonical form, or `undefined` when `text` is not a MAC.
 */
export function parseMac(text: string): Mac | undefined {
  const lower = text.trim().toLowerCase();
  if (!SIX_PAIRS.test(lower)) return undefined;
  const pairs = lower.replaceAll(/[:-]/g, "").match(/../g) ?? [];
  return pairs.join(":") as Mac;
}

/** The address in six bytes of a packet. @throws RangeError when `bytes` are not six. */
export function macFromBytes(bytes: Uint8Array): Mac {
  if (bytes.length !== 6)
    throw new RangeError(`Cannot read a MAC address from ${bytes.length} bytes: needs 6`);
  let text = "";
  for (const byte of bytes) text += `${text && ":"}${HEX[byte]}`;
  return text as Mac;
}

/** The six bytes that go on the wire. */
export const macBytes = (mac: Mac): Uint8Array => Buffer.from(mac.replaceAll(":", ""), "hex");
