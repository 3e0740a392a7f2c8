/** Rates of which nobody says anything. Pure. */

/**
 * Stands for a speed that nobody knows: faster than all that are known, so that it bounds nothing, and still a
 * number that can be halved.
 */
export const UNKNOWN_MBIT = 1e15;
/** A petabit a second: no link is as fast, and what is left of an unknown speed is more. */
const MAX_MBIT = 1e9;

export const isKnown = (rateMbit: number): boolean => rateMbit < MAX_MBIT;

/** A rate as plain data. */
export const known = (rateMbit: number): number | undefined => (isKnown(rateMbit) ? rateMbit : undefined);

/** A speed as it was read: 0 and what no link can have are not known. */
export const speedOr = (mbit: number | undefined, otherwise: number): number =>
  mbit !== undefined && mbit > 0 && isKnown(mbit) ? mbit : otherwise;
