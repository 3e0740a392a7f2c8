/**
 * How long to wait for an answer before sending again: RFC 6298 for one TFTP transfer.
 *
 * Pure: the caller says how long an answer took. Section 3 (Karn) is the caller's duty: no sample
 * of what was sent more than once.
 */

export type RoundTrip = {
  /** Smoothed time to an answer (SRTT); `undefined` before the first. */
  readonly smoothedMs: number | undefined;
  /** Its mean deviation (RTTVAR). */
  readonly deviationMs: number;
  /** What to wait now (RTO). */
  readonly timeoutMs: number;
};

/** Before anything is known. RFC 6298 says 1 s; firmware on the same wire is heard within milliseconds. */
const FIRST_TIMEOUT_MS = 500;
/** Firmware that writes to flash or draws a progress bar is silent that long. */
export const MIN_TIMEOUT_MS = 200;
export const MAX_TIMEOUT_MS = 8000;
/** Section 2.3: alpha 1/8, beta 1/4, K 4. */
const [ALPHA, BETA, K] = [1 / 8, 1 / 4, 4];

export const UNKNOWN_ROUND_TRIP: RoundTrip = {
  smoothedMs: undefined,
  deviationMs: 0,
  timeoutMs: FIRST_TIMEOUT_MS,
};

/** An answer came after `tookMs` to something that was sent once. */
export function withSample({ smoothedMs, deviationMs }: RoundTrip, tookMs: number): RoundTrip {
  const smoothed = smoothedMs === undefined ? tookMs : smoothedMs + ALPHA * (tookMs - smoothedMs);
  const deviation =
    smoothedMs === undefined
      ? tookMs / 2
      : deviationMs + BETA * (Math.abs(tookMs - smoothedMs) - deviationMs);
  return {
    smoothedMs: smoothed,
    deviationMs: deviation,
    timeoutMs: Math.min(Math.max(smoothed + K * deviation, MIN_TIMEOUT_MS), MAX_TIMEOUT_MS),
  };
}

/** Nothing came in time (section 5.5): twice as long, until a sample says otherwise. */
export const backedOff = (roundTrip: RoundTrip): RoundTrip => ({
  ...roundTrip,
  timeoutMs: Math.min(roundTrip.timeoutMs * 2, MAX_TIMEOUT_MS),
});
