/**
 * An agent in TypeScript, for tests of the appliance's side and for loads of
 * many nodes in one process. Speaks netboot/agent/PROTOCOL.md; knows no
 * hardware, writes no disks: `run` and `receive` are what the test makes of them.
 */
import { createHash, randomBytes } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { encodeFrame, FrameSplitter } from "#src/agent/frame.ts";
import type { Inventory } from "#src/agent/inventory.ts";
import type { JobState } from "#src/agent/job_state.ts";
import { CONTROL, type Exited, type Received } from "#src/agent/messages.ts";
import type { ReceiveRequest, RunRequest } from "#src/agent/requests.ts";

/** What a job can say while it runs. */
export type JobVoice = {
  readonly output: (stream: "stdout" | "stderr", text: string) => void;
  readonly listening: (port: number) => void;
  readonly progress: (state: NonNullable<JobState["receive"]>) => void;
  readonly badChunk: (chunk: number, upstream: string) => void;
  /** Aborts when the appliance kills the job. */
  readonly signal: AbortSignal;
  /** Replaced by `upstreams` messages while it runs. */
  readonly upstreams: () => readonly string[];
};

export type EmulatedAgentOptions = {
  readonly port: number;
  readonly address?: string;
  /** Address to connect from, so that many agents can share a machine. */
  readonly localAddress?: string;
  readonly keyDigest: string;
  readonly token: string;
  readonly bootMac?: string;
  readonly dataPort?: number;
  readonly inventory?: Inventory;
  readonly run?: (request: RunRequest, voice: JobVoice) => Promise<Exited>;
  readonly receive?: (request: ReceiveRequest, voice: JobVoice) => Promise<Received>;
  /** It was told to leave its system, and has said that it does. */
  readonly onLeave?: (how: "reboot" | "poweroff") => void;
};

export const INVENTORY: Inventory = {
  dmi: { vendor: "Emulated", product: "Agent", serial: "", uuid: "" },
  firmware: "uefi",
  secureBoot: false,
  cpu: { model: "none", threads: 1 },
  memBytes: 1 << 30,
  nics: [],
  disks: [],
  lldp: [],
};

type Job = {
  readonly kind: "run" | "receive";
  readonly stop: AbortController;
  upstreams: readonly string[];
  progress?: JobState["receive"];
  result?: Buffer;
};

/** The fields of all messages from the appliance; trusted, for it is our own. */
type Told = {
  readonly id: string;
  readonly session: string;
  readonly heartbeatMs: number;
  readonly reason: string;
  readonly upstreams?: readonly string[];
};
const RETRY_MS = 200;
const DONE: Exited = { code: 0, signal: null, timedOut: false, error: null };
const NOTHING: Received = {
  ok: false,
  rawDigest: "0".repeat(64),
  rawBytes: 0,
  fromBytes: {},
  sentBytes: 0,
  ms: 0,
  error: "not emulated",
};

export class EmulatedAgent implements Disposable {
  readonly bootId = randomBytes(16).toString("hex");
  /** How many times each message kind came, by frame type. */
  readonly heard = new Map<number, number>();
  /** How often its connection ended. */
  hangUps = 0;
  /** What `refused` said last. */
  refusal: string | undefined;
  session: string | undefined;
  /** Set while it plays dead: it neither reads nor speaks. */
  frozen = false;
  readonly #options: EmulatedAgentOptions;
  readonly #jobs = new Map<string, Job>();
  #socket: TLSSocket | undefined;
  #beat: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: EmulatedAgentOptions) {
    this.#options = options;
    this.#connect();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#beat);
    this.#socket?.destroy();
    for (const { stop } of this.#jobs.values()) stop.abort();
  }

  /** Breaks the connection; it comes back by itself. */
  hangUp(): void {
    this.#socket?.destroy();
  }

  /** Sends one raw frame, also a wrong one. */
  say(type: number, payload: Uint8Array | object): void {
    if (this.frozen) return;
    const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
    this.#socket?.write(encodeFrame(type, bytes));
  }

