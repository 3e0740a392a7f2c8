/**
 * The appliance's end of all agents: who is there, and a way to ask for
 * things that outlives any one connection.
 *
 * Who may be an agent is decided by `admit`; what to do with a node is decided
 * by the callers. The hub only keeps connections alive and requests delivered.
 */
import { AgentConnection } from "./agent_connection.ts";
import { AgentListener } from "./agent_listener.ts";
import { HUB_LIMITS, type HubLimits } from "./hub_limits.ts";
import type { AgentChange, HubOptions } from "./hub_options.ts";
import type { Inventory } from "./inventory.ts";
import {
  type InBoot,
  type ReceiveListener,
  type RunListener,
  type RunResult,
  receiveSpec,
  runSpec,
} from "./job_specs.ts";
import type { ReceiveProgress } from "./job_state.ts";
import type { AgentMessage, Hello, Received } from "./messages.ts";
import { type AgentInfo, NodeLink } from "./node_link.ts";
import type { LeaveHow, ReceiveRequest, RunRequest, UpstreamList } from "./requests.ts";

/** What an agent that was told to leave may take to say so. */
const LEAVE_ANSWER_MS = 10_000;

/** One connection on its way from stranger to agent. */
type Session = {
  readonly connection: AgentConnection;
  readonly admitted: () => void;
  link: NodeLink | undefined;
};

/** @see listen */
export class AgentHub implements AsyncDisposable {
  readonly #options: HubOptions;
  readonly #limits: HubLimits;
  readonly #nowMs: () => number;
  readonly #links = new Map<string, NodeLink>();
  readonly #watchers = new Set<(change: AgentChange) => void>();
  readonly #listeners: AgentListener[] = [];
  #beat: NodeJS.Timeout | undefined;

