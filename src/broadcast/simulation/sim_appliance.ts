/**
 * The appliance of a simulation: the real coordinator, asked and obeyed as
 * `broadcasts.ts` does it, with messages that take their time and get lost
 * with the machines that they are for.
 *
 * Pure.
 */
import type { UpstreamList } from "#src/agent/requests.ts";
import { Coordinator } from "../coordinator.ts";
import type { Finding } from "../decision.ts";
import type { Order } from "../order.ts";
import type { Machine, World } from "./machine.ts";
import type { SimNode } from "./sim_node.ts";
import { newTalk, type Talk } from "./talk.ts";

const SETTLE_MS = 10;
const TICK_MS = 1000;
const ACKNOWLEDGE_MS = 20;
/** Between two heartbeats of an agent that has news. */
const NEWS_PAUSE_MS = 100;
/** Agents look after what they feed so long after something has happened. */
const LOOK_SOON_MS = 20;
/** The appliance gives up an agent that has been silent for so long. */
const LOST_MS = 5000;

export type SimApplianceOptions = {
  readonly world: World;
  readonly source: Machine;
  readonly order: Order;
  readonly sourceMbit: number;
  readonly linkMbit: number;
  readonly onFinding: (finding: Finding) => void;
};

export class SimAppliance {
  readonly #options: SimApplianceOptions;
  readonly #talks = new Map<string, Talk>();
  #coordinator: Coordinator;
  #isUp = true;
  #isSettling = false;
  #starts = 0;

  constructor(options: SimApplianceOptions) {
    this.#options = options;
    this.#coordinator = this.#newCoordinator();
    this.#tick();
  }

  knows(node: SimNode): boolean {
    return this.#talks.has(node.name);
  }

  /** The node is there, and is to take part. */
  join(node: SimNode): void {
    const talk = newTalk(node);
    this.#talks.set(node.name, talk);
    this.#enter(talk);
    this.#beat(talk, this.#options.world.random() * TICK_MS);
  }

  /** The node booted anew. */
  drop(node: string): void {
    this.#talks.delete(node);
    this.#coordinator.drop(node);
    this.#soon();
  }

  done(node: SimNode): void {
    const talk = this.#talks.get(node.name);
    if (!talk) return;
    talk.isDone = true;
    this.#hear(talk, () => this.#coordinator.finished(node.name, true));
  }

