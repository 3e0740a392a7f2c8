/**
 * What the appliance itself hears of LLDP on the interfaces it serves, and on the cards below them.
 *
 * Node has no door to packet sockets, so they are looked at once a second: a switch speaks every 30 s.
 */
import { LldpSocket } from "#src/net/lldp_socket.ts";
import { type HeldFrame, LldpMemory } from "./lldp_memory.ts";

export type LldpListenerOptions = {
  readonly interfaces: readonly { readonly name: string; readonly index: number }[];
  /** What holds is another than before. */
  readonly onChange: () => void;
  /** An interface that cannot be heard on: the others are. */
  readonly onDeaf: (name: string, fault: unknown) => void;
  /** Monotonic. */
  readonly nowMs?: () => number;
};

const LOOK_MS = 1000;
/** Frames taken at one look on one interface: enough for a hub full of switches, and no load. */
const MAX_AT_ONCE = 32;

export class LldpListener implements Disposable {
  readonly #options: LldpListenerOptions;
  readonly #nowMs: () => number;
  readonly #sockets: readonly { readonly name: string; readonly socket: LldpSocket }[];
  readonly #memory = new LldpMemory();
  readonly #timer: NodeJS.Timeout;

  constructor(options: LldpListenerOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#sockets = options.interfaces.flatMap(({ name, index }) => {
      try {
        return [{ name, socket: LldpSocket.open(index) }];
      } catch (fault) {
        options.onDeaf(name, fault);
        return [];
      }
    });
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** What holds now. */
  frames(): readonly HeldFrame[] {
    return this.#memory.frames();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const { socket } of this.#sockets) socket[Symbol.dispose]();
  }

  #look(): void {
    const nowMs = this.#nowMs();
    let changed = this.#memory.forgetOld(nowMs);
    for (const { name, socket } of this.#sockets)
      for (let taken = 0; taken < MAX_AT_ONCE; taken++) {
        const frame = socket.take();
        if (!frame) break;
        const { kind } = this.#memory.take(name, frame, nowMs);
        if (kind === "new" || kind === "gone") changed = true;
      }
    if (changed) this.#options.onChange();
  }
}
