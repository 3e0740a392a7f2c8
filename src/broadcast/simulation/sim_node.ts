/**
 * A node that takes the image: the downstream side of
 * netboot/agent/PROTOCOL.md section 3, from the list of upstreams to the disk.
 *
 * Pure.
 */
import type { Lagging } from "#src/agent/job_state.ts";
import type { UpstreamList } from "#src/agent/requests.ts";
import { cancel, carry, type Link } from "./fabric.ts";
import { FeedWatch } from "./feed_watch.ts";
import { hopMsOf, isFedBy, Machine, SILENCE_MS, type Taker, type World } from "./machine.ts";
import { isUpset, upset } from "./newcomer.ts";
import type { SimNodeListener, SimNodeOptions } from "./sim_node_options.ts";
import { UpstreamWalk } from "./upstream_walk.ts";
import { Writer } from "./writer.ts";

export class SimNode extends Machine implements Taker {
  readonly ingress: Link;
  writer: Writer;
  walk: UpstreamWalk;
  readonly memoryBlocks: number;
  readonly #listener: SimNodeListener;
  readonly #watch = new FeedWatch();
  isStopped = false;
  isCut = false;
  doneMs: number | undefined;
  servesSinceMs: number | undefined;
  #upstream: Machine | undefined;
  /** Grows with everything that makes earlier plans void. */
  #turn = 0;
  #partialBytes = 0;
  /** Who gave the first byte of the block that is on its way. */
  #begunBy: Machine | undefined;

  constructor(
    world: World,
    { ingress, diskBytesPerMs, memoryBlocks, ...rest }: SimNodeOptions,
    listener: SimNodeListener,
  ) {
    super(world, rest);
    this.ingress = ingress;
    this.memoryBlocks = memoryBlocks;
    this.writer = new Writer(world, diskBytesPerMs);
    this.walk = new UpstreamWalk();
    this.#listener = listener;
  }

  override get upstream(): Machine | undefined {
    return this.#upstream;
  }

  get isReachable(): boolean {
    return this.isAlive && !this.isStopped && !this.isCut;
  }

  receivedBytes(): number {
    return this.have * this.world.blockBytes + this.#partialBytes;
  }

  /** With what there is of the block on its way. */
  takenBytes(): number {
    const { arrival, world } = this;
    if (!arrival) return this.receivedBytes();
    const share = (world.time.nowMs - arrival.beginMs) / Math.max(1e-9, arrival.endMs - arrival.beginMs);
    return this.receivedBytes() + Math.min(1, share) * (world.blockBytes - this.#partialBytes);
  }

  /** The one that it feeds and that takes too little of what comes. */
  lagging(): Lagging | undefined {
    return isUpset(this.newcomerMs()) ? undefined : this.#watch.lagging(this.downstreams);
  }

  override onNewcomer(taker: Taker): void {
    const fillsQueue = taker instanceof SimNode && taker.ingress.bytesPerMs >= this.egress.bytesPerMs;
    if (fillsQueue) upset(this.world.time, this.ingress);
    this.#listener.onNews();
  }

  /** Takes part, or goes on with another list. */
  takeList(list: UpstreamList): void {
    const isFirst = !this.serves;
    this.serves = true;
    this.servesSinceMs ??= this.world.time.nowMs;
    const stays = this.#upstream !== undefined && this.#upstream.endpoint === list.upstreams[0];
    this.walk.replace(list);
    if (this.have >= this.world.blocks || (stays && !isFirst)) return;
    this.#leave();
    this.#connect();
  }

  /** Asks whoever is next in the list. */
  #connect(): void {
    const { time, machineAt, latencyMs } = this.world;
    const turn = ++this.#turn;
    const endpoint = this.walk.next();
    const ifStill = (work: () => void) => (): void => {
      if (turn === this.#turn && this.isAlive) work();
    };
    const target = machineAt(endpoint);
    const fails = ifStill(() => this.#walkOn());
    const answers = ifStill(() => {
      if (!target?.accepts(this.have)) this.#walkOn();
      else if (target.isMute || this.isCut) time.after(SILENCE_MS, fails);
      else if (this.isStopped) time.after(SILENCE_MS, answers);
      else this.#attach(target);
    });
    const isDeaf = this.isCut || target?.isMute === true;
    time.after(isDeaf ? SILENCE_MS : 6 * latencyMs, isDeaf ? fails : answers);
  }

  #walkOn(): void {
    const turn = ++this.#turn;
    const pauseMs = this.walk.failed();
    this.world.time.after(pauseMs, () => {
      if (turn === this.#turn && this.isAlive) this.#connect();
    });
  }

  #attach(target: Machine): void {
    this.#upstream = target;
    target.greet(this);
    if (isFedBy(target, this)) this.world.onRing(this.name);
    this.pull();
  }

  #leave(): void {
    this.stall();
    this.#upstream?.downstreams.delete(this);
    this.#upstream = undefined;
    this.#turn++;
  }

