/**
 * All broadcasts: tells each one's coordinator what nodes do and report, tells
 * nodes what it decides, and lets go of it all when the deployment ends.
 *
 * Keeps nothing on disk. After a restart of the appliance the same deployment
 * has the same number, key and job ids, so nodes that are asked again go on,
 * or repeat their result.
 */
import { randomUUID } from "node:crypto";
import type { AgentHub } from "#src/agent/hub.ts";
import type { AgentChange } from "#src/agent/hub_options.ts";
import type { Received } from "#src/agent/messages.ts";
import type { AgentInfo } from "#src/agent/node_link.ts";
import type { UpstreamList } from "#src/agent/requests.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { Verify } from "#src/value/verify.ts";
import { Coordinator } from "./coordinator.ts";
import type { JoinListener, JoinRequest } from "./join.ts";
import { type Order, orderByName } from "./order.ts";
import { type BroadcastSecrets, broadcastSecrets } from "./proof.ts";
import { Reports } from "./reports.ts";
import type { OfferedImage, SourceControl } from "./source.ts";
import { checkResult, eventOf, linkMbitOf, reportOf } from "./translate.ts";

export type BroadcastsOptions = {
  readonly hub: Pick<AgentHub, "waitForAgent" | "receive" | "setUpstreams" | "release" | "watch"> &
    Partial<Pick<AgentHub, "receiving">>;
  readonly source: SourceControl;
  /** `ADDRESS:PORT` by which the node with this `ADDRESS:PORT` reaches the source. */
  readonly sourceOf: (endpoint: string) => string;
  /** In which order a deployment's chain goes through its nodes; by name when not said. */
  readonly orderOf?: (deployment: string) => Order | Promise<Order>;
  /** Speed of the appliance's own link, where it is known. */
  readonly sourceMbit?: number | undefined;
  /** Secret of the data directory. */
  readonly secret: Uint8Array;
  readonly record: RecordEvent;
  /** Monotonic. */
  readonly nowMs?: () => number;
};

const DEFAULT_VERIFY: Verify = "digest";
/** What comes within this time is decided on together: a thousand nodes join at once. */
const SETTLE_MS = 10;
const TICK_MS = 1000;
/** Once a second, but reports do not come on the dot. */
const TELL_EVERY_MS = 800;

type Membership = { readonly agent: AgentInfo; readonly jobId: string; toldMs: number };

type Broadcast = {
  readonly deployment: string;
  readonly secrets: BroadcastSecrets;
  readonly image: OfferedImage;
  readonly coordinator: Coordinator;
  readonly reports: Reports;
  /** By node. */
  readonly members: Map<string, Membership>;
  /** Those that wait until they are asked to take part, by node. */
  readonly waiting: Map<string, (list: UpstreamList) => void>;
  readonly tick: NodeJS.Timeout;
  settle: NodeJS.Timeout | undefined;
};

export class Broadcasts implements Disposable {
  readonly #options: BroadcastsOptions;
  /** By deployment. */
  readonly #broadcasts = new Map<string, Promise<Broadcast>>();
  readonly #unwatch: () => void;
  readonly #nowMs: () => number;
  /** Random enough that no other start of the appliance has the same. */
  readonly #run = randomUUID().slice(0, 8);

  constructor(options: BroadcastsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#unwatch = options.hub.watch((change) => void this.#agentChanged(change));
  }

