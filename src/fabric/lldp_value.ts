import { ByteReader } from "#src/value/byte_reader.ts";

/** What `read` makes of the value of a TLV, or `undefined` when that is malformed. Bytes behind it are passed over. */
export function readWhole<T>(value: Uint8Array, read: (reader: ByteReader) => T | undefined): T | undefined {
  const reader = new ByteReader(value);
  const decoded = reader.finish(read(reader));
  return decoded.ok ? decoded.value : undefined;
}

/** An unsigned number of four bytes. */
export const readU32 = (reader: ByteReader, field: string): number =>
  reader.u16(field) * 0x1_0000 + reader.u16(field);
