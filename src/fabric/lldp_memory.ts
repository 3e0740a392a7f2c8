/**
 * The LLDP frames that hold now, of each interface and sender: IEEE 802.1AB-2016 clause 9.1 (time to live).
 *
 * Pure: the clock is an argument, monotonic. Whoever floods an interface with senders takes room from those of that
 * interface alone.
 */
import type { DecodeError } from "#src/value/decoded.ts";
import { decodeLldp } from "./lldp.ts";

const MAX_PER_NIC = 16;

/** The whole Ethernet frame in hex. */
export type HeldFrame = { readonly nic: string; readonly frame: string };

/** What came of a frame. `repeat`: it says what it said before. `gone`: the sender takes back what it said. */
export type Taken =
  | { readonly kind: "new" | "repeat" | "gone" }
  | { readonly kind: "bad"; readonly problem: DecodeError };

type Held = { readonly frame: string; readonly untilMs: number };

export class LldpMemory {
  /** By interface, then by sender. */
  readonly #nics = new Map<string, Map<string, Held>>();

  /** @param nic one of a list that has an end: each has room of its own */
  take(nic: string, bytes: Uint8Array, nowMs: number): Taken {
    const decoded = decodeLldp(bytes);
    if (!decoded.ok) return { kind: "bad", problem: decoded.error };
    const { source, ttlSec } = decoded.value;
    const held = this.#nics.get(nic) ?? new Map<string, Held>();
    this.#nics.set(nic, held);
    const before = held.get(source);
    held.delete(source);
    if (ttlSec === 0) return { kind: before ? "gone" : "repeat" };
    const frame = Buffer.from(bytes).toString("hex");
    makeRoom(held);
    held.set(source, { frame, untilMs: nowMs + ttlSec * 1000 });
    return { kind: before?.frame === frame ? "repeat" : "new" };
  }

  /** Lets go of what nobody has repeated in time. @returns whether there was any */
  forgetOld(nowMs: number): boolean {
    let forgot = false;
    for (const held of this.#nics.values())
      for (const [source, { untilMs }] of held)
        if (untilMs <= nowMs) {
          held.delete(source);
          forgot = true;
        }
    return forgot;
  }

  /** By interface and sender. */
  frames(): readonly HeldFrame[] {
    return [...this.#nics].flatMap(([nic, held]) => [...held.values()].map(({ frame }) => ({ nic, frame })));
  }
}

/** The one that ends first goes. */
function makeRoom(held: Map<string, Held>): void {
  if (held.size < MAX_PER_NIC) return;
  const [first] = [...held].toSorted(([, a], [, b]) => a.untilMs - b.untilMs);
  if (first) held.delete(first[0]);
}