  #connect(): void {
    const { port, address = "127.0.0.1", localAddress, keyDigest } = this.#options;
    const socket = connect({
      port,
      host: address,
      ...(localAddress ? { localAddress } : {}),
      rejectUnauthorized: false,
      minVersion: "TLSv1.3",
    });
    this.#socket = socket;
    const splitter = new FrameSplitter();
    socket.on("secureConnect", () => {
      const spki = socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" });
      const digest = createHash("sha256")
        .update(spki ?? "")
        .digest("hex");
      if (digest === keyDigest) this.#hello();
      else socket.destroy();
    });
    socket.on("data", (bytes: Buffer) => {
      const split = splitter.push(bytes);
      if (!split.ok || this.frozen) return;
      for (const { type, payload } of split.frames) {
        this.heard.set(type, (this.heard.get(type) ?? 0) + 1);
        this.#hear(type, JSON.parse(Buffer.from(payload).toString()) as Told);
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearInterval(this.#beat);
      this.hangUps++;
      if (!this.#disposed) this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
    });
  }

  #hello(): void {
    const { token, bootMac = "52:54:00:00:00:01", dataPort = 7801, inventory = INVENTORY } = this.#options;
    const who = this.session ? { session: this.session } : { token };
    this.say(CONTROL.hello, {
      version: 1,
      ...who,
      bootId: this.bootId,
      bootMac,
      dataPort,
      jobs: this.#states(),
      inventory,
    });
  }

  #hear(type: number, message: Told): void {
    switch (type) {
      case CONTROL.welcome:
        this.session = message.session;
        this.#beat = setInterval(() => this.#heartbeat(), message.heartbeatMs);
        return;
      case CONTROL.refused:
        this.refusal = message.reason;
        return;
      case CONTROL.run:
      case CONTROL.receive:
        this.#start(type, message);
        return;
      case CONTROL.upstreams: {
        const job = this.#jobs.get(message.id);
        if (job) job.upstreams = message.upstreams ?? [];
        return;
      }
      case CONTROL.kill:
        this.#jobs.get(message.id)?.stop.abort();
        return;
      case CONTROL.release:
        this.#jobs.delete(message.id);
        return;
      case CONTROL.reboot:
      case CONTROL.poweroff:
        this.#leave(type === CONTROL.reboot ? "reboot" : "poweroff");
        return;
    }
  }

  #leave(how: "reboot" | "poweroff"): void {
    this.say(CONTROL.leaving, { how, error: null });
    const socket = this.#socket;
    this.#socket = undefined;
    // The last word goes out first.
    socket?.end();
    this[Symbol.dispose]();
    this.#options.onLeave?.(how);
  }

  #start(type: number, message: Told): void {
    const known = this.#jobs.get(message.id);
    if (known?.result) this.#socket?.write(known.result);
    if (known) return;
    const { run = async () => DONE, receive = async () => NOTHING } = this.#options;
    const isRun = type === CONTROL.run;
    const job: Job = {
      kind: isRun ? "run" : "receive",
      stop: new AbortController(),
      upstreams: message.upstreams ?? [],
    };
    this.#jobs.set(message.id, job);
    const voice = this.#voice(message.id, job);
    const work = isRun
      ? run(message as unknown as RunRequest, voice)
      : receive(message as unknown as ReceiveRequest, voice);
    const ended = isRun ? CONTROL.exited : CONTROL.received;
    void work.then((result) => {
      job.result = encodeFrame(ended, Buffer.from(JSON.stringify({ id: message.id, ...result })));
      if (!this.frozen) this.#socket?.write(job.result);
    });
  }

  #voice(id: string, job: Job): JobVoice {
    return {
      output: (stream, text) =>
        this.say(CONTROL[stream], Buffer.concat([Uint8Array.of(id.length), Buffer.from(id + text)])),
      listening: (port) => this.say(CONTROL.listening, { id, port }),
      progress: (state) => {
        job.progress = state;
      },
      badChunk: (chunk, upstream) => this.say(CONTROL.badChunk, { id, chunk, upstream }),
      signal: job.stop.signal,
      upstreams: () => job.upstreams,
    };
  }

  #heartbeat(): void {
    this.say(CONTROL.heartbeat, { uptimeMs: 1, memFreeBytes: 1, jobs: this.#states() });
  }

  #states(): object[] {
    return [...this.#jobs].map(([id, { kind, progress, result }]) => ({
      id,
      kind,
      state: result ? "ended" : "running",
      ...progress,
    }));
  }
}
