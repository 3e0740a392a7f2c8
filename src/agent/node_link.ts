/** One node as the hub knows it: its agent while it is connected, and what it has been asked to do. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { AgentConnection } from "./agent_connection.ts";
import type { Inventory } from "./inventory.ts";
import type { JobState } from "./job_state.ts";
import { NodeJobs } from "./jobs.ts";
import type { AgentMessage } from "./messages.ts";
import { type LeaveHow, leaveMessage } from "./requests.ts";

/** An agent that is connected now. */
export type AgentInfo = {
  readonly node: string;
  readonly address: Ipv4;
  readonly bootId: string;
  readonly bootMac: Mac;
  /** Where it serves broadcasts. */
  readonly dataPort: number;
  /** Absent only when the agent came back after a restart of the appliance, did not repeat it, and nobody kept it. */
  readonly inventory: Inventory | undefined;
};

type Leaving = {
  readonly how: LeaveHow;
  readonly bootId: string;
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
};

export class NodeLink {
  readonly node: string;
  readonly jobs: NodeJobs;
  /** The last agent heard of, connected or not. */
  last: AgentInfo | undefined;
  /** When its agent told last what it hears of LLDP, by the hub's clock. */
  heardLldpMs: number = Number.NEGATIVE_INFINITY;
  #connection: AgentConnection | undefined;
  #leaving: Leaving | undefined;
  /** The boot whose agent has sent a heartbeat. */
  #beaten: string | undefined;

  constructor(node: string) {
    this.node = node;
    this.jobs = new NodeJobs(node);
  }

  get connection(): AgentConnection | undefined {
    return this.#connection;
  }

  /** The agent, while it is connected. */
  get agent(): AgentInfo | undefined {
    return this.#connection ? this.last : undefined;
  }

  /** Takes the newest connection, which has been welcomed, and repeats what is outstanding. */
  attach(connection: AgentConnection, agent: AgentInfo, running: readonly JobState[]): void {
    const older = this.#connection;
    this.#connection = connection;
    this.last = agent;
    older?.close("the same node connected again");
    this.jobs.agentCame(agent.bootId, running, (message) => connection.send(message));
    if (!this.#leaving) return;
    if (this.#leaving.bootId === agent.bootId) connection.send(leaveMessage(this.#leaving.how));
    else this.#endLeaving();
  }

  /** @returns whether `connection` was the one in use. */
  detach(connection: AgentConnection): boolean {
    if (connection !== this.#connection) return false;
    this.#connection = undefined;
    this.jobs.agentWent();
    return true;
  }

  /** @returns whether this boot's agent had sent no heartbeat before */
  isFirstBeat(): boolean {
    const before = this.#beaten;
    this.#beaten = this.last?.bootId;
    return before !== this.#beaten;
  }

  /**
   * Takes the LLDP frames that hold now into the inventory of this boot.
   *
   * @returns the inventory, when it was known and is another than before
   */
  hearLldp(lldp: Inventory["lldp"]): Inventory | undefined {
    const before = this.last?.inventory;
    if (!this.last || !before || JSON.stringify(before.lldp) === JSON.stringify(lldp)) return undefined;
    const inventory = { ...before, lldp };
    this.last = { ...this.last, inventory };
    return inventory;
  }

  hear(message: AgentMessage): void {
    if (message.kind === "leaving") {
      this.#endLeaving(
        message.error === null
          ? undefined
          : new Error(`Node ${this.node} cannot ${message.how}: ${message.error}`),
      );
    } else this.jobs.hear(message);
  }

  /** Tells the agent to leave; see `AgentHub.leave`. */
  leave(how: LeaveHow, signal: AbortSignal): Promise<void> {
    const agent = this.agent;
    if (!agent)
      return Promise.reject(new Error(`Cannot make ${this.node} leave: its agent is not connected`));
    if (signal.aborted) return Promise.reject(signal.reason);
    this.#endLeaving(new Error(`Node ${this.node} was told to leave in another way`));

    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => {
      // Gone without a last word: that is what leaving looks like when the network goes first.
      if (this.#connection) this.#endLeaving(signal.reason);
      else this.#endLeaving();
    };
    signal.addEventListener("abort", abort, { once: true });
    this.#leaving = { how, bootId: agent.bootId, resolve, reject };
    this.#connection?.send(leaveMessage(how));
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  #endLeaving(fault?: unknown): void {
    const leaving = this.#leaving;
    this.#leaving = undefined;
    if (fault === undefined) leaving?.resolve();
    else leaving?.reject(fault);
  }
}
