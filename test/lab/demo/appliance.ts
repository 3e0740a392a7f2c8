/** `brigade` in the lab's appliance network: the server, and the commands that an operator types. */
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Output } from "../collect.ts";
import type { Lab } from "../lab.ts";
import type { LabNode } from "../plan.ts";

const START_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 100;
/** The BMCs have the upper end of the network. */
const POOL = "10.77.0.100-10.77.0.199";

export class Appliance {
  readonly dataDirectory: string;
  readonly #lab: Lab;
  /** Program and first arguments, usually `out/brigade`. */
  readonly #brigade: readonly string[];
  #server: ChildProcess | undefined;

  constructor(lab: Lab, brigade: readonly string[]) {
    this.#lab = lab;
    this.#brigade = brigade;
    this.dataDirectory = join(lab.directory, "data");
  }

  /** Starts with nothing but what is in the program. @returns milliseconds until the API answered. */
  async start(): Promise<number> {
    rmSync(this.dataDirectory, { recursive: true, force: true });
    mkdirSync(this.dataDirectory, { recursive: true, mode: 0o700 });
    const log = openSync(join(this.#lab.directory, "appliance.log"), "w");
    const startedAtMs = performance.now();
    const server = this.spawnServer(["ignore", log, log]);
    const url = "http://127.0.0.1:7880/api/v1/status";
    while ((await this.#lab.exec(["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/7880`])).code !== 0) {
      if (server.exitCode !== null)
        throw new Error(`brigade serve ended with code ${server.exitCode}: ${this.logTail()}`);
      if (performance.now() - startedAtMs > START_LIMIT_MS)
        throw new Error(`${url} does not answer after ${START_LIMIT_MS / 1000} s: ${this.logTail()}`);
      await pause(LOOK_EVERY_MS);
    }
    return performance.now() - startedAtMs;
  }

  /** Starts the server on the data that is there, for a test that reads what it says or kills it. */
  spawnServer(stdio: StdioOptions): ChildProcess {
    const words = ["serve", "--interface", "eth1", "--data", this.dataDirectory, "--pool", POOL];
    this.#server = this.#lab.spawn([...this.#brigade, ...words], { stdio });
    return this.#server;
  }

  /** Tells the server to end, and waits until it has. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, "exit");
    server.kill("SIGTERM");
    await exit;
  }

  /** The address that DHCP gave the node. */
  async addressOf(node: string): Promise<string> {
    const { leasedAddress } = JSON.parse(await this.brigade("node", "show", node, "--json"));
    return String(leasedAddress);
  }

  /** Runs one command to its end. @throws with what it said when it fails. */
  async brigade(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(words, 300_000);
    if (code !== 0)
      throw new Error(`brigade ${words.join(" ")} ended with code ${code}: ${stderr || stdout}`);
    return stdout;
  }

  run(words: readonly string[], limitMs: number): Promise<Output> {
    return this.#lab.exec([...this.#brigade, ...words, ...this.#where()], limitMs);
  }

  /** Runs one command that shows its progress on our terminal. @returns its exit code. */
  async show(...words: string[]): Promise<number> {
    const child = this.#lab.spawn([...this.#brigade, ...words, ...this.#where()], { stdio: "inherit" });
    const [code] = await once(child, "exit");
    return code ?? 137;
  }

  /** As an operator does it: the password comes from a file that only root reads. */
  async addNode({ name, mac, bmc }: LabNode, kernelArguments: readonly string[]): Promise<void> {
    const passwordFile = join(this.#lab.directory, `${name}.password`);
    writeFileSync(passwordFile, `${bmc.password}\n`, { mode: 0o600 });
    const power = ["--power", "ipmi", "--bmc", bmc.address, "--bmc-user", bmc.user];
    const kernel = kernelArguments.flatMap((argument) => ["--kernel-argument", argument]);
    await this.brigade(
      "node",
      "add",
      name,
      "--mac",
      mac,
      ...power,
      "--bmc-password-file",
      passwordFile,
      ...kernel,
    );
    rmSync(passwordFile);
  }

  /** Resident memory of the server in MB. */
  residentMb(): number {
    const status = readFileSync(`/proc/${this.#server?.pid}/status`, "utf8");
    return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1024);
  }

  logTail(): string {
    return readFileSync(join(this.#lab.directory, "appliance.log"), "utf8")
      .trimEnd()
      .split("\n")
      .slice(-5)
      .join("\n");
  }

  #where(): string[] {
    return ["--data", this.dataDirectory];
  }
}

/** An SSH key for this run. @returns the private key's file; the public one is next to it with `.pub`. */
export async function makeKey(directory: string): Promise<string> {
  const file = join(directory, "demo-key");
  for (const name of [file, `${file}.pub`]) rmSync(name, { force: true });
  const child = spawn("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", file]);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`ssh-keygen ended with code ${code}`);
  return file;
}
