/** Random numbers that a seed repeats: a fuzz run that failed is run again by its number. */
export type Random = {
  /** 0 to `below` - 1. */
  readonly below: (limit: number) => number;
};

/** mulberry32 (public domain, Tommy Ettinger): enough for test data, 32 bits of state. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return {
    below: (limit) => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
    },
  };
}
