/**
 * Why clients were last refused a file: iPXE shows of such an answer only a number, and asks for the words
 * in a script. Bounded; pure.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";

const MAX_CLIENTS = 4096;
const NOTHING_REFUSED =
  "the appliance refused nothing: the transfer broke off, so look at cable, firewall and memory";

export class Refusals {
  readonly #because = new Map<Ipv4, string>();

  note(client: Ipv4, because: string): void {
    this.#because.delete(client);
    this.#because.set(client, because);
    const [oldest] = this.#because.keys();
    if (this.#because.size > MAX_CLIENTS && oldest !== undefined) this.#because.delete(oldest);
  }

  /** Why the client's last file did not come. The next time it is another one. */
  take(client: Ipv4): string {
    const because = this.#because.get(client) ?? NOTHING_REFUSED;
    this.#because.delete(client);
    return because;
  }
}
