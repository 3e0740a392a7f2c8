/** How fast a node is, from the counts that it reports once a second. Pure. */

/** Counts since the node began. */
export type Counts = {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Unpacked, on its disk. */
  readonly writtenRawBytes: number;
};

export type Rates = {
  readonly receiveBytesPerSec: number;
  readonly sendBytesPerSec: number;
  readonly writeRawBytesPerSec: number;
};

export type Sample = { readonly atMs: number; readonly counts: Counts };

/** Long enough that one late report does not look like a stall, short enough to show a real one. */
const WINDOW_MS = 3500;
/** Reports that come closer together than this tell nothing of a rate. */
const LEAST_MS = 100;

/**
 * Adds a report to those before it, oldest first, and forgets what no rate needs any more. A count that went back is
 * another beginning.
 *
 * @param sample.atMs monotonic
 */
export function withSample(before: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = before.at(-1);
  if (last !== undefined && wentBack(last.counts, sample.counts)) return [sample];
  if (last !== undefined && sample.atMs - last.atMs < LEAST_MS)
    return [...before.slice(0, -1), { ...sample, atMs: last.atMs }];
  const recent = before.findIndex(({ atMs }) => atMs >= sample.atMs - WINDOW_MS);
  // Of a silence that was longer than the window the last report before it says where it began.
  return [...before.slice(recent === -1 ? -1 : recent), sample];
}

/** @returns zeros while there is only one report */
export function ratesOf(samples: readonly Sample[]): Rates {
  const [first, last] = [samples[0], samples.at(-1)];
  const lastingMs = first && last ? last.atMs - first.atMs : 0;
  const rate = (count: keyof Counts): number =>
    first && last && lastingMs > 0 ? perSecond(last.counts[count] - first.counts[count], lastingMs) : 0;
  return {
    receiveBytesPerSec: rate("receivedBytes"),
    sendBytesPerSec: rate("sentBytes"),
    writeRawBytesPerSec: rate("writtenRawBytes"),
  };
}

/** Whole bytes a second; 0 for no time. */
export const perSecond = (bytes: number, ms: number): number =>
  ms > 0 ? Math.round((bytes * 1000) / ms) : 0;

const wentBack = (before: Counts, after: Counts): boolean =>
  after.receivedBytes < before.receivedBytes || after.writtenRawBytes < before.writtenRawBytes;