  lose(upstream: Machine): void {
    if (upstream !== this.#upstream || this.isStopped) return;
    this.#leave();
    this.#walkOn();
  }

  pull(): void {
    const upstream = this.#upstream;
    if (!upstream || this.arrival || !this.isReachable || upstream.isMute) return;
    // One that booted anew knows nothing of the connections of before.
    const isOpen = upstream.isAlive && upstream.serves && upstream.downstreams.has(this);
    if (!isOpen || this.have < upstream.kept) {
      this.lose(upstream);
      return;
    }
    const fullUntilMs = this.writer.fullUntilMs(this.have, this.memoryBlocks);
    if (fullUntilMs > this.world.time.nowMs) {
      this.#pullAt(fullUntilMs);
      return;
    }
    if (upstream.dozesUntilMs > this.world.time.nowMs) this.#pullAt(upstream.dozesUntilMs);
    else if (this.have < upstream.have) this.#begin(upstream);
    else if (upstream.arrival?.block === this.have) {
      const hopMs = upstream.arrival.beginMs + hopMsOf(this);
      if (hopMs <= this.world.time.nowMs) this.#begin(upstream);
      else this.#pullAt(hopMs);
    }
  }

  #pullAt(atMs: number): void {
    const turn = this.#turn;
    this.world.time.at(atMs, () => {
      if (turn === this.#turn) this.pull();
    });
  }

  #links(upstream: Machine): readonly Link[] {
    return [upstream.egress, ...this.world.fabric.path(upstream.switchAt, this.switchAt), this.ingress];
  }

  #begin(upstream: Machine): void {
    const { time, blockBytes, latencyMs } = this.world;
    const beginMs = time.nowMs;
    const bytes = blockBytes - this.#partialBytes;
    if (this.#partialBytes === 0) this.#begunBy = upstream;
    let endMs = upstream.arrival?.block === this.have ? upstream.arrival.endMs + latencyMs : 0;
    for (const link of this.#links(upstream)) endMs = Math.max(endMs, carry(link, bytes, beginMs));
    const arrival = { block: this.have, beginMs, endMs };
    this.arrival = arrival;
    time.at(endMs, () => {
      if (this.arrival === arrival) this.#complete(upstream, bytes);
    });
    if (this.downstreams.size > 0) time.after(hopMsOf(this), () => this.#feedOn());
  }

  #look(): void {
    if (this.dozesUntilMs > this.world.time.nowMs) return;
    const fed = [...this.downstreams].filter((taker) => taker instanceof SimNode);
    this.#watch.look(fed, this.world.time.nowMs, this.receivedBytes());
    if (this.lagging()) this.#listener.onNews();
  }

  #feedOn(): void {
    for (const taker of [...this.downstreams]) taker.pull();
  }

  #complete(upstream: Machine, bytes: number): void {
    for (const link of this.#links(upstream)) link.carriedBytes += bytes;
    if (upstream.flips > 0 && this.world.random() < upstream.flips) {
      this.#takeBad(upstream);
      return;
    }
    this.arrival = undefined;
    this.#partialBytes = 0;
    this.have++;
    this.walk.progressed();
    this.writer.write(this.have);
    this.kept = Math.max(this.kept, Math.min(this.writer.written(), this.have - this.memoryBlocks));
    if (this.have < this.world.blocks) this.pull();
    else this.#allIsHere();
    this.#feedOn();
    this.#look();
  }

  #allIsHere(): void {
    this.#leave();
    const { writer } = this;
    this.world.time.at(writer.endMs(), () => {
      // Killed, or booted anew.
      if (!this.isAlive || writer !== this.writer) return;
      this.doneMs = this.world.time.nowMs;
      this.#listener.onDone();
    });
  }

  /** The digest is wrong: forgets the block, and so do those that it was passed on to. */
  #takeBad(upstream: Machine): void {
    const isToBlame = this.#begunBy === upstream;
    this.#forget();
    if (!isToBlame) {
      this.pull();
      return;
    }
    this.#listener.onBadBlock(this.have, upstream.endpoint);
    this.walk.gaveBad(upstream.endpoint);
    this.#leave();
    this.#walkOn();
  }

  #forget(): void {
    const block = this.arrival?.block;
    this.arrival = undefined;
    this.#partialBytes = 0;
    for (const taker of this.#takersOf(block)) taker.#forget();
  }

  /** What was on its way stops; those behind stop with it. */
  stall(): void {
    const { arrival } = this;
    if (!arrival) return;
    const { nowMs } = this.world.time;
    const share = Math.min(1, (nowMs - arrival.beginMs) / Math.max(1e-9, arrival.endMs - arrival.beginMs));
    const wantedBytes = this.world.blockBytes - this.#partialBytes;
    const bytes = wantedBytes * share * 0.999;
    for (const link of this.#upstream ? this.#links(this.#upstream) : []) {
      link.carriedBytes += bytes;
      cancel(link, wantedBytes - bytes, nowMs);
    }
    this.#partialBytes += bytes;
    this.arrival = undefined;
    for (const taker of this.#takersOf(arrival.block)) taker.stall();
  }

  #takersOf(block: number | undefined): readonly SimNode[] {
    const takers = [...this.downstreams].filter((taker) => taker instanceof SimNode);
    return takers.filter(({ arrival }) => arrival !== undefined && arrival.block === block);
  }

  /** Goes on after it was stopped or cut off. */
  wake(): void {
    if (!this.isReachable) return;
    this.unmute();
    const upstream = this.#upstream;
    if (!upstream) return;
    if (upstream.isMute) {
      this.world.time.after(SILENCE_MS, () => {
        if (upstream.isMute) this.lose(upstream);
      });
    } else this.pull();
  }

  override die(): void {
    this.#leave();
    super.die();
  }

  /** With nothing, as after a reboot. */
  bootAnew(): void {
    this.#turn++;
    this.isAlive = true;
    this.have = this.kept = this.#partialBytes = 0;
    this.doneMs = undefined;
    this.downstreams.clear();
    this.walk = new UpstreamWalk();
    this.writer = new Writer(this.world, this.writer.bytesPerMs);
  }
}
