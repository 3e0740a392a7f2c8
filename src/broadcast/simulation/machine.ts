/**
 * A machine that feeds others: the appliance, or the upstream side of a node.
 * Follows netboot/agent/PROTOCOL.md section 3. The image is cut into blocks of
 * equal size, which are on their way from the moment that their first bytes
 * are (cut-through).
 *
 * Pure.
 */
import type { Fabric, Link } from "./fabric.ts";
import { PLENTY_BYTES } from "./newcomer.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** A connection is dead after so long without a byte. */
export const SILENCE_MS = 2000;
/** Bytes that pass a node before it hands them on. */
const HOP_BYTES = 64 * 1024;
/** An agent feeds no more. */
const MAX_DOWNSTREAMS = 64;

export type World = {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly fabric: Fabric;
  readonly blocks: number;
  readonly blockBytes: number;
  /** One way, between any two machines. */
  readonly latencyMs: number;
  readonly machineAt: (endpoint: string) => Machine | undefined;
  /** Somebody was found to feed itself. */
  readonly onRing: (node: string) => void;
};

/** A block on its way to a machine. */
export type Arrival = { readonly block: number; readonly beginMs: number; readonly endMs: number };

/** One that is fed. */
export type Taker = {
  /** Goes on, if it can. */
  readonly pull: () => void;
  /** Its upstream has fallen silent, and what was on its way stops. */
  readonly stall: () => void;
  /** Its upstream has hung up or is silent for too long. */
  readonly lose: (upstream: Machine) => void;
};

export class Machine {
  readonly name: string;
  readonly endpoint: string;
  readonly switchAt: number;
  readonly egress: Link;
  readonly world: World;
  readonly downstreams = new Set<Taker>();
  /** The broadcast is known here. */
  serves = false;
  isAlive = true;
  /** Stopped, or its cable is out: says nothing, not even that it is gone. */
  isMute = false;
  /** Till then its process has no processor: its kernel takes what comes, and nothing goes on. */
  dozesUntilMs = 0;
  /** Whole blocks, from the first. */
  have = 0;
  /** The most that its process waits for the processor, as it says itself. */
  lateMs = 0;
  /** Blocks before this one have been let go. */
  kept = 0;
  arrival: Arrival | undefined;
  /** When one came that it feeds and that had much to catch up. */
  newcomerAtMs: number | undefined;
  /** Share of blocks that it damages when it sends them. */
  flips = 0;
  #mutes = 0;

  constructor(
    world: World,
    {
      name,
      endpoint,
      switchAt,
      egress,
    }: { readonly name: string; readonly endpoint: string; readonly switchAt: number; readonly egress: Link },
  ) {
    this.world = world;
    this.name = name;
    this.endpoint = endpoint;
    this.switchAt = switchAt;
    this.egress = egress;
  }

  /** Whom it takes from itself. */
  get upstream(): Machine | undefined {
    return undefined;
  }

  /** Whether it accepts one more, who wants this block. */
  accepts(block: number): boolean {
    return this.isAlive && this.serves && this.downstreams.size < MAX_DOWNSTREAMS && block >= this.kept;
  }

  /** Feeds one more. */
  greet(taker: Taker): void {
    this.downstreams.add(taker);
    if (this.have * this.world.blockBytes < PLENTY_BYTES) return;
    this.newcomerAtMs = this.world.time.nowMs;
    this.onNewcomer(taker);
  }

  /** Since one came that it feeds and that had much to catch up. */
  newcomerMs(): number | undefined {
    return this.newcomerAtMs === undefined ? undefined : this.world.time.nowMs - this.newcomerAtMs;
  }

  onNewcomer(_taker: Taker): void {}

  /** Falls silent. Those that it feeds notice after a while. */
  mute(): void {
    this.isMute = true;
    const mutes = ++this.#mutes;
    for (const taker of this.downstreams) taker.stall();
    this.world.time.after(SILENCE_MS, () => {
      if (!this.isMute || mutes !== this.#mutes) return;
      for (const taker of [...this.downstreams]) taker.lose(this);
    });
  }

  unmute(): void {
    this.isMute = false;
    for (const taker of [...this.downstreams]) taker.pull();
  }

  /** Its process ends. Those that it feeds hear of it at once. */
  die(): void {
    this.isAlive = false;
    this.hangUp();
  }

  hangUp(): void {
    this.serves = false;
    for (const taker of [...this.downstreams])
      this.world.time.after(this.world.latencyMs, () => taker.lose(this));
  }
}

/** Until it hands on what comes. */
export const hopMsOf = ({ ingress, world }: { readonly ingress: Link; readonly world: World }): number =>
  world.latencyMs + HOP_BYTES / ingress.bytesPerMs;

/** Directly or through others. */
export function isFedBy(machine: Machine, feeder: Machine): boolean {
  const seen = new Set<Machine>();
  for (let above: Machine | undefined = machine; above && !seen.has(above); above = above.upstream) {
    if (above === feeder) return true;
    seen.add(above);
  }
  return false;
}
