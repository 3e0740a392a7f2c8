/**
 * Connections that have not proved yet who they are, and how much of a server
 * they can take: so many at once, so many from one address, so long each. An
 * absolute time, for one byte now and then would keep any other alive.
 */
import type { Socket } from "node:net";

export type StrangerLimits = {
  readonly strangers: number;
  readonly strangersPerAddress: number;
  /** From the TCP handshake to the proof. */
  readonly helloMs: number;
};

type Stranger = { readonly address: string; readonly timer: NodeJS.Timeout };

export class Strangers {
  readonly #limits: StrangerLimits;
  readonly #onLate: (peer: string) => void;
  /** By remote `address:port`. */
  readonly #strangers = new Map<string, Stranger>();
  readonly #perAddress = new Map<string, number>();

  /** @param onLate is told who was cut off because it did not prove itself in time */
  constructor(limits: StrangerLimits, onLate: (peer: string) => void) {
    this.#limits = limits;
    this.#onLate = onLate;
  }

  /** Takes a new connection, or destroys it. @returns its name, or nothing when there is no place for it. */
  greet(socket: Socket): string | undefined {
    const { strangers, strangersPerAddress, helloMs } = this.#limits;
    const address = socket.remoteAddress ?? "";
    const name = `${address}:${socket.remotePort}`;
    const fromThere = this.#perAddress.get(address) ?? 0;
    if (this.#strangers.size >= strangers || fromThere >= strangersPerAddress) {
      socket.destroy();
      return undefined;
    }
    const timer = setTimeout(() => {
      this.#onLate(name);
      socket.destroy();
    }, helloMs);
    this.#strangers.set(name, { address, timer });
    this.#perAddress.set(address, fromThere + 1);
    socket.on("close", () => this.forget(name));
    return name;
  }

  /** This one is a stranger no more, or gone. */
  forget(name: string): void {
    const stranger = this.#strangers.get(name);
    if (!stranger) return;
    clearTimeout(stranger.timer);
    this.#strangers.delete(name);
    const left = (this.#perAddress.get(stranger.address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(stranger.address, left);
    else this.#perAddress.delete(stranger.address);
  }
}
