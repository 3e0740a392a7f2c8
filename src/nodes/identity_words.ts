/**
 * Serial numbers and UUIDs that identify a machine, and those that do not: what makers leave in a board
 * that nobody gave a number, as found in dmidecode's and LLDP's listings of many makes.
 *
 * Pure.
 */

/** In lower case. */
const NO_SERIALS: ReadonlySet<string> = new Set([
  ...["to be filled by o.e.m.", "to be filled by o.e.m", "to be filled by oem", "o.e.m.", "oem"],
  ...["default string", "default", "not specified", "not applicable", "not available", "not provided"],
  ...["n/a", "none", "null", "unknown", "invalid", "empty", "undefined", "no asset tag", "sernum0"],
  ...["system serial number", "chassis serial number", "base board serial number", "serial number"],
  ...["0123456789", "123456789", "1234567890", "12345678", "01234567", "1234567", "123456", "sn12345678"],
]);
/** Fewer cannot tell many machines apart. */
const MIN_SERIAL_CHARACTERS = 4;
const ONE_CHARACTER_ONLY = /^(.)\1*$/;

/** In the spelling of `canonicalUuid`. */
const NO_UUIDS: ReadonlySet<string> = new Set(
  [
    "03000200-0400-0500-0006-000700080009",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    "12345678-1234-1234-1234-123456789abc",
    "01234567-89ab-cdef-0123-456789abcdef",
    "fefefefe-fefe-fefe-fefe-fefefefefefe",
  ].map(spelledOnce),
);

/** Comes from a machine and ends up in sentences beside commands that people copy: nothing that ends a quotation. */
const SERIAL = /^[A-Za-z0-9._:/+# -]{1,64}$/;

/** The serial number, if it can be one machine's only. */
export function identifyingSerial(text: string | undefined): string | undefined {
  const serial = text?.trim() ?? "";
  const plain = serial
    .toLowerCase()
    .replaceAll(/[\s._-]+/g, " ")
    .trim();
  const solid = plain.replaceAll(" ", "");
  if (solid.length < MIN_SERIAL_CHARACTERS || ONE_CHARACTER_ONLY.test(solid)) return undefined;
  if (!SERIAL.test(serial)) return undefined;
  return NO_SERIALS.has(serial.toLowerCase()) || NO_SERIALS.has(plain) ? undefined : serial;
}

/** The UUID in one spelling, if it can be one machine's only. */
export function identifyingUuid(text: string | undefined): string | undefined {
  const hex = (text ?? "").toLowerCase().replaceAll(/[^0-9a-f]/g, "");
  if (hex.length !== 32 || ONE_CHARACTER_ONLY.test(hex)) return undefined;
  const uuid = spelledOnce(hex);
  return NO_UUIDS.has(uuid) ? undefined : uuid;
}

/**
 * SMBIOS stores the first three fields little-endian (DSP0134 section 7.2.1), and firmware, iPXE and Linux do
 * not agree whether to turn them: the smaller of the two spellings stands for both.
 */
function spelledOnce(text: string): string {
  const hex = text.replaceAll("-", "");
  const turned = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16)].map(bytesTurned).join("");
  const other = turned + hex.slice(16);
  const [one = hex] = [hex, other].sort();
  return [one.slice(0, 8), one.slice(8, 12), one.slice(12, 16), one.slice(16, 20), one.slice(20)].join("-");
}

function bytesTurned(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join("");
}
