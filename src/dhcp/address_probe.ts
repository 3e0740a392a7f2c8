/**
 * Asks the wire about offers while they are under way. Nothing waits for it, and without packet sockets
 * (CAP_NET_RAW) or on an interface without ARP nothing is asked.
 */
import { openArpSocket, receiveArp, sendArpProbe } from "#src/net/arp_probe.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
import { closeDescriptor, SystemCallError } from "#src/net/libc.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type FoundHolder, OfferProbes } from "./offer_probes.ts";

/** Node cannot wait for a packet socket. */
const LOOK_MS = 50;
/** More frames a look would take time from others; the kernel drops what does not fit its buffer. */
const MAX_FRAMES = 512;

export class AddressProbe implements Disposable {
  readonly #own: Pick<NetworkInterface, "index" | "mac">;
  readonly #onHolder: (found: FoundHolder) => void;
  readonly #probes: OfferProbes;
  readonly #fd: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(own: Pick<NetworkInterface, "index" | "mac">, onHolder: (found: FoundHolder) => void) {
    this.#own = own;
    this.#onHolder = onHolder;
    this.#probes = new OfferProbes(own.mac);
    this.#fd = without(() => openArpSocket(own.index));
  }

  /** Asks who has the address that the machine is offered. Does not wait for the answer. */
  ask(mac: Mac, address: Ipv4): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    // What was said before the question is no answer to it. The buffer of the kernel holds some 300 such frames.
    if (this.#timer === undefined) for (let left = MAX_FRAMES; left > 0 && receiveArp(fd); left--);
    if (!this.#probes.ask(mac, address, performance.now())) return;
    without(() => sendArpProbe(fd, this.#own, address));
    this.#timer ??= setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Takes the answers that came. Costs nothing while nothing is asked. */
  look(): void {
    const fd = this.#fd;
    if (fd === undefined || this.#timer === undefined) return;
    for (let left = MAX_FRAMES; left > 0; left--) {
      const packet = receiveArp(fd);
      if (packet === undefined) break;
      const found = packet === "other" ? undefined : this.#probes.hear(packet, performance.now());
      if (found) this.#onHolder(found);
    }
    if (this.#probes.isIdle(performance.now())) this.#rest();
  }

  [Symbol.dispose](): void {
    this.#rest();
    if (this.#fd !== undefined) closeDescriptor(this.#fd);
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** No rights, no such interface, a card that is down: machines get their addresses all the same. */
function without<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (fault) {
    if (fault instanceof SystemCallError) return undefined;
    throw fault;
  }
}
