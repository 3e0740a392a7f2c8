/**
 * Watches the bytes of a disk stream by and keeps what the catalogue wants to know of it.
 *
 * Pure: pieces in, facts or a fault out. Keeps the first {@link LAYOUT_BYTES} only.
 */
import type { ImageFacts } from "./catalogue.ts";
import { type DiskLayout, describeLayout, diskLayoutOf, LAYOUT_BYTES } from "./disk_layout.ts";
import type { SourceFault } from "./source_fault.ts";
import { pieceBytes, type StreamPiece } from "./stream_piece.ts";

/** No system fits, and the first partition of every tool starts here at the earliest. */
const MIN_DISK_BYTES = 1024 * 1024;
const SECTOR_BYTES = 512;

export class DiskWalk {
  readonly #head = Buffer.alloc(LAYOUT_BYTES);
  #bytes = 0;

  feed(piece: StreamPiece): SourceFault | undefined {
    if (this.#bytes < LAYOUT_BYTES && Buffer.isBuffer(piece)) piece.copy(this.#head, this.#bytes);
    this.#bytes += pieceBytes(piece);
    return undefined;
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
      ...(this.#layout ? [] : ["boot sector, GPT or file system at its start"]),
      ...(this.#bytes >= MIN_DISK_BYTES ? [] : ["room for a system (1 MiB)"]),
    ];
  }

  get value(): ImageFacts {
    const layout = this.#layout;
    return {
      layout: layout ? describeLayout(layout) : undefined,
      entryCount: 0,
      installedBytes: this.#bytes,
    };
  }

  get #layout(): DiskLayout | undefined {
    return diskLayoutOf(this.#head.subarray(0, Math.min(this.#bytes, LAYOUT_BYTES)));
  }
}
