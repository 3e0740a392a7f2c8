/**
 * Which other DHCP servers were noticed, so that each is reported now and then and not with
 * every packet. Pure; bounded, because server ids are whatever somebody writes into a packet.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";

const REPORT_AGAIN_MS = 600_000;
const MAX_SERVERS = 64;

export class ForeignServers {
  readonly #reportedAtMs = new Map<Ipv4, number>();

  /** @returns whether this sighting is worth an event. */
  notice(server: Ipv4, nowMs: number): boolean {
    const before = this.#reportedAtMs.get(server);
    if (before !== undefined && nowMs - before < REPORT_AGAIN_MS) return false;
    if (before === undefined && this.#reportedAtMs.size >= MAX_SERVERS) this.#forgetOld(nowMs);
    if (before === undefined && this.#reportedAtMs.size >= MAX_SERVERS) return false;
    this.#reportedAtMs.set(server, nowMs);
    return true;
  }

  #forgetOld(nowMs: number): void {
    for (const [server, atMs] of this.#reportedAtMs) {
      if (nowMs - atMs >= REPORT_AGAIN_MS) this.#reportedAtMs.delete(server);
    }
  }
}
