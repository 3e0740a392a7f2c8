/**
 * What a newcomer does to who feeds it from now on: what that acknowledges waits in the queue of its port behind all that
 * the newcomer has to catch up, and TCP takes its time to get used to it. Seen of real agents at 40 Mbit/s. Pure.
 */
import type { Link } from "./fabric.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** As netboot/agent/feed_watch.h has it. */
const NEWCOMER_UPSETS_MS = 1500;
/** One that comes when there was less waits like everybody. */
export const PLENTY_BYTES = 512 * 1024;
const SHARE = 0.25;
/** A few times what fits into the queue of the port. */
const LASTS_BYTES = 2.5 * PLENTY_BYTES;

export function upset(time: VirtualTime, ingress: Link): void {
  const lastsMs = LASTS_BYTES / ingress.bytesPerMs;
  ingress.bytesPerMs *= SHARE;
  time.after(lastsMs, () => {
    ingress.bytesPerMs /= SHARE;
  });
}

export const isUpset = (sinceMs: number | undefined): boolean =>
  sinceMs !== undefined && sinceMs < NEWCOMER_UPSETS_MS;
