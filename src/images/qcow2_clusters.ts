/**
 * Which part of a qcow2 file holds which part of the disk: QEMU's docs/interop/qcow2.txt, section "Cluster mapping".
 *
 * Pure. Never throws on bytes. Memory: two bits for each cluster of the file.
 */
import type { Qcow2Header } from "./qcow2_header.ts";
import type { SourceFault } from "./source_fault.ts";

/** The next bytes of the disk, in order and without gaps. */
export type Extent =
  | { readonly kind: "zeros"; readonly diskBytes: number }
  | { readonly kind: "data"; readonly diskBytes: number; readonly fileOffsetBytes: number }
  /** One cluster; only its first `diskBytes` belong to the disk. */
  | {
      readonly kind: "compressed";
      readonly diskBytes: number;
      readonly fileOffsetBytes: number;
      /** An upper bound: counted in sectors. */
      readonly fileBytes: number;
    };

const ENTRY_BYTES = 8;
/** Host offsets stand in bits 9 to 55. */
const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n;
const COMPRESSED_BIT = 1n << 62n;
const ZERO_BIT = 1n;
const SECTOR_BYTES = 512;
/** Neighbours in the file are read together up to this. */
const MAX_EXTENT_BYTES = 1024 * 1024;

export class Qcow2Clusters {
  readonly #header: Qcow2Header;
  readonly #fileBytes: number;
  readonly #clusterBytes: number;
  /** Clusters of tables and plain data belong to one entry alone; compressed ones share theirs among themselves. */
  readonly #taken: Uint8Array;
  readonly #shared: Uint8Array;

  constructor(header: Qcow2Header, fileBytes: number) {
    this.#header = header;
    this.#fileBytes = fileBytes;
    this.#clusterBytes = 2 ** header.clusterBits;
    const bitmapBytes = Math.ceil(Math.ceil(fileBytes / this.#clusterBytes) / 8);
    this.#taken = new Uint8Array(bitmapBytes);
    this.#shared = new Uint8Array(bitmapBytes);
    this.#take(0, 1, this.#taken);
    this.#take(header.l1OffsetBytes, header.l1Entries * ENTRY_BYTES, this.#taken);
  }

  /** Disk bytes that one second-level table describes. */
  get tableSpanBytes(): number {
    return this.#clusterBytes * (this.#clusterBytes / ENTRY_BYTES);
  }

  /**
   * Where the second-level table of an entry of the first table is.
   *
   * @returns 0 when there is none: all of its disk bytes are zero
   */
  tableAt(l1: Buffer, index: number): number | SourceFault {
    const offset = Number(l1.readBigUInt64BE(index * ENTRY_BYTES) & OFFSET_MASK);
    if (offset === 0) return 0;
    return this.#claim(offset, "a second table") ?? offset;
  }

  /**
   * What a second-level table maps, neighbours joined.
   *
   * @param diskOffsetBytes where its first cluster stands in the disk
   */
  extentsOf(table: Buffer, diskOffsetBytes: number): readonly Extent[] | SourceFault {
    const extents: Extent[] = [];
    const spanBytes = Math.min(this.tableSpanBytes, this.#header.diskBytes - diskOffsetBytes);
    for (let at = 0; at < spanBytes; at += this.#clusterBytes) {
      const entry = table.readBigUInt64BE((at / this.#clusterBytes) * ENTRY_BYTES);
      const next = this.#extentOf(entry, Math.min(this.#clusterBytes, spanBytes - at));
      if ("found" in next) return next;
      const joined = joinedWith(extents.at(-1), next);
      if (joined) extents[extents.length - 1] = joined;
      else extents.push(next);
    }
    return extents;
  }

  #extentOf(entry: bigint, diskBytes: number): Extent | SourceFault {
    if (entry & COMPRESSED_BIT) return this.#compressed(entry, diskBytes);
    if (this.#header.hasZeroFlag && entry & ZERO_BIT) return { kind: "zeros", diskBytes };
    const fileOffsetBytes = Number(entry & OFFSET_MASK);
    if (fileOffsetBytes === 0) return { kind: "zeros", diskBytes };
    const fault = this.#claim(fileOffsetBytes, "a cluster", diskBytes);
    return fault ?? { kind: "data", diskBytes, fileOffsetBytes };
  }

  #compressed(entry: bigint, diskBytes: number): Extent | SourceFault {
    const offsetBits = BigInt(62 - (this.#header.clusterBits - 8));
    const fileOffsetBytes = Number(entry & ((1n << offsetBits) - 1n));
    const moreSectors = Number((entry & (COMPRESSED_BIT - 1n)) >> offsetBits);
    const sectors = Math.floor(fileOffsetBytes / SECTOR_BYTES) + 1 + moreSectors;
    const endBytes = Math.min(sectors * SECTOR_BYTES, this.#fileBytes);
    if (fileOffsetBytes < this.#clusterBytes || fileOffsetBytes >= this.#fileBytes)
      return outside("a compressed cluster", fileOffsetBytes, this.#fileBytes);
    const fileBytes = endBytes - fileOffsetBytes;
    if (this.#isTaken(fileOffsetBytes, 1, this.#taken))
      return overlap("a compressed cluster", fileOffsetBytes);
    this.#take(fileOffsetBytes, 1, this.#shared);
    return { kind: "compressed", diskBytes, fileOffsetBytes, fileBytes };
  }

  /** Gives a whole cluster of the file to one entry. */
  #claim(offset: number, what: string, usedBytes = this.#clusterBytes): SourceFault | undefined {
    if (offset % this.#clusterBytes !== 0)
      return { offsetBytes: offset, found: `${what} across two clusters` };
    if (offset + usedBytes > this.#fileBytes) return outside(what, offset, this.#fileBytes);
    if (this.#isTaken(offset, 1, this.#taken) || this.#isTaken(offset, 1, this.#shared))
      return overlap(what, offset);
    this.#take(offset, 1, this.#taken);
    return undefined;
  }

  #take(offset: number, bytes: number, bitmap: Uint8Array): void {
    const last = Math.floor((offset + bytes - 1) / this.#clusterBytes);
    for (let at = Math.floor(offset / this.#clusterBytes); at <= last; at++)
      bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) | (1 << (at & 7));
  }

  #isTaken(offset: number, bytes: number, bitmap: Uint8Array): boolean {
    const last = Math.floor((offset + bytes - 1) / this.#clusterBytes);
    for (let at = Math.floor(offset / this.#clusterBytes); at <= last; at++)
      if ((bitmap[at >> 3] ?? 0) & (1 << (at & 7))) return true;
    return false;
  }
}

const outside = (what: string, offsetBytes: number, fileBytes: number): SourceFault => ({
  offsetBytes,
  found: `${what} outside of the file's ${fileBytes} bytes`,
});

const overlap = (what: string, offsetBytes: number): SourceFault => ({
  offsetBytes,
  found: `${what} that lies over another one`,
});

function joinedWith(last: Extent | undefined, next: Extent): Extent | undefined {
  if (last?.kind === "zeros" && next.kind === "zeros")
    return { kind: "zeros", diskBytes: last.diskBytes + next.diskBytes };
  if (last?.kind !== "data" || next.kind !== "data") return undefined;
  const follows = last.fileOffsetBytes + last.diskBytes === next.fileOffsetBytes;
  const diskBytes = last.diskBytes + next.diskBytes;
  return follows && diskBytes <= MAX_EXTENT_BYTES ? { ...last, diskBytes } : undefined;
}