  [Symbol.dispose](): void {
    this.#unwatch();
    for (const opening of this.#broadcasts.values()) void opening.then(stopTimers, () => {});
  }

  /**
   * Lets a node take the image, and waits until it has all of it or cannot go on.
   *
   * @returns what the node reports; `ok` is also false when what it wrote is not the image
   * @throws {AgentGone} the node booted anew; when the image cannot be read; or `signal.reason`, after the node was told to stop
   */
  async join(request: JoinRequest, listener: JoinListener): Promise<Received> {
    const { node, bootId } = request;
    const { signal } = listener;
    const broadcast = await this.#broadcastOf(request);
    const accept = (agent: AgentInfo): boolean => bootId === undefined || agent.bootId === bootId;
    const agent = await this.#options.hub.waitForAgent(node, signal, accept);
    const member = this.#enter(broadcast, request, agent);
    try {
      const received = await this.#receive(broadcast, { request, member, listener });
      listener.onProgress?.(broadcast.reports.ended(node, received));
      const result = checkResult(received, broadcast.image, request.verify ?? DEFAULT_VERIFY);
      if (broadcast.members.get(node) === member) broadcast.coordinator.finished(node, result.ok);
      // Those behind one that is well are well too.
      if (!result.ok) this.#soon(broadcast);
      return result;
    } catch (fault) {
      if (broadcast.members.get(node) === member) this.#drop(broadcast, node);
      this.#soon(broadcast);
      throw fault;
    }
  }

  /** Compressed bytes that have left the appliance itself for a deployment, since this process began. */
  async sentBytes(deployment: string): Promise<number> {
    const broadcast = await this.#broadcasts.get(deployment);
    return broadcast ? await this.#options.source.sentBytes(broadcast.secrets.broadcast) : 0;
  }

  /** The deployment has ended: nodes free their chunks, and nobody gets the image with its key any more. */
  async end(deployment: string): Promise<void> {
    const opening = this.#broadcasts.get(deployment);
    this.#broadcasts.delete(deployment);
    const broadcast = await opening;
    if (!broadcast) return;
    stopTimers(broadcast);
    this.#options.source.close(broadcast.secrets.broadcast);
    for (const [node, { jobId }] of broadcast.members) this.#options.hub.release(node, jobId);
  }

  #broadcastOf({ deployment, imageDigest }: JoinRequest): Promise<Broadcast> {
    const known = this.#broadcasts.get(deployment);
    if (known !== undefined) return known;
    const opening = this.#open(deployment, imageDigest);
    this.#broadcasts.set(deployment, opening);
    // An image that cannot be read now may be readable at the next attempt.
    opening.catch(() => this.#broadcasts.delete(deployment));
    return opening;
  }

  async #open(deployment: string, imageDigest: string): Promise<Broadcast> {
    const { source, sourceOf, sourceMbit, secret, orderOf } = this.#options;
    const secrets = broadcastSecrets(secret, deployment, imageDigest);
    const image = await source.open({ ...secrets, imageDigest });
    const order = (await orderOf?.(deployment)) ?? orderByName([]);
    const coordinator = new Coordinator({
      ...{ sourceOf, order, sourceMbit, run: this.#run },
      chunkRawBytes: image.rawBytes / Math.max(1, image.chunkCount),
    });
    const reports = new Reports(image);
    const tick = setInterval(() => this.#settle(broadcast), TICK_MS).unref();
    const broadcast: Broadcast = {
      ...{ deployment, secrets, image, coordinator, reports, tick, settle: undefined },
      ...{ members: new Map(), waiting: new Map() },
    };
    return broadcast;
  }

  #enter(broadcast: Broadcast, { deployment, node, attempt = 1 }: JoinRequest, agent: AgentInfo): Membership {
    const older = broadcast.members.get(node);
    const jobId = `${deployment}/${node}/receive/${attempt}`;
    // The chunks of an attempt that failed would only take the memory of this one.
    if (older && older.jobId !== jobId) this.#options.hub.release(node, older.jobId);
    const member = { agent, jobId, toldMs: Number.NEGATIVE_INFINITY };
    broadcast.members.set(node, member);
    const endpoint = `${agent.address}:${agent.dataPort}`;
    const progress = this.#options.hub.receiving?.(node, jobId);
    const running = progress && { ...progress, upstream: progress.upstream ?? undefined };
    broadcast.coordinator.join({ node, endpoint, linkMbit: linkMbitOf(agent), running }, this.#nowMs());
    this.#soon(broadcast);
    return member;
  }

  async #receive(
    broadcast: Broadcast,
    job: { readonly request: JoinRequest; readonly member: Membership; readonly listener: JoinListener },
  ): Promise<Received> {
    const { agent, jobId } = job.member;
    const { node, imageDigest, sink, verify = DEFAULT_VERIFY, memoryBytes = 0 } = job.request;
    const { secrets, coordinator, reports } = broadcast;
    const { signal } = job.listener;
    const list = await this.#turnOf(broadcast, node, signal);
    const serves = (port: number): void => this.#serves(broadcast, job.member, port);
    return this.#options.hub.receive(
      node,
      {
        id: jobId,
        bootId: agent.bootId,
        broadcast: secrets.broadcast.toString("hex"),
        key: secrets.key.toString("hex"),
        manifest: imageDigest,
        ...list,
        sink,
        verify,
        memoryBytes,
      },
      {
        signal,
        onListening: serves,
        onProgress: (progress) => {
          // After a restart of the appliance an agent that is at it already does not say again that it listens.
          if (!coordinator.isListening(node)) serves(agent.dataPort);
          if (coordinator.report(node, { atMs: this.#nowMs(), ...reportOf(progress) })) this.#soon(broadcast);
          const said = reports.progress(node, progress, this.#nowMs());
          // Agents may report early for the coordinator's sake; people need not see it.
          if (this.#nowMs() - job.member.toldMs < TELL_EVERY_MS) return;
          job.member.toldMs = this.#nowMs();
          job.listener.onProgress?.(said);
        },
        onBadChunk: (chunk, upstream) => this.#badChunk(broadcast, node, { chunk, upstream }),
      },
    );
  }

  /** Waits until the coordinator has somebody to feed the node, which takes a few round trips at most. */
  async #turnOf(broadcast: Broadcast, node: string, signal: AbortSignal): Promise<UpstreamList> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamList>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort);
    broadcast.waiting.set(node, resolve);
    return promise.finally(() => {
      signal.removeEventListener("abort", abort);
      if (broadcast.waiting.get(node) === resolve) broadcast.waiting.delete(node);
    });
  }

  #serves(broadcast: Broadcast, member: Membership, port: number): void {
    const { node, address } = member.agent;
    if (broadcast.members.get(node) !== member) return;
    const endpoint = `${address}:${port}`;
    broadcast.coordinator.listens(node, endpoint);
    broadcast.reports.serves(node, endpoint, this.#options.sourceOf(endpoint));
    this.#soon(broadcast);
  }

  #badChunk(
    broadcast: Broadcast,
    node: string,
    { chunk, upstream }: { readonly chunk: number; readonly upstream: string },
  ): void {
    const { deployment, coordinator, reports } = broadcast;
    const from = coordinator.blame(upstream) ?? upstream;
    reports.badChunk(node);
    this.#options.record({ kind: "badChunk", deployment, node, chunk, from });
    this.#soon(broadcast);
  }

  #soon(broadcast: Broadcast): void {
    broadcast.settle ??= setTimeout(() => this.#settle(broadcast), SETTLE_MS).unref();
  }

  /** Does what the coordinator decides. Nodes that are done have no use for a list, and the hub drops it. */
  #settle(broadcast: Broadcast): void {
    clearTimeout(broadcast.settle);
    broadcast.settle = undefined;
    const { coordinator, members, waiting, deployment } = broadcast;
    const { ask, tell, findings } = coordinator.decide(this.#nowMs());
    for (const [node, list] of ask) waiting.get(node)?.(list);
    for (const [node, list] of tell) {
      const jobId = members.get(node)?.jobId;
      if (jobId !== undefined) this.#options.hub.setUpstreams(node, jobId, list);
    }
    for (const finding of findings) this.#options.record(eventOf(deployment, finding));
  }

  #drop({ members, coordinator }: Broadcast, node: string): void {
    members.delete(node);
    coordinator.drop(node);
  }

  async #agentChanged({ kind, node, bootId }: AgentChange): Promise<void> {
    await this.#forEach(node, (broadcast, member) => {
      if (kind === "lost") broadcast.coordinator.lost(node, this.#nowMs());
      else if (kind === "leaving" || member.agent.bootId !== bootId) this.#drop(broadcast, node);
      else broadcast.coordinator.back(node, this.#nowMs());
    });
  }

  async #forEach(node: string, change: (broadcast: Broadcast, member: Membership) => void): Promise<void> {
    const all = await Promise.allSettled(this.#broadcasts.values());
    for (const opened of all) {
      const member = opened.status === "fulfilled" ? opened.value.members.get(node) : undefined;
      if (opened.status !== "fulfilled" || !member) continue;
      change(opened.value, member);
      this.#soon(opened.value);
    }
  }
}

function stopTimers({ tick, settle }: Broadcast): void {
  clearInterval(tick);
  clearTimeout(settle);
}
