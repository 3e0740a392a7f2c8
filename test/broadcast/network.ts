/**
 * An appliance and nodes, each a process in a network namespace of its own on
 * one bridge; nothing leaves it. Real agents (out/agent/brigade-agent), so what
 * is judged is what runs on nodes.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { loadOrCreateIdentity } from "#src/agent/identity.ts";
import type { Sink } from "#src/agent/requests.ts";
import type { ApplianceReport, ApplianceSetup, ApplianceTask } from "./appliance_process.ts";

export const APPLIANCE = "10.88.0.1";
export const AGENT_BINARY = "out/agent/brigade-agent";
const PREFIX = "bg-link-";

export const addressOf = (number: number): string => `10.88.0.${10 + number}`;

/** Stands for the token that a boot script would carry: the appliance of these tests can tell whose it is. */
export const tokenOf = (node: string): string => hash("sha256", `token of ${node}`);

export type NetworkOptions = {
  readonly nodes: number;
  /** File that is the raw stream of the image. */
  readonly image: string;
  /** Archive, unless said otherwise. */
  readonly kind?: "archive" | "disk";
  /** What each port of the bridge lets through. */
  readonly rateMbit?: number;
};

export class Network implements AsyncDisposable {
  readonly dir: string;
  readonly nodes: readonly string[];
  readonly #setup: ApplianceSetup;
  readonly #agents = new Map<string, ChildProcess>();
  #appliance: ApplianceProcess;

  private constructor(dir: string, nodes: readonly string[], setup: ApplianceSetup) {
    this.dir = dir;
    this.nodes = nodes;
    this.#setup = setup;
    this.#appliance = new ApplianceProcess(setup);
  }

  /** Builds the network and starts the appliance; agents are started one by one. */
  static async build({ nodes, image, kind = "archive", rateMbit }: NetworkOptions): Promise<Network> {
    removeLeftovers();
    const dir = mkdtempSync(join(tmpdir(), "brigade-broadcast-"));
    const { keyDigest } = await loadOrCreateIdentity(join(dir, "tls"));
    const names = Array.from({ length: nodes }, (_, at) => `node${at + 1}`);
    wire(names, rateMbit);
    const network = new Network(dir, names, { dir, image, kind, keyDigest, nodes: names });
    await network.#appliance.report("ready");
    return network;
  }

  get appliance(): ApplianceProcess {
    return this.#appliance;
  }

  target(node: string): string {
    return join(this.dir, node, "target");
  }

  sink(node: string): Sink {
    return { kind: "archive", directory: this.target(node) };
  }

  /** What the agent of a node said, for a test that failed. */
  log(node: string): string {
    return readFileSync(join(this.dir, node, "log"), "utf8");
  }

