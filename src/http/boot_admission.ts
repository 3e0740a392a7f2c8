/**
 * Who may fetch a large file now. Pure.
 *
 * A rack that starts at once is served a part at a time, each machine faster than all together would
 * be: the others are told to come back, which their script does with growing pauses. Small files
 * (scripts, boot loaders) always go: firmware that loads them knows no second try.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";

/** Larger is what scripts load, which try again. */
export const LARGE_BYTES = 4 << 20;
export const MAX_LARGE_TRANSFERS = 1024;
export const MAX_LARGE_TRANSFERS_PER_CLIENT = 4;
/** Who reads more slowly than that on the whole only holds a place; a share of one gigabit for 1,024 is seven times that. */
const MIN_BYTES_PER_SEC = 16 << 10;
const GRACE_MS = 60_000;

export class BootAdmission {
  readonly #perClient = new Map<Ipv4, number>();
  #active = 0;

  get active(): number {
    return this.#active;
  }

  /** @returns whether the transfer may start; {@link leave} ends it. */
  enter(client: Ipv4): boolean {
    const own = this.#perClient.get(client) ?? 0;
    if (this.#active >= MAX_LARGE_TRANSFERS || own >= MAX_LARGE_TRANSFERS_PER_CLIENT) return false;
    this.#active++;
    this.#perClient.set(client, own + 1);
    return true;
  }

  leave(client: Ipv4): void {
    const own = (this.#perClient.get(client) ?? 1) - 1;
    this.#active--;
    if (own > 0) this.#perClient.set(client, own);
    else this.#perClient.delete(client);
  }
}

/** How long a transfer of so many bytes may take at most. */
export const transferLimitMs = (bytes: number): number => GRACE_MS + (bytes / MIN_BYTES_PER_SEC) * 1000;
