/**
 * Watches the bytes of a disk stream by and keeps what the catalogue wants to know of it.
 *
 * Pure: pieces in, facts or a fault out. Keeps the first {@link LAYOUT_BYTES} and as much of some partitions.
 */
import { missingToBoot } from "./bootability.ts";
import type { ImageFacts } from "./catalogue.ts";
import type { ImageDescription } from "./description.ts";
import { inspectDisk, PartitionHeads } from "./disk_inspection.ts";
import { type DiskLayout, describeLayout, diskLayoutOf, LAYOUT_BYTES } from "./disk_layout.ts";
import { partitionTableOf } from "./disk_partitions.ts";
import type { Inspection } from "./inspection.ts";
import type { SourceFault } from "./source_fault.ts";
import { pieceBytes, type StreamPiece } from "./stream_piece.ts";

/** No system fits, and the first partition of every tool starts here at the earliest. */
const MIN_DISK_BYTES = 1024 * 1024;
const SECTOR_BYTES = 512;

export class DiskWalk {
  readonly #about: ImageDescription;
  readonly #head = Buffer.alloc(LAYOUT_BYTES);
  readonly #heads = new PartitionHeads();
  #bytes = 0;

  /** @param about what its owner says of the image */
  constructor(about: ImageDescription = {}) {
    this.#about = about;
  }

  feed(piece: StreamPiece): SourceFault | undefined {
    const before = this.#bytes;
    if (before < LAYOUT_BYTES && Buffer.isBuffer(piece)) piece.copy(this.#head, before);
    this.#bytes += pieceBytes(piece);
    if (before >= LAYOUT_BYTES) this.#heads.feed(piece);
    else if (this.#bytes >= LAYOUT_BYTES) this.#readTable(piece);
    return undefined;
  }

  /** @param last reached the end of the head, or past it */
  #readTable(last: StreamPiece): void {
    this.#heads.table = partitionTableOf(this.#head);
    // Partitions may begin within the head.
    this.#heads.feed(this.#head);
    const pastBytes = this.#bytes - LAYOUT_BYTES;
    const past = Buffer.isBuffer(last) ? last.subarray(last.length - pastBytes) : { zeroBytes: pastBytes };
    this.#heads.feed(past);
  }

  /** Says whether the stream may end here. */
  finish(): SourceFault | undefined {
    const leastBytes = this.#layout?.leastBytes ?? 0;
    if (this.#bytes % SECTOR_BYTES !== 0)
      return { offsetBytes: this.#bytes, found: `the end of the disk in the midst of a sector` };
    if (leastBytes > this.#bytes)
      return {
        offsetBytes: this.#bytes,
        found: `the end of the disk, which has ${leastBytes} bytes by its own GPT`,
      };
    return undefined;
  }

  /** What a machine would miss when it is to boot this; empty: it can. */
  missingToBoot(): readonly string[] {
    return [
      ...missingToBoot({ kind: "disk", found: this.#found, about: this.#about }),
      ...(this.#bytes >= MIN_DISK_BYTES ? [] : ["room for a system (1 MiB)"]),
    ];
  }

  /** A disk is opaque: what its owner names cannot be looked for. */
  missingNamed(): readonly string[] {
    return [];
  }

  get value(): ImageFacts {
    const layout = this.#layout;
    return {
      layout: layout ? describeLayout(layout) : undefined,
      entryCount: 0,
      installedBytes: this.#bytes,
      found: this.#found,
    };
  }

  get #found(): Inspection {
    const disk = inspectDisk(this.#seen, this.#heads);
    return { kernels: [], bootFiles: [], seeds: [], sshServer: false, disk };
  }

  get #layout(): DiskLayout | undefined {
    return diskLayoutOf(this.#seen);
  }

  get #seen(): Buffer {
    return this.#head.subarray(0, Math.min(this.#bytes, LAYOUT_BYTES));
  }
}