  /** It has something to say that should not wait. */
  news(node: SimNode): void {
    const talk = this.#talks.get(node.name);
    const { time, random } = this.#options.world;
    if (!talk || talk.newsMs > time.nowMs) return;
    talk.newsMs = Math.max(time.nowMs + LOOK_SOON_MS * random(), talk.newsMs + NEWS_PAUSE_MS);
    time.at(talk.newsMs, () => {
      if (this.#mayReport(talk)) this.#report(node);
    });
  }

  badBlock(node: SimNode, upstream: string): void {
    const talk = this.#talks.get(node.name);
    if (talk)
      this.#hear(talk, () => {
        this.#coordinator.blame(upstream);
        this.#soon();
      });
  }

  /** Its process is dead: the connection ends at once. */
  died(node: string): void {
    this.#coordinator.lost(node, this.#nowMs());
    this.#soon();
  }

  /** Neither hears nor says anything. */
  muted(node: SimNode): void {
    const talk = this.#talks.get(node.name);
    if (!talk) return;
    const mutes = ++talk.mutes;
    this.#options.world.time.after(LOST_MS, () => {
      if (mutes !== talk.mutes || node.isReachable || this.#talks.get(node.name) !== talk) return;
      talk.isLost = true;
      this.#coordinator.lost(node.name, this.#nowMs());
      this.#soon();
    });
  }

  unmuted(node: SimNode): void {
    const talk = this.#talks.get(node.name);
    if (!talk) return;
    const { time, random } = this.#options.world;
    talk.mutes++;
    // Either TCP sends again what was lost, or the agent connects anew after a pause.
    time.after(200 + random() * (talk.isLost ? 2000 : 1000), () => this.#reconnect(talk));
  }

  /** Killed; another process takes its place after `forMs`. */
  restart(forMs: number): void {
    const { world, source } = this.#options;
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#starts++;
    source.die();
    for (const talk of this.#talks.values()) {
      talk.outbox = [];
      // What lies in the kernel of a node whose process is stopped is read before that connects anew; the rest is lost.
      if (!talk.node.isStopped) talk.list = undefined;
    }
    world.time.after(forMs, () => {
      source.isAlive = true;
      source.serves = true;
      this.#isUp = true;
      this.#coordinator = this.#newCoordinator();
      this.#tick();
      for (const talk of this.#talks.values())
        world.time.after(world.random() * 2000, () => this.#enter(talk));
    });
  }

  #newCoordinator(): Coordinator {
    const { order, sourceMbit, source, world } = this.#options;
    const run = `start${this.#starts}`;
    const sourceOf = (): string => source.endpoint;
    return new Coordinator({ order, sourceMbit, sourceOf, run, chunkRawBytes: world.blockBytes });
  }

  #nowMs(): number {
    return this.#options.world.time.nowMs;
  }

  #tick(): void {
    const starts = this.#starts;
    const again = (): void => {
      if (starts !== this.#starts) return;
      this.#settle();
      this.#options.world.time.after(TICK_MS, again);
    };
    again();
  }

  #soon(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    this.#options.world.time.after(SETTLE_MS, () => {
      this.#isSettling = false;
      if (this.#isUp) this.#settle();
    });
  }

  #settle(): void {
    const { ask, tell, findings } = this.#coordinator.decide(this.#nowMs());
    for (const [node, list] of ask) {
      const talk = this.#talks.get(node);
      // One that is at it does not look at the list of a request.
      if (talk && !talk.node.serves) this.#tell(talk, list);
    }
    for (const [node, list] of tell) {
      const talk = this.#talks.get(node);
      if (talk) this.#tell(talk, list);
    }
    for (const finding of findings) this.#options.onFinding(finding);
  }

  #tell(talk: Talk, list: UpstreamList): void {
    talk.list = list;
    const { time, latencyMs } = this.#options.world;
    time.after(latencyMs + 1, () => {
      if (talk.node.isReachable && this.#talks.get(talk.node.name) === talk) this.#deliver(talk, list);
    });
  }

  #deliver(talk: Talk, list: UpstreamList): void {
    const { node } = talk;
    const wasServing = node.serves;
    node.takeList(list);
    if (wasServing) this.#acknowledge(talk);
    if (!wasServing) this.#hear(talk, () => this.#listens(node));
  }

  /** An agent does not wait for its next heartbeat to say that it goes by another list. */
  #acknowledge(talk: Talk): void {
    const { time, random } = this.#options.world;
    time.after(ACKNOWLEDGE_MS * (1 + random()), () => {
      if (this.#mayReport(talk)) this.#report(talk.node);
    });
  }

  #listens(node: SimNode): void {
    this.#coordinator.listens(node.name, node.endpoint);
    this.#soon();
  }

  #hear(talk: Talk, work: () => void): void {
    const { time, latencyMs } = this.#options.world;
    if (!talk.node.isReachable || !this.#isUp) {
      talk.outbox.push(work);
      return;
    }
    const starts = this.#starts;
    time.after(latencyMs + 1, () => {
      if (starts === this.#starts) work();
    });
  }

  #beat(talk: Talk, afterMs: number): void {
    const { world } = this.#options;
    world.time.after(afterMs, () => {
      const { node } = talk;
      if (this.#talks.get(node.name) !== talk || talk.isDone || !node.isAlive) return;
      if (this.#mayReport(talk)) this.#report(node);
      this.#beat(talk, TICK_MS);
    });
  }

  #mayReport(talk: Talk): boolean {
    const { node, isLost, isDone, start } = talk;
    const isTalking = node.isReachable && this.#isUp && !isLost && start === this.#starts;
    return isTalking && node.isAlive && node.serves && !isDone && this.#talks.get(node.name) === talk;
  }

  #report(node: SimNode): void {
    const { blockBytes } = this.#options.world;
    const written = node.writer.written();
    const isPressing = this.#coordinator.report(node.name, {
      atMs: this.#nowMs(),
      receivedBytes: node.receivedBytes(),
      writtenRawBytes: written * blockBytes,
      heldBytes: (node.have - written) * blockBytes,
      memoryBytes: node.memoryBlocks * blockBytes,
      upstream: node.walk.current,
      list: node.walk.list.list,
      lagging: node.lagging(),
      newcomerMs: node.newcomerMs(),
      lateMs: node.lateMs,
    });
    if (isPressing) this.#soon();
  }

  #reconnect(talk: Talk): void {
    const { node } = talk;
    if (!node.isReachable || this.#talks.get(node.name) !== talk || !this.#isUp) return;
    if (talk.start !== this.#starts) {
      this.#enter(talk);
      return;
    }
    if (talk.isLost) this.#coordinator.back(node.name, this.#nowMs());
    talk.isLost = false;
    if (talk.list && !talk.isDone) this.#deliver(talk, talk.list);
    const outbox = talk.outbox;
    talk.outbox = [];
    for (const work of outbox) this.#hear(talk, work);
    this.#soon();
  }

  /** A node that the appliance has not heard of since it started; after a restart it may be at it. */
  #enter(talk: Talk): void {
    const { node } = talk;
    if (!this.#isUp || !node.isReachable || this.#talks.get(node.name) !== talk) return;
    if (talk.isDone || talk.start === this.#starts) return;
    if (talk.start !== undefined && talk.list) node.takeList(talk.list);
    talk.list = undefined;
    talk.start = this.#starts;
    talk.isLost = false;
    const { name, endpoint } = node;
    const { linkMbit } = this.#options;
    const running = node.serves ? { upstream: node.walk.current, ...node.walk.list } : undefined;
    this.#coordinator.join({ node: name, endpoint, linkMbit, running }, this.#nowMs());
    if (node.doneMs !== undefined) this.#hear(talk, () => this.#coordinator.finished(name, true));
    if (node.serves) this.#hear(talk, () => this.#listens(node));
    this.#soon();
  }
}
