/** BER for tests: X.690. Written from the other side than `src/fabric/ber_reader.ts`. */
import type { SnmpValue, Varbind } from "#src/fabric/snmp_value.ts";

export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag), lengthOf(content.length), content]);
}

function lengthOf(size: number): Uint8Array {
  if (size < 0x80) return Uint8Array.of(size);
  return size < 0x100 ? Uint8Array.of(0x81, size) : Uint8Array.of(0x82, size >> 8, size & 0xff);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
export const octets = (value: string | Uint8Array): Buffer => tlv(4, Buffer.from(value));

export function integer(value: number, tag = 2): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(((rest % 256) + 256) % 256);
    rest = Math.floor(rest / 256);
  } while (rest !== 0 && rest !== -1);
  const top = bytes[0] ?? 0;
  if (rest === 0 && top >= 0x80) bytes.unshift(0);
  if (rest === -1 && top < 0x80) bytes.unshift(0xff);
  return tlv(tag, Uint8Array.from(bytes));
}

export function objectId(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
  return tlv(6, Uint8Array.from([first * 40 + second, ...rest].flatMap(sevenBits)));
}

function sevenBits(number: number): readonly number[] {
  const groups = [number % 0x80];
  for (let rest = Math.floor(number / 0x80); rest > 0; rest = Math.floor(rest / 0x80))
    groups.unshift(0x80 | (rest % 0x80));
  return groups;
}

export const END_OF_MIB_VIEW: Uint8Array = Uint8Array.of(0x82, 0);

export const varbind = ({ oid, value }: Varbind): Buffer => sequence(objectId(oid), encodedValue(value));

function encodedValue(value: SnmpValue): Uint8Array {
  switch (value.kind) {
    case "number":
      return integer(value.number);
    case "counter64":
      return tlv(0x46, Buffer.from(value.count.toString(16).padStart(16, "0"), "hex"));
    case "octets":
      return octets(value.bytes);
    case "oid":
      return objectId(value.oid);
    case "address":
      return tlv(0x40, Uint8Array.from(value.address.split(".").map(Number)));
    case "none":
      return Uint8Array.of(5, 0);
  }
}

export type ResponseParts = {
  readonly requestId: number;
  readonly varbinds: readonly Uint8Array[];
  readonly community?: string;
  readonly errorStatus?: number;
  readonly errorIndex?: number;
  readonly pduType?: number;
};

/** A reply of SNMPv2c. */
export const response = ({
  requestId,
  varbinds,
  community = "public",
  errorStatus = 0,
  errorIndex = 0,
  pduType = 0xa2,
}: ResponseParts): Buffer =>
  sequence(
    integer(1),
    octets(community),
    tlv(pduType, integer(requestId), integer(errorStatus), integer(errorIndex), sequence(...varbinds)),
  );
