/** Gives a decoder many packets that are almost right. */
import { mutated } from "./mutate.ts";
import { randomOf } from "./random.ts";
import type { Target } from "./targets.ts";

export type FuzzOptions = {
  readonly packets: number;
  readonly seed: number;
  /** Called after each packet. */
  readonly after?: (index: number) => void;
};

/** @throws Error with the seed and the packet when the decoder threw or what must hold does not */
export function fuzz({ name, seeds, decode }: Target, { packets, seed, after }: FuzzOptions): void {
  const random = randomOf(seed);
  for (let index = 0; index < packets; index++) {
    const bytes = mutated(seeds, random);
    try {
      decode(bytes);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${name}, seed ${seed}, packet ${index}: ${why}\n${bytes.toString("hex")}`, { cause });
    }
    after?.(index);
  }
}
