/**
 * The coordinator of all broadcasts: brings nodes into the chain of their
 * deployment, keeps everyone's list of upstreams right, and lets go of it all
 * when the deployment ends.
 *
 * Keeps nothing on disk. After a restart of the appliance the same deployment
 * has the same number, key and job ids, so nodes that are asked again go on,
 * or repeat their result.
 */
import type { AgentChange, AgentHub } from "#src/agent/hub.ts";
import type { Received } from "#src/agent/messages.ts";
import type { AgentInfo } from "#src/agent/node_link.ts";
import type { Verify } from "#src/agent/verify.ts";
import type { RecordEvent } from "#src/events/event.ts";
import { Chain } from "./chain.ts";
import type { JoinListener, JoinRequest } from "./join.ts";
import { type BroadcastSecrets, broadcastSecrets } from "./proof.ts";
import { Reports } from "./reports.ts";
import type { OfferedImage, SourceControl } from "./source.ts";

export type BroadcastsOptions = {
  readonly hub: Pick<AgentHub, "waitForAgent" | "receive" | "setUpstreams" | "release" | "watch">;
  readonly source: SourceControl;
  /** `ADDRESS:PORT` by which the node with this `ADDRESS:PORT` reaches the source. */
  readonly sourceOf: (endpoint: string) => string;
  /** Secret of the data directory. */
  readonly secret: Uint8Array;
  readonly record: RecordEvent;
  /** How long a lost agent keeps its place, for a connection may break without its node. */
  readonly graceMs?: number;
  /** Monotonic. */
  readonly nowMs?: () => number;
};

const DEFAULT_VERIFY: Verify = "digest";
const GRACE_MS = 5000;
/** How long the next node waits for the one before it to serve; without that both would take all from the appliance. */
const TURN_MS = 2000;

type Membership = {
  readonly agent: AgentInfo;
  readonly jobId: string;
  /** The node can be given to the next now, or never will be. */
  readonly endTurn: () => void;
};

type Broadcast = {
  readonly deployment: string;
  readonly secrets: BroadcastSecrets;
  readonly image: OfferedImage;
  readonly chain: Chain;
  readonly reports: Reports;
  /** By node. */
  readonly members: Map<string, Membership>;
  /** Settles when the last node that joined has had its turn. */
  turn: Promise<void>;
};

export class Broadcasts implements Disposable {
  readonly #options: BroadcastsOptions;
  /** By deployment. */
  readonly #broadcasts = new Map<string, Promise<Broadcast>>();
  /** Lost agents that may come back, by node. */
  readonly #grace = new Map<string, NodeJS.Timeout>();
  readonly #unwatch: () => void;
  readonly #nowMs: () => number;

  constructor(options: BroadcastsOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#unwatch = options.hub.watch((change) => void this.#agentChanged(change));
  }

  [Symbol.dispose](): void {
    this.#unwatch();
    for (const timer of this.#grace.values()) clearTimeout(timer);
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
    const endTurn = await takeTurn(broadcast, signal);
    const member = this.#enter(broadcast, request, { agent, endTurn });
    try {
      const received = await this.#receive(broadcast, { request, member, listener });
      listener.onProgress?.(broadcast.reports.ended(node, received));
      const result = checkResult(received, broadcast.image, request.verify ?? DEFAULT_VERIFY);
      if (!result.ok) broadcast.chain.stopsFeeding(node);
      return result;
    } catch (fault) {
      if (broadcast.members.get(node) === member) this.#drop(broadcast, node);
      throw fault;
    } finally {
      endTurn();
      this.#tell(broadcast);
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
    const { source, sourceOf, secret } = this.#options;
    const secrets = broadcastSecrets(secret, deployment, imageDigest);
    const image = await source.open({ ...secrets, imageDigest });
    const chain = new Chain(sourceOf);
    const reports = new Reports(image);
    return { deployment, secrets, image, chain, reports, members: new Map(), turn: Promise.resolve() };
  }

  #enter(
    broadcast: Broadcast,
    { deployment, node, attempt = 1 }: JoinRequest,
    { agent, endTurn }: Pick<Membership, "agent" | "endTurn">,
  ): Membership {
    const older = broadcast.members.get(node);
    const jobId = `${deployment}/${node}/receive/${attempt}`;
    // The chunks of an attempt that failed would only take the memory of this one.
    if (older && older.jobId !== jobId) this.#options.hub.release(node, older.jobId);
    const member = { agent, jobId, endTurn };
    broadcast.members.set(node, member);
    broadcast.chain.join(node, `${agent.address}:${agent.dataPort}`);
    return member;
  }

  #receive(
    broadcast: Broadcast,
    job: { readonly request: JoinRequest; readonly member: Membership; readonly listener: JoinListener },
  ): Promise<Received> {
    const { agent, jobId } = job.member;
    const { node, imageDigest, sink, verify = DEFAULT_VERIFY, memoryBytes = 0 } = job.request;
    const { secrets, chain, reports } = broadcast;
    const upstreams = this.#tell(broadcast).get(node) ?? [
      this.#options.sourceOf(`${agent.address}:${agent.dataPort}`),
    ];
    const serves = (port: number): void => this.#serves(broadcast, job.member, port);
    return this.#options.hub.receive(
      node,
      {
        id: jobId,
        bootId: agent.bootId,
        broadcast: secrets.broadcast.toString("hex"),
        key: secrets.key.toString("hex"),
        manifest: imageDigest,
        upstreams,
        sink,
        verify,
        memoryBytes,
      },
      {
        signal: job.listener.signal,
        onListening: serves,
        onProgress: (progress) => {
          // After a restart of the appliance an agent that is at it already does not say again that it listens.
          if (!chain.isListening(node)) serves(agent.dataPort);
          job.listener.onProgress?.(reports.progress(node, progress, this.#nowMs()));
        },
        onBadChunk: (chunk, upstream) => this.#badChunk(broadcast, node, { chunk, upstream }),
      },
    );
  }

