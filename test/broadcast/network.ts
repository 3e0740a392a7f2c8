/**
 * An appliance and nodes, each a process in a network namespace of its own;
 * nothing leaves it. Real agents (out/agent/brigade-agent), so what is judged
 * is what runs on nodes.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOrCreateIdentity } from "#src/agent/identity.ts";
import type { Sink } from "#src/agent/requests.ts";
import { ApplianceLink } from "./appliance_link.ts";
import type { ApplianceSetup } from "./appliance_process.ts";
import { APPLIANCE, addressOf, Lan, type LanPlan } from "./lan.ts";

export const AGENT_BINARY = "out/agent/brigade-agent";

/** Stands for the token that a boot script would carry: the appliance of these tests can tell whose it is. */
export const tokenOf = (node: string): string => hash("sha256", `token of ${node}`);

export type NetworkOptions = LanPlan & {
  /** File that is the raw stream of the image. */
  readonly image: string;
  /** Archive, unless said otherwise. */
  readonly kind?: "archive" | "disk";
  /** Raw bytes of a chunk; 1 MiB unless said otherwise. */
  readonly chunkRawBytes?: number;
  /** Folder for what nodes write; the system's for temporary files unless said otherwise. */
  readonly parentDir?: string;
};

export class Network implements AsyncDisposable {
  readonly dir: string;
  readonly lan: Lan;
  readonly #setup: ApplianceSetup;
  readonly #agents = new Map<string, ChildProcess>();
  #appliance: ApplianceLink;

  private constructor(lan: Lan, setup: ApplianceSetup) {
    this.dir = setup.dir;
    this.lan = lan;
    this.#setup = setup;
    this.#appliance = new ApplianceLink(setup);
  }

  /** Builds the network and starts the appliance; agents are started one by one. */
  static async build(options: NetworkOptions): Promise<Network> {
    const { image, kind = "archive", chunkRawBytes = 1 << 20, parentDir = tmpdir() } = options;
    const dir = mkdtempSync(join(parentDir, "brigade-broadcast-"));
    const { keyDigest } = await loadOrCreateIdentity(join(dir, "tls"));
    const lan = new Lan(options);
    const network = new Network(lan, { dir, image, kind, chunkRawBytes, keyDigest, nodes: lan.nodes });
    await network.#appliance.report("ready");
    return network;
  }

  get nodes(): readonly string[] {
    return this.lan.nodes;
  }

  get setup(): ApplianceSetup {
    return this.#setup;
  }

  get appliance(): ApplianceLink {
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

  /** @param env on top of ours */
  startAgent(node: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const number = this.nodes.indexOf(node) + 1;
    mkdirSync(join(this.dir, node, "run"), { recursive: true });
    mkdirSync(this.target(node), { recursive: true });
    const log = openSync(join(this.dir, node, "log"), "a");
    const options = [
      ...["--appliance", `${APPLIANCE}:7800`, "--key", this.#setup.keyDigest, "--token", tokenOf(node)],
      ...["--mac", macOf(number), "--dry-leave"],
      ...["--run-directory", join(this.dir, node, "run"), "--data-address", addressOf(number)],
    ];
    const agent = spawn("ip", [...Lan.within(node), AGENT_BINARY, ...options], {
      stdio: ["ignore", log, log],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    this.#agents.set(node, agent);
    return agent;
  }

  /** Runs a TypeScript program of this folder in the node's namespace. */
  startProgram(node: string, program: string, ...args: readonly string[]): ChildProcess {
    mkdirSync(join(this.dir, node), { recursive: true });
    const script = join(import.meta.dirname, program);
    const child = spawn("ip", [...Lan.within(node), process.execPath, script, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#agents.set(node, child);
    return child;
  }

  pid(node: string): number {
    return this.#agents.get(node)?.pid ?? 0;
  }

  /** Sends a signal to the agent of a node. */
  signal(node: string, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#agents.get(node)?.kill(signal);
  }

  /** Kills the agent of a node and waits until its ports are free again. */
  async end(node: string): Promise<void> {
    const agent = this.#agents.get(node);
    if (!agent) throw new Error(`No agent runs on ${node}`);
    await ended(agent);
  }

  /** Pulls the cable of a node out of the switch. */
  unplug(node: string): void {
    this.lan.plug(node, "down");
  }

  /** Starts agents, anew where one runs, and waits until the appliance knows them. */
  async startAgents(nodes: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
    await Promise.all(
      [...this.#agents].filter(([node]) => nodes.includes(node)).map(([, one]) => ended(one)),
    );
    const since = this.appliance.reports.length;
    for (const node of nodes) this.startAgent(node, env);
    const isHere = (node: string) =>
      this.appliance.report("change", ({ change }) => change.node === node && change.kind === "here", {
        since,
      });
    await Promise.all(nodes.map(isHere));
  }

  /** The appliance as after a crash: killed without a word, then started again. */
  async crashAppliance(): Promise<void> {
    await this.#appliance.kill();
    this.#appliance = new ApplianceLink(this.#setup);
    await this.#appliance.report("ready");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#appliance.kill();
    await Promise.all([...this.#agents.values()].map(ended));
    this.lan[Symbol.dispose]();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

const macOf = (number: number): string =>
  `52:54:00:00:${[number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`;
