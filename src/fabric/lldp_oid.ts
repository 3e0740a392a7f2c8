/** IEEE 802.1AB-2016 clause 8.5.9.7. */
const MAX_OID_BYTES = 128;
/** RFC 2578 section 7.1.3. */
const MAX_SUB_IDENTIFIER = 0xffff_ffff;

/**
 * An object identifier out of the bytes of its BER value (X.690 section 8.19), without tag and length.
 *
 * @returns it dotted, for example `1.3.6.1.2.1`; `undefined` when it is empty, cut, too long, or holds a number above 32 bits
 */
export function readOid(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_OID_BYTES) return undefined;
  const numbers: number[] = [];
  let number = 0;
  let isOpen = false;
  for (const byte of bytes) {
    number = number * 128 + (byte & 0x7f);
    if (number > MAX_SUB_IDENTIFIER) return undefined;
    isOpen = byte >= 0x80;
    if (isOpen) continue;
    numbers.push(number);
    number = 0;
  }
  const [first] = numbers;
  if (first === undefined || isOpen) return undefined;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - 40 * root, ...numbers.slice(1)].join(".");
}
