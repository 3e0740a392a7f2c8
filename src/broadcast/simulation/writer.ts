/** A disk, and the blocks that wait for it. Pure. */
import type { World } from "./machine.ts";

export class Writer {
  bytesPerMs: number;
  readonly #world: Pick<World, "time" | "blocks" | "blockBytes">;
  /** When each block was or will be written; empty while the disk is as fast as anything comes. */
  readonly #endMs: number[] = [];
  #written = 0;

  constructor(world: Pick<World, "time" | "blocks" | "blockBytes">, diskBytesPerMs: number) {
    this.#world = world;
    this.bytesPerMs = diskBytesPerMs;
  }

  /** Blocks 0 to `have` - 1 are there. */
  write(have: number): void {
    const startMs = Math.max(this.#world.time.nowMs, this.#endMs.at(-1) ?? 0);
    this.#endMs[have - 1] = startMs + this.#world.blockBytes / this.bytesPerMs;
  }

  /** Blocks on the disk now. */
  written(): number {
    while ((this.#endMs[this.#written] ?? Number.POSITIVE_INFINITY) <= this.#world.time.nowMs)
      this.#written++;
    return this.#written;
  }

  /** When all that is there will be written. */
  endMs(): number {
    return this.#endMs.at(-1) ?? this.#world.time.nowMs;
  }

  /** When there is room for one more of `memoryBlocks`; in the past: there is. */
  fullUntilMs(have: number, memoryBlocks: number): number {
    return have < memoryBlocks ? 0 : (this.#endMs[have - memoryBlocks] ?? 0);
  }
}
