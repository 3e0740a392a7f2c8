/**
 * Which addresses machines took from another DHCP server, as they said it themselves. Pure; bounded,
 * because anybody can say anything: the oldest goes first.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const MAX_MACHINES = 16_384;
/** Running machines renew by unicast, which nobody overhears. */
const KEPT_MS = 7 * 86_400_000;

export class OverheardAddresses {
  readonly #byMac = new Map<Mac, { readonly address: Ipv4; readonly atMs: number }>();

  note(mac: Mac, address: Ipv4, nowMs: number): void {
    this.#byMac.delete(mac);
    this.#byMac.set(mac, { address, atMs: nowMs });
    const [oldest] = this.#byMac.keys();
    if (this.#byMac.size > MAX_MACHINES && oldest) this.#byMac.delete(oldest);
  }

  of(mac: Mac, nowMs: number): Ipv4 | undefined {
    const heard = this.#byMac.get(mac);
    return heard && nowMs - heard.atMs < KEPT_MS ? heard.address : undefined;
  }
}
