/**
 * The boot timelines of all machines: hears events and observations, knows whose they are. Pure.
 *
 * Memory is bounded. Machines that belong to no node share a small room of their own, so that
 * made-up MACs push out nobody but each other.
 */
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Observation } from "#src/events/observation.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type MomentOf, momentOfEvent, momentOfObservation, type Whose } from "./moments.ts";
import { type Boot, MAX_BOOTS, withMoment } from "./timeline.ts";
import { type RoomLimits, TimelineRoom } from "./timeline_room.ts";

export type TimelineNodes = {
  readonly byMac: (mac: Mac) => Node | undefined;
  readonly byName: (name: string) => Node | undefined;
};

/** An entry takes about 200 bytes. 4000 machines keep two boots each, a thousand all eight. */
export const NODE_LIMITS: RoomLimits = { machines: 16_384, entries: 300_000 };
export const STRANGER_LIMITS: RoomLimits = { machines: 512, entries: 10_000 };
const MAX_ADDRESSES = 65_536;

export class BootTimelines {
  readonly #nodes: TimelineNodes;
  /** By the first MAC of the node. */
  readonly #machines = new TimelineRoom(NODE_LIMITS);
  readonly #strangers = new TimelineRoom(STRANGER_LIMITS);
  readonly #holders = new Map<Ipv4, Mac>();

  constructor(nodes: TimelineNodes) {
    this.#nodes = nodes;
  }

  /** Takes one event of the log. */
  hear(event: ApplianceEvent, atMs: number): void {
    if (event.kind === "leaseGiven") this.#hold(event.address, event.mac);
    this.#take(momentOfEvent(event, atMs));
  }

  /** Takes what a boot service noticed. */
  observe(seen: Observation, atMs: number): void {
    if (seen.kind === "dhcpAnswered" && seen.message === "ack" && seen.address)
      this.#hold(seen.address, seen.mac);
    this.#take(momentOfObservation(seen, atMs));
  }

  /** The boots of the machine with these MACs, oldest first, at most `MAX_BOOTS`. */
  of(macs: readonly Mac[]): readonly Boot[] {
    return macs
      .flatMap((mac) => this.#machines.get(mac) ?? this.#strangers.get(mac) ?? [])
      .sort((a, b) => a.startedAtMs - b.startedAtMs)
      .slice(-MAX_BOOTS);
  }

  /** What an earlier process saw, of nodes. */
  restore(machines: readonly (readonly [Mac, readonly Boot[]])[]): void {
    for (const [mac, boots] of machines) this.#machines.put(mac, boots);
  }

  /** Who had which address when this process began. */
  restoreHolder(address: Ipv4, mac: Mac): void {
    this.#hold(address, mac);
  }

  /** The nodes, by their first MAC, whose boots may have changed since the last call. */
  takeChanged(): ReadonlySet<Mac> {
    this.#strangers.takeChanged();
    return this.#machines.takeChanged();
  }

  /** The boots that are kept under this MAC of a node. */
  ofNode(mac: Mac): readonly Boot[] {
    return this.#machines.get(mac) ?? [];
  }

  /** How much is kept, of nodes and of strangers. */
  get kept(): { readonly machines: number; readonly entries: number } {
    const rooms = [this.#machines, this.#strangers];
    return {
      machines: rooms.reduce((sum, { machines }) => sum + machines, 0),
      entries: rooms.reduce((sum, { entries }) => sum + entries, 0),
    };
  }

  /** The machine that was given the address last. */
  machineAt(address: Ipv4): Mac | undefined {
    return this.#holders.get(address);
  }

  #take(said: MomentOf | undefined): void {
    const mac = said && this.#macOf(said.whose);
    if (!said || !mac) return;
    const node = this.#nodes.byMac(mac);
    const key = node?.macs[0] ?? mac;
    const room = node ? this.#machines : this.#strangers;
    const boots = room.get(key) ?? this.#strangers.get(key) ?? [];
    const changed = withMoment(boots, said.moment);
    if (changed === boots) return;
    this.#strangers.delete(key);
    room.put(key, changed);
  }

  #macOf(whose: Whose): Mac | undefined {
    if ("mac" in whose) return whose.mac;
    if ("node" in whose) return this.#nodes.byName(whose.node)?.macs[0];
    return this.#holders.get(whose.address);
  }

  #hold(address: Ipv4, mac: Mac): void {
    this.#holders.delete(address);
    this.#holders.set(address, mac);
    const [first] = this.#holders.keys();
    if (this.#holders.size > MAX_ADDRESSES && first !== undefined) this.#holders.delete(first);
  }
}
