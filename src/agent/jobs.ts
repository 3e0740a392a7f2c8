/**
 * What one node has been asked to do and has not finished.
 *
 * A request is repeated whenever the node's agent connects again in the same
 * boot: an agent that knows the id goes on or repeats its result
 * (PROTOCOL.md section 2.2), so nothing runs twice and no result is lost.
 * A node that has booted anew has forgotten everything: its jobs fail.
 *
 * Pure: no socket, no clock. What is said to the agent goes through `send`.
 */
import type { JobState, ReceiveProgress } from "./job_state.ts";
import type { AgentMessage } from "./messages.ts";
import { type ApplianceMessage, encodeApplianceMessage, type UpstreamList } from "./requests.ts";

/** The node booted anew while a job was running on it, so the job is lost. */
export class AgentGone extends Error {
  override readonly name = "AgentGone";
  readonly node: string;

  constructor(node: string) {
    super(`Node ${node} booted anew: what ran on it is lost`);
    this.node = node;
  }
}

/** What can be heard about one job. */
export type JobMessage =
  | Extract<AgentMessage, { readonly kind: "output" | "exited" | "listening" | "received" | "badChunk" }>
  | ({ readonly kind: "progress"; readonly id: string } & ReceiveProgress);

export type JobRequest = Extract<ApplianceMessage, { readonly kind: "run" | "receive" }>;

/** A job to start: what to ask, and how to recognise its end. */
export type JobSpec<T> = {
  readonly request: JobRequest;
  /** The boot that it belongs to; without it, the one the node is in, or the next one when none has been heard of. */
  readonly bootId?: string | undefined;
  /** Called with everything heard about the job; gives its result when that was the end. */
  readonly take: (message: JobMessage) => T | undefined;
};

type Job = {
  request: JobRequest;
  bootId: string | undefined;
  readonly take: (message: JobMessage) => void;
  readonly fail: (reason: unknown) => void;
};

type Send = (message: ApplianceMessage) => void;

/** Requests to forget a job that could not be delivered yet; older ones go first. */
const MAX_UNDELIVERED = 1024;

export class NodeJobs {
  readonly #node: string;
  readonly #jobs = new Map<string, Job>();
  /** Kills and releases that the agent has not been seen to obey. */
  readonly #forgotten = new Map<string, "kill" | "release">();
  /** What the agent last said of its receives, so that a restarted appliance knows at once which of them go on. */
  #reported: readonly JobState[] = [];
  #bootId: string | undefined;
  #send: Send | undefined;

  constructor(node: string) {
    this.#node = node;
  }

  /**
   * Asks for one job and waits for its end, however often the agent connects anew meanwhile.
   *
   * @throws {AgentGone} the node booted anew; {RangeError} the request does not fit into a frame; or `signal.reason` when aborted, after the agent was told to kill the job.
   */
  start<T>(spec: JobSpec<T>, signal: AbortSignal): Promise<T> {
    const { id } = spec.request;
    if (this.#jobs.has(id)) {
      return Promise.reject(new Error(`Cannot start job ${id} on ${this.#node}: it is already running`));
    }
    if (signal.aborted) return Promise.reject(signal.reason);
    const tooLong = whyNotSendable(spec.request);
    if (tooLong) return Promise.reject(tooLong);
    const bootId = spec.bootId ?? this.#bootId;
    if (this.#bootId !== undefined && bootId !== this.#bootId)
      return Promise.reject(new AgentGone(this.#node));

    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        this.#jobs.delete(id);
        signal.removeEventListener("abort", abort);
      };
      const abort = (): void => {
        end();
        this.forget(id, "kill");
        reject(signal.reason);
      };
      const take = (message: JobMessage): void => {
        const result = spec.take(message);
        if (result === undefined) return;
        end();
        resolve(result);
      };
      const fail = (reason: unknown): void => {
        end();
        reject(reason);
      };
      signal.addEventListener("abort", abort);
      this.#forgotten.delete(id);
      this.#jobs.set(id, { request: spec.request, bootId, take, fail });
      this.#send?.(spec.request);
      this.#report(this.#reported.filter((state) => state.id === id));
    });
  }

  /** What the agent last said of a receive that it is at, also when nobody here has asked for it since the start. */
  receiving(id: string): ReceiveProgress | undefined {
    return this.#reported.find((job) => job.id === id && job.state === "running")?.receive;
  }

  /** Gives a running receive another list, now and whenever it has to be asked for again. Others: no effect. */
  setUpstreams(id: string, { upstreams, list }: UpstreamList): void {
    const job = this.#jobs.get(id);
    if (job?.request.kind !== "receive") return;
    job.request = { ...job.request, upstreams, list };
    this.#send?.({ kind: "upstreams", id, upstreams, list });
  }

  /** Tells the agent to kill or to release a job, now or as soon as it is there again in the same boot. */
  forget(id: string, how: "kill" | "release"): void {
    const [oldest] = this.#forgotten.keys();
    if (oldest !== undefined && this.#forgotten.size >= MAX_UNDELIVERED) this.#forgotten.delete(oldest);
    // A release is worth one try to an agent that is there; a kill is repeated until the job has ended.
    if (how === "kill" || !this.#send) this.#forgotten.set(id, how);
    this.#send?.({ kind: how, id });
  }

  /** The agent is there, and says what it is at: asks again for what belongs to this boot, gives up what belonged to an earlier one. */
  agentCame(bootId: string, running: readonly JobState[], send: Send): void {
    if (bootId !== this.#bootId) this.#forgotten.clear();
    this.#reported = running;
    this.#bootId = bootId;
    this.#send = send;
    for (const [id, how] of this.#forgotten) {
      send({ kind: how, id });
      if (how === "release") this.#forgotten.delete(id);
    }
    for (const job of [...this.#jobs.values()]) this.#repeat(job, bootId, send);
    this.#report(running);
  }

  /** The agent is out of reach. Its jobs may well go on. */
  agentWent(): void {
    this.#send = undefined;
  }

  /** Passes on what an agent said about its jobs. What nobody waits for is dropped. */
  hear(message: AgentMessage): void {
    switch (message.kind) {
      case "heartbeat":
        this.#reported = message.jobs;
        this.#report(message.jobs);
        return;
      case "exited":
      case "received":
        this.#forgotten.delete(message.id);
        this.#jobs.get(message.id)?.take(message);
        return;
      case "output":
      case "listening":
      case "badChunk":
        this.#jobs.get(message.id)?.take(message);
        return;
      case "hello":
      case "leaving":
      case "heard":
      case "unknown":
        return;
    }
  }

  /** Fails all that is outstanding, for example because the appliance stops. Nothing is killed: it goes on after a restart. */
  abandon(reason: unknown): void {
    for (const job of [...this.#jobs.values()]) job.fail(reason);
  }

  #report(states: readonly JobState[]): void {
    for (const { id, receive } of states) {
      if (receive) this.#jobs.get(id)?.take({ kind: "progress", id, ...receive });
    }
  }

  #repeat(job: Job, bootId: string, send: Send): void {
    job.bootId ??= bootId;
    if (job.bootId !== bootId) {
      job.fail(new AgentGone(this.#node));
      return;
    }
    send(job.request);
    // An agent that knows the job does not look at the rest of the request.
    if (job.request.kind === "receive") {
      const { id, upstreams, list } = job.request;
      send({ kind: "upstreams", id, upstreams, list });
    }
  }
}

/** Found out before the request is kept, or it would break each connection that it is repeated on. */
function whyNotSendable(request: JobRequest): unknown {
  try {
    encodeApplianceMessage(request);
    return undefined;
  } catch (fault) {
    return fault;
  }
}