  #serves(broadcast: Broadcast, member: Membership, port: number): void {
    const { node, address } = member.agent;
    if (broadcast.members.get(node) !== member) return;
    const endpoint = `${address}:${port}`;
    broadcast.chain.listens(node, endpoint);
    broadcast.reports.serves(node, endpoint, this.#options.sourceOf(endpoint));
    member.endTurn();
    this.#tell(broadcast);
  }

  #badChunk(
    { deployment, chain, reports }: Broadcast,
    node: string,
    { chunk, upstream }: { readonly chunk: number; readonly upstream: string },
  ): void {
    const from = chain.blame(upstream) ?? upstream;
    reports.badChunk(node);
    this.#options.record({ kind: "badChunk", deployment, node, chunk, from });
    const broadcast = this.#broadcasts.get(deployment);
    void broadcast?.then((found) => this.#tell(found));
  }

  /** Sends every list that has changed. Nodes that are done have no use for theirs, and the hub drops it. */
  #tell({ chain, members }: Broadcast): ReadonlyMap<string, readonly string[]> {
    const changes = chain.changes();
    for (const [node, list] of changes) {
      const jobId = members.get(node)?.jobId;
      if (jobId !== undefined) this.#options.hub.setUpstreams(node, jobId, list);
    }
    return changes;
  }

  #drop({ members, chain }: Broadcast, node: string): void {
    members.get(node)?.endTurn();
    members.delete(node);
    chain.drop(node);
  }

  async #agentChanged({ kind, node, bootId }: AgentChange): Promise<void> {
    clearTimeout(this.#grace.get(node));
    this.#grace.delete(node);
    if (kind === "lost") {
      const wait = this.#options.graceMs ?? GRACE_MS;
      const giveUp = (): void => void this.#forEach(node, ({ chain }) => chain.reachable(node, false));
      this.#grace.set(node, setTimeout(giveUp, wait).unref());
      return;
    }
    await this.#forEach(node, (broadcast, member) => {
      if (kind === "leaving" || member.agent.bootId !== bootId) this.#drop(broadcast, node);
      else broadcast.chain.reachable(node, true);
    });
  }

  async #forEach(node: string, change: (broadcast: Broadcast, member: Membership) => void): Promise<void> {
    const all = await Promise.allSettled(this.#broadcasts.values());
    for (const opened of all) {
      const member = opened.status === "fulfilled" ? opened.value.members.get(node) : undefined;
      if (opened.status !== "fulfilled" || !member) continue;
      change(opened.value, member);
      this.#tell(opened.value);
    }
  }
}

/**
 * Waits until the node that joined before serves, which it does within a
 * round trip, so that the chain is a chain from the start.
 *
 * @returns a function that ends this node's own turn; it ends by itself after a while
 */
async function takeTurn(broadcast: Broadcast, signal: AbortSignal): Promise<() => void> {
  const before = broadcast.turn;
  const { promise, resolve } = Promise.withResolvers<void>();
  broadcast.turn = promise;
  await before;
  const timer = setTimeout(resolve, TURN_MS);
  const endTurn = (): void => {
    clearTimeout(timer);
    resolve();
  };
  if (signal.aborted) endTurn();
  signal.throwIfAborted();
  return endTurn;
}

/** A node's own word that all is well counts only when it did what was asked and names the right bytes. */
function checkResult(received: Received, { rawDigest, rawBytes }: OfferedImage, verify: Verify): Received {
  if (!received.ok) return received;
  const sameDigest = verify === "none" || received.rawDigest === rawDigest;
  if (!sameDigest || received.rawBytes !== rawBytes) {
    const error = `wrote ${received.rawBytes} bytes with SHA-256 ${received.rawDigest}, the image has ${rawBytes} with ${rawDigest}`;
    return { ...received, ok: false, error };
  }
  if (verify !== "readback" || received.verify === "readback") return received;
  return {
    ...received,
    ok: false,
    error: "The agent did not read back what it wrote: it is of an older ramdisk",
  };
}