  startAgent(node: string): ChildProcess {
    const number = this.nodes.indexOf(node) + 1;
    mkdirSync(join(this.dir, node, "run"), { recursive: true });
    mkdirSync(this.target(node), { recursive: true });
    const log = openSync(join(this.dir, node, "log"), "a");
    const options = [
      ...["--appliance", `${APPLIANCE}:7800`, "--key", this.#setup.keyDigest, "--token", tokenOf(node)],
      ...["--mac", `52:54:00:00:00:${String(number).padStart(2, "0")}`, "--dry-leave"],
      ...["--run-directory", join(this.dir, node, "run"), "--data-address", addressOf(number)],
    ];
    const stdio = ["ignore", log, log] as const;
    const agent = spawn("ip", ["netns", "exec", namespaceOf(node), AGENT_BINARY, ...options], {
      stdio: [...stdio],
    });
    closeSync(log);
    this.#agents.set(node, agent);
    return agent;
  }

  /** Runs a TypeScript program of this folder in the node's namespace. */
  startProgram(node: string, program: string, ...args: readonly string[]): ChildProcess {
    mkdirSync(join(this.dir, node), { recursive: true });
    const script = join(import.meta.dirname, program);
    const child = spawn("ip", ["netns", "exec", namespaceOf(node), process.execPath, script, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#agents.set(node, child);
    return child;
  }

  /** Sends a signal to the agent of a node. */
  signal(node: string, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#agents.get(node)?.kill(signal);
  }

  /** Kills the agent of a node and waits until its ports are free again. */
  async end(node: string): Promise<void> {
    const agent = this.#agents.get(node);
    if (!agent) throw new Error(`No agent runs on ${node}`);
    const exit = once(agent, "exit");
    agent.kill("SIGKILL");
    await exit;
  }

  /** Pulls the cable of a node out of the switch. */
  unplug(node: string): void {
    ip(`-n ${namespaceOf("bridge")} link set p${this.nodes.indexOf(node) + 1} down`);
  }

  /** The appliance as after a crash: killed without a word, then started again. */
  async crashAppliance(): Promise<void> {
    await this.#appliance.kill();
    this.#appliance = new ApplianceProcess(this.#setup);
    await this.#appliance.report("ready");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#appliance.kill();
    const running = [...this.#agents.values()].filter((agent) => agent.exitCode === null);
    for (const agent of running) if (agent.signalCode === null) agent.kill("SIGKILL");
    await Promise.all(running.map((agent) => agent.signalCode ?? once(agent, "exit")));
    removeNamespaces(({ pid }) => pid === process.pid);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The process `appliance_process.ts`, told what to do line by line. */
class ApplianceProcess {
  readonly reports: ApplianceReport[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(setup: ApplianceSetup) {
    const script = join(import.meta.dirname, "appliance_process.ts");
    const args = ["netns", "exec", namespaceOf("appliance"), process.execPath, script, JSON.stringify(setup)];
    this.#child = spawn("ip", args, { stdio: ["pipe", "pipe", "inherit"] });
    if (!this.#child.stdout) throw new Error("The appliance process has no output");
    createInterface(this.#child.stdout).on("line", (line) => {
      this.reports.push(JSON.parse(line) as ApplianceReport);
      for (const wake of this.#waiting) wake();
    });
    this.#child.stdin?.on("error", () => {}); // it was killed
  }

  tell(task: ApplianceTask): void {
    this.#child.stdin?.write(`${JSON.stringify(task)}\n`);
  }

  /** The first report of a kind that `accept` likes, already there or to come. @throws after `withinMs`. */
  async report<K extends ApplianceReport["kind"]>(
    kind: K,
    accept: (report: Extract<ApplianceReport, { kind: K }>) => boolean = () => true,
    withinMs = 60_000,
  ): Promise<Extract<ApplianceReport, { kind: K }>> {
    const signal = AbortSignal.timeout(withinMs);
    type Wanted = Extract<ApplianceReport, { kind: K }>;
    const isWanted = (report: ApplianceReport): report is Wanted =>
      report.kind === kind && accept(report as Wanted);
    for (;;) {
      const found = this.reports.find(isWanted);
      if (found) return found;
      if (signal.aborted)
        throw new Error(`No ${kind} within ${withinMs} ms: ${JSON.stringify(this.reports.slice(-5))}`);
      await this.#next(signal);
    }
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  #next(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener("abort", () => resolve());
    return promise.finally(() => this.#waiting.delete(resolve));
  }
}

const namespaceOf = (name: string): string => `${PREFIX}${process.pid}-${name}`;

function wire(nodes: readonly string[], rateMbit: number | undefined): void {
  const bridge = namespaceOf("bridge");
  ip(`netns add ${bridge}`);
  ip(`-n ${bridge} link add br0 type bridge stp_state 0 forward_delay 0`);
  ip(`-n ${bridge} link set br0 up`);
  for (const [at, name] of ["appliance", ...nodes].entries()) {
    const namespace = namespaceOf(name);
    const address = at === 0 ? APPLIANCE : addressOf(at);
    ip(`netns add ${namespace}`);
    ip(`-n ${bridge} link add p${at} type veth peer name eth0 netns ${namespace}`);
    ip(`-n ${bridge} link set p${at} master br0 up`);
    ip(`-n ${namespace} link set lo up`);
    ip(`-n ${namespace} addr add ${address}/24 dev eth0`);
    ip(`-n ${namespace} link set eth0 up`);
    if (rateMbit === undefined) continue;
    const shape = `root tbf rate ${rateMbit}mbit burst 256kb latency 50ms`;
    execFileSync("tc", `-n ${namespace} qdisc add dev eth0 ${shape}`.split(" "));
  }
}

const ip = (command: string): string => execFileSync("ip", command.split(" ")).toString();

/** Namespaces of this file whose test process is gone: it was killed before it could clean up. */
function removeLeftovers(): void {
  removeNamespaces(({ pid }) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
}

function removeNamespaces(which: (owner: { readonly pid: number }) => boolean): void {
  for (const line of ip("netns list").split("\n")) {
    const [name = ""] = line.split(" ");
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name);
    if (!owner || !which({ pid: Number(owner[1]) })) continue;
    for (const pid of ip(`netns pids ${name}`).split("\n").filter(Boolean))
      process.kill(Number(pid), "SIGKILL");
    ip(`netns del ${name}`);
  }
}
