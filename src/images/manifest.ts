/**
 * The manifest of an image: netboot/agent/PROTOCOL.md section 4.
 *
 * Pure. Sizes are bytes, integers big-endian, digests 64 lower-case hex digits.
 */
import type { Decoded, DecodeError } from "#src/value/decoded.ts";
import type { ImageKind } from "./catalogue.ts";

export type ManifestEntry = {
  readonly rawOffset: number;
  readonly rawBytes: number;
  /** 0: a run of zeros without data (`disk` only). */
  readonly storedBytes: number;
  /** SHA-256 of the compressed bytes; all zero for a run of zeros. */
  readonly digest: string;
};

export type Manifest = {
  readonly kind: ImageKind;
  readonly rawBytes: number;
  /** SHA-256 of the whole raw stream, zero runs included. */
  readonly rawDigest: string;
  /** In order of `rawOffset`, without gaps. The position is the chunk number. */
  readonly entries: readonly ManifestEntry[];
};

export const MANIFEST_LIMITS = {
  entries: 1_048_576,
  chunkRawBytes: 16 * 1024 * 1024,
  chunkStoredBytes: 16 * 1024 * 1024 + 64 * 1024,
} as const;

export const ZERO_DIGEST = "0".repeat(64);

const MAGIC = "BGM1";
const HEADER_BYTES = 52;
const ENTRY_BYTES = 52;
const KIND_CODE = { archive: 1, disk: 2 } as const;

/** The bytes whose SHA-256 is the image's identity. The caller has kept the limits; breaking one is a bug and throws. */
export function encodeManifest(manifest: Manifest): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + ENTRY_BYTES * manifest.entries.length);
  bytes.write(MAGIC, 0, "latin1");
  bytes.writeUInt8(KIND_CODE[manifest.kind], 4);
  bytes.writeBigUInt64BE(BigInt(manifest.rawBytes), 8);
  bytes.write(manifest.rawDigest, 16, "hex");
  bytes.writeUInt32BE(manifest.entries.length, 48);
  manifest.entries.forEach((entry, index) => {
    const at = HEADER_BYTES + ENTRY_BYTES * index;
    bytes.writeBigUInt64BE(BigInt(entry.rawOffset), at);
    bytes.writeBigUInt64BE(BigInt(entry.rawBytes), at + 8);
    bytes.writeUInt32BE(entry.storedBytes, at + 16);
    bytes.write(entry.digest, at + 20, "hex");
  });
  const check = decodeManifest(bytes);
  if (!check.ok) throw new Error(`Made a manifest that breaks its own rules: ${check.error.detail}`);
  return bytes;
}

/** Reads a manifest and checks every rule of section 4. Never throws. */
export function decodeManifest(bytes: Uint8Array): Decoded<Manifest> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  if (!header.ok) return header;
  const { kind, rawBytes, count } = header.value;
  const entries: ManifestEntry[] = [];
  let rawOffset = 0;
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + ENTRY_BYTES * index;
    const entry = {
      rawOffset: Number(view.readBigUInt64BE(at)),
      rawBytes: Number(view.readBigUInt64BE(at + 8)),
      storedBytes: view.readUInt32BE(at + 16),
      digest: view.toString("hex", at + 20, at + ENTRY_BYTES),
    };
    const detail = faultOf(entry, kind, rawOffset);
    if (detail) return fault("badValue", `entry ${index}`, at, detail);
    rawOffset += entry.rawBytes;
    entries.push(entry);
  }
  if (rawOffset !== rawBytes) {
    return fault("badValue", "raw size", 8, `entries cover ${rawOffset} bytes, header says ${rawBytes}`);
  }
  return { ok: true, value: { kind, rawBytes, rawDigest: view.toString("hex", 16, 48), entries } };
}

type Header = { readonly kind: ImageKind; readonly rawBytes: number; readonly count: number };

function readHeader(view: Buffer): Decoded<Header> {
  if (view.length < HEADER_BYTES)
    return fault("truncated", "header", 0, `needs ${HEADER_BYTES} bytes, has ${view.length}`);
  if (view.toString("latin1", 0, 4) !== MAGIC) return fault("badValue", "magic", 0, `not "${MAGIC}"`);
  const code = view.readUInt8(4);
  if (code !== KIND_CODE.archive && code !== KIND_CODE.disk)
    return fault("unsupported", "kind", 4, `kind ${code}`);
  if (view.readUIntBE(5, 3) !== 0) return fault("badValue", "reserved", 5, "not zero");
  const rawBytes = Number(view.readBigUInt64BE(8));
  if (!Number.isSafeInteger(rawBytes)) return fault("badValue", "raw size", 8, `${rawBytes} bytes`);
  const count = view.readUInt32BE(48);
  if (count > MANIFEST_LIMITS.entries) return fault("badValue", "number of entries", 48, `${count}`);
  const wanted = HEADER_BYTES + ENTRY_BYTES * count;
  if (view.length !== wanted) {
    const kind = view.length < wanted ? "truncated" : "badValue";
    return fault(kind, "entries", HEADER_BYTES, `${count} entries need ${wanted} bytes, has ${view.length}`);
  }
  return { ok: true, value: { kind: code === KIND_CODE.archive ? "archive" : "disk", rawBytes, count } };
}

/** What is wrong with an entry that should start at `rawOffset`, if anything. */
function faultOf(entry: ManifestEntry, kind: ImageKind, rawOffset: number): string | undefined {
  if (entry.rawOffset !== rawOffset)
    return `starts at ${entry.rawOffset}, the entry before ends at ${rawOffset}`;
  if (!Number.isSafeInteger(rawOffset + entry.rawBytes) || entry.rawBytes === 0)
    return `raw size ${entry.rawBytes}`;
  if (entry.storedBytes === 0) {
    if (kind !== "disk") return "a run of zeros in an archive";
    return entry.digest === ZERO_DIGEST ? undefined : "a run of zeros with a digest";
  }
  if (entry.rawBytes > MANIFEST_LIMITS.chunkRawBytes) return `raw size ${entry.rawBytes} is above the limit`;
  if (entry.storedBytes > MANIFEST_LIMITS.chunkStoredBytes)
    return `compressed size ${entry.storedBytes} is above the limit`;
  return undefined;
}

function fault(
  kind: DecodeError["kind"],
  field: string,
  offsetBytes: number,
  detail: string,
): { readonly ok: false; readonly error: DecodeError } {
  return { ok: false, error: { kind, field, offsetBytes, detail } };
}