  private constructor(options: HubOptions) {
    this.#options = options;
    this.#limits = { ...HUB_LIMITS, ...options.limits };
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Binds and starts to serve. @throws when the address cannot be bound. */
  static async listen(options: HubOptions): Promise<AgentHub> {
    const hub = new AgentHub(options);
    await hub.listenAt(options.address, options.port);
    hub.#beat = setInterval(() => hub.#lookAfter(), hub.#limits.pingMs);
    return hub;
  }

  /** Serves agents at one more of our addresses, for those of another network. @throws when it cannot be bound. */
  async listenAt(address: string, port: number = this.port): Promise<void> {
    const { identity, record } = this.#options;
    this.#listeners.push(
      await AgentListener.listen({
        ...{ address, port, identity, limits: this.#limits },
        onConnection: (socket, admitted) => this.#serve(new AgentConnection(socket, this.#nowMs), admitted),
        onRejected: (peer, problem) => record({ kind: "packetRejected", protocol: "agent", peer, problem }),
      }),
    );
  }

  get port(): number {
    return this.#listeners[0]?.port ?? 0;
  }

  /** While it is connected. */
  agentOf(node: string): AgentInfo | undefined {
    return this.#links.get(node)?.agent;
  }

  /** Everyone who is connected. */
  agents(): readonly AgentInfo[] {
    return [...this.#links.values()].flatMap((link) => link.agent ?? []);
  }

  /** Calls `watcher` at each change from now on. @returns a function that ends it. */
  watch(watcher: (change: AgentChange) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Waits until the node's agent is there and `accept` likes it, for example because it booted anew.
   *
   * @throws `signal.reason` when aborted.
   */
  async waitForAgent(
    node: string,
    signal: AbortSignal,
    accept: (agent: AgentInfo) => boolean = () => true,
  ): Promise<AgentInfo> {
    signal.throwIfAborted();
    const there = this.agentOf(node);
    if (there && accept(there)) return there;
    const { promise, resolve, reject } = Promise.withResolvers<AgentInfo>();
    const stop = this.watch((change) => {
      const agent = change.node === node && change.kind === "here" ? this.agentOf(node) : undefined;
      if (agent && accept(agent)) resolve(agent);
    });
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort);
    return promise.finally(() => {
      stop();
      signal.removeEventListener("abort", abort);
    });
  }

  /**
   * Runs a script on a node to its end, across lost connections and restarts of the appliance (with the same id).
   *
   * @param request with `bootId` the job belongs to that boot and fails at once in another
   * @throws {AgentGone} the node booted anew; or `signal.reason` when aborted, and the process group is killed
   */
  run(
    node: string,
    request: RunRequest & InBoot,
    { signal, ...listener }: RunListener & { readonly signal: AbortSignal },
  ): Promise<RunResult> {
    return this.#linkOf(node).jobs.start(runSpec(request, listener), signal);
  }

  /** Lets a node take part in a broadcast. Same guarantees as {@link run}. A broken transfer is a result with `ok` false. */
  receive(
    node: string,
    request: ReceiveRequest & InBoot,
    { signal, ...listener }: ReceiveListener & { readonly signal: AbortSignal },
  ): Promise<Received> {
    return this.#linkOf(node).jobs.start(receiveSpec(request, listener), signal);
  }

  /** How far a node is with a receive that runs already. */
  receiving(node: string, id: string): ReceiveProgress | undefined {
    return this.#links.get(node)?.jobs.receiving(id);
  }

  /** Replaces the upstreams of a receive that is outstanding. */
  setUpstreams(node: string, id: string, list: UpstreamList): void {
    this.#linkOf(node).jobs.setUpstreams(id, list);
  }

  /** Kills a job, also of an agent that is away, as soon as it is back. */
  kill(node: string, id: string): void {
    this.#linkOf(node).jobs.forget(id, "kill");
  }

  /** Lets the node forget a finished job and free its chunks. */
  release(node: string, id: string): void {
    this.#linkOf(node).jobs.forget(id, "release");
  }

  /**
   * Makes a node leave its present system. Resolves when the agent has said that it does, or has gone after it was asked.
   *
   * @throws when the agent is not there, cannot do it, or says nothing within 10 s (or until `signal` aborts).
   */
  leave(
    node: string,
    how: LeaveHow,
    signal: AbortSignal = AbortSignal.timeout(LEAVE_ANSWER_MS),
  ): Promise<void> {
    return this.#linkOf(node).leave(how, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beat);
    const reason = new Error("The appliance stops");
    for (const { jobs } of this.#links.values()) jobs.abandon(reason);
    for (const { connection } of this.#links.values()) connection?.close("the appliance stops");
    await Promise.all(this.#listeners.map((listener) => listener[Symbol.asyncDispose]()));
  }

  #linkOf(node: string): NodeLink {
    const link = this.#links.get(node) ?? new NodeLink(node);
    this.#links.set(node, link);
    return link;
  }

  /** Pings everyone, and gives up who has been silent for too long. */
  #lookAfter(): void {
    const silentSinceMs = this.#nowMs() - this.#limits.silenceMs;
    for (const { connection } of this.#links.values()) {
      if (connection === undefined) continue;
      if (connection.lastHeardMs < silentSinceMs) {
        connection.close(`said nothing for ${this.#limits.silenceMs} ms`);
      } else connection.send({ kind: "ping" });
    }
  }

  /** Serves one connection: hello first, then whatever the agent has to say. */
  #serve(connection: AgentConnection, admitted: () => void): void {
    const session: Session = { connection, admitted, link: undefined };
    connection.open({
      onMessage: (message) => {
        if (session.link) this.#hear(session.link, message);
        else if (message.kind === "hello") return this.#admit(session, message);
        else connection.close("the first message was not hello");
        return undefined;
      },
      onClosed: (because) => {
        if (!session.link) this.#reject(connection.peer, because);
        else if (session.link.detach(connection)) this.#lost(session.link, because);
      },
    });
  }

  async #admit(session: Session, hello: Hello): Promise<void> {
    const { admit, inventoryOf } = this.#options;
    const { connection } = session;
    const admission = await admit(hello, connection.peer);
    if (connection.closed) return;
    if (!admission.ok) {
      connection.refuse(admission.reason);
      return;
    }
    session.admitted();
    const { node } = admission;
    const link = this.#linkOf(node);
    const known = link.last?.bootId === hello.bootId ? link.last.inventory : undefined;
    const inventory = hello.inventory ?? known ?? inventoryOf?.(node);
    const { bootId, bootMac, dataPort } = hello;
    const { heartbeatMs } = this.#limits;
    connection.send({ kind: "welcome", node, session: admission.session, heartbeatMs });
    session.link = link;
    const agent = { node, address: connection.peer, bootId, bootMac, dataPort, inventory };
    link.attach(connection, agent, hello.jobs);
    this.#announceHere(link, hello);
  }

  #announceHere({ node }: NodeLink, { bootId, session, inventory }: Hello): void {
    const agent = this.agentOf(node);
    if (!agent) return;
    const { record, onInventory } = this.#options;
    record({ kind: "agentConnected", node, address: agent.address, resumed: session !== undefined });
    if (inventory) onInventory?.(node, inventory);
    this.#announce({ kind: "here", node, bootId });
  }

  #hear(link: NodeLink, message: AgentMessage): void {
    if (message.kind === "heard") this.#hearLldp(link, message.lldp);
    else link.hear(message);
    if (message.kind === "heartbeat" && link.isFirstBeat())
      this.#options.observe?.({ kind: "kernelUp", node: link.node, uptimeMs: message.uptimeMs });
    if (message.kind === "leaving" && message.error === null && link.last) {
      this.#announce({ kind: "leaving", node: link.node, bootId: link.last.bootId });
    }
  }

  #hearLldp(link: NodeLink, lldp: Inventory["lldp"]): void {
    const nowMs = this.#nowMs();
    if (nowMs - link.heardLldpMs < this.#limits.heardPauseMs) return;
    link.heardLldpMs = nowMs;
    const inventory = link.hearLldp(lldp);
    if (inventory) this.#options.onInventory?.(link.node, inventory);
  }

  #lost(link: NodeLink, because: string): void {
    this.#options.record({ kind: "agentLost", node: link.node, because });
    this.#announce({ kind: "lost", node: link.node, bootId: link.last?.bootId ?? "" });
  }

  #reject(peer: string, problem: string): void {
    if (problem.startsWith("refused: ")) return; // whoever refused it has recorded why
    this.#options.record({ kind: "packetRejected", protocol: "agent", peer, problem });
  }

  #announce(change: AgentChange): void {
    for (const watcher of [...this.#watchers]) watcher(change);
  }
}
