/**
 * Sends large bodies piece by piece, in turns with everything else that the process does.
 *
 * A body that is handed over whole is copied to the system in pieces of megabytes; a hundred readers
 * of that kind hold up DHCP for half a second at a time.
 */
import type { Writable } from "node:stream";

/** What one reader gets before it is another's turn. A quarter of it costs half the throughput, four times as much 100 ms of the event loop. */
export const PIECE_BYTES = 256 << 10;
/** After that long the event loop sees to the rest of the appliance. */
const TURN_MS = 4;

export class WriteTurns {
  #ready: (() => void)[] = [];
  #isScheduled = false;

  /** Writes all of `body` to `to` and ends it; stops when the reader is gone. The bytes are not copied. */
  send(to: Writable, body: Uint8Array): void {
    let at = 0;
    const next = (): void => {
      if (to.destroyed) return;
      const piece = body.subarray(at, at + PIECE_BYTES);
      at += piece.length;
      if (at >= body.length) to.end(piece);
      else to.write(piece, (fault) => fault || this.#add(next));
    };
    this.#add(next);
  }

  #add(write: () => void): void {
    this.#ready.push(write);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isScheduled = false;
    const now = this.#ready;
    this.#ready = [];
    const endsAtMs = performance.now() + TURN_MS;
    let done = 0;
    while (done < now.length && performance.now() < endsAtMs) now[done++]?.();
    for (const waiting of now.slice(done)) this.#add(waiting);
  }
}
