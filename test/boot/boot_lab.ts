/**
 * The whole appliance on a test wire with emulated machines, each armed by a deployment: from power-on to the agent's
 * `hello`. Needs root and what `make` builds.
 *
 *     await using lab = await BootLab.start("fw");
 *     await using machine = await lab.powerOn({ firmware: "bios" });
 *     await lab.event(({ kind, node }) => kind === "agentConnected" && node === machine.node);
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { Machine, type MachineSettings } from "./machine.ts";
import { run, type ServedEvent, Wire } from "./namespaces.ts";

const execute = promisify(execFile);

/** Emulated machines on two busy cores: four times what they take alone. */
const LIMIT_MS = 120_000;
const BRIGADE = [process.execPath, "--no-warnings", "src/app/main.ts"];
/** A power switch that says what it was told last; the tests switch the machines themselves. */
const SWITCH =
  '#!/bin/sh\ncase $1 in status) cat "$0.$2" 2>/dev/null || echo off;; on|cycle|reset|pxe) echo on >"$0.$2";; off|soft) echo off >"$0.$2";; esac\n';

export type PlannedMachine = MachineSettings & { readonly node: string };

export type BootLabOptions = {
  /** Words for `brigade serve` beside interface, data and pool. */
  readonly serve?: readonly string[];
  /** Beside another DHCP server that gives the addresses; the test brings it. */
  readonly proxy?: boolean;
  /** The file of `--config`, in the place of interface and pool. */
  readonly config?: string;
  /** Makes a folder of boot files in the place of those that were built. */
  readonly prepareFiles?: (folder: string) => void;
};

export class BootLab implements AsyncDisposable {
  readonly scratch: string;
  readonly wire: Wire;
  /** The appliance's namespace. */
  readonly space: string;
  readonly events: ServedEvent[] = [];
  #server: ChildProcess | undefined;
  #said = "";
  #machines = 0;
  #look: () => void = () => {};

  private constructor(id: string) {
    this.scratch = mkdtempSync(join(tmpdir(), "bg-boot-"));
    this.wire = new Wire(id);
    this.space = this.wire.plug("srv", { address: "10.77.0.1/24" });
  }

  /** An appliance that serves, with an image that can be deployed. @throws Error with what it said when it does not start */
  static async start(id: string, options: BootLabOptions = {}): Promise<BootLab> {
    const lab = new BootLab(id);
    try {
      await lab.#serve(options);
      await lab.#prepare();
      return lab;
    } catch (fault) {
      await lab[Symbol.asyncDispose]();
      throw fault;
    }
  }

  /** One command of an operator, to its end. @throws Error with what it said when it fails. */
  async brigade(...words: readonly string[]): Promise<string> {
    const argv = ["netns", "exec", this.space, ...BRIGADE, ...words, "--data", this.#data];
    return (await execute("ip", argv)).stdout;
  }

  /**
   * A machine that nobody has seen before, added as a node, with a deployment that waits for its agent; on from now.
   *
   * @param node words for `brigade node add`
   */
  async powerOn(
    settings: Partial<MachineSettings>,
    node: readonly string[] = [],
  ): Promise<Machine & { readonly node: string }> {
    const planned = await this.addNode(settings, node);
    await this.arm(planned.node);
    return Object.assign(new Machine(planned), { node: planned.node });
  }

  /** The machine that `powerOn` would switch on, added as a node that boots from its disk. */
  async addNode(settings: Partial<MachineSettings>, words: readonly string[] = []): Promise<PlannedMachine> {
    const number = ++this.#machines;
    const node = `node${number}`;
    const mac = `52:54:00:77:01:${number.toString(16).padStart(2, "0")}`;
    const tap = `t${number}`;
    this.wire.tap(tap);
    const power = ["--power", "command", "--power-command", `${this.scratch}/switch {action} {node}`];
    const kernel = ["--kernel-argument", "no_timer_check"];
    await this.brigade("node", "add", node, "--mac", mac, ...kernel, ...power, ...words);
    const { scratch } = this;
    const base = { space: this.wire.switch, tap, mac, firmware: "bios", memoryMb: 512, scratch } as const;
    return { ...base, ...settings, node };
  }

  /** A deployment to the node, which waits for its agent from now on. */
  async arm(node: string): Promise<void> {
    await this.brigade("deploy", "tiny", "--nodes", node, "--key", join(this.scratch, "key.pub"), "--detach");
    await this.event(
      (event) => event.kind === "stepStarted" && event.node === node && event.step === "await-agent",
    );
  }

  /** Until it is disposed of, nobody gets anything by HTTP: an iPXE that cannot fetch its script. */
  blockHttp(): Disposable {
    const rules = (what: string): string => run("ip", "netns", "exec", this.space, "nft", ...what.split(" "));
    rules("add table inet block");
    rules("add chain inet block input { type filter hook input priority 0 ; }");
    rules("add rule inet block input tcp dport 8080 reject with tcp reset");
    return { [Symbol.dispose]: () => rules("delete table inet block") };
  }

  /** The first event that is `wanted`, from the start on. @throws Error with the events and `console` when it does not come. */
  async event(
    wanted: (event: ServedEvent) => boolean,
    { limitMs = LIMIT_MS, console = () => "" }: { limitMs?: number; console?: () => string } = {},
  ): Promise<ServedEvent> {
    const endsAtMs = performance.now() + limitMs;
    for (;;) {
      const found = this.events.find(wanted);
      if (found) return found;
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0 || this.#server?.exitCode !== null)
        throw new Error(
          `No such event within ${limitMs} ms:\n${this.#said.slice(-4000)}\n${console().slice(-4000)}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#look = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    if (server && server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once("close", resolve));
      server.kill("SIGTERM");
      await ended;
    }
    this.wire[Symbol.dispose]();
    rmSync(this.scratch, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.scratch, "data");
  }

  async #serve({ serve = [], prepareFiles, ...network }: BootLabOptions): Promise<void> {
    mkdirSync(this.#data, { mode: 0o700 });
    const folder = join(this.scratch, "boot");
    prepareFiles?.(folder);
    const files = prepareFiles ? ["--boot-files", folder] : [];
    const words = ["serve", ...this.#networkWords(network), "--data", this.#data, ...files, ...serve];
    const server = spawn("ip", ["netns", "exec", this.space, ...BRIGADE, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#server = server;
    for (const stream of [server.stdout, server.stderr])
      createInterface(stream).on("line", (line) => this.#hear(line));
    server.once("close", () => this.#look());
    await this.event(({ kind }) => kind === "serving");
  }

  #networkWords({ proxy = false, config }: BootLabOptions): readonly string[] {
    if (proxy) return ["--interface", "eth0=proxy"];
    if (config === undefined) return ["--interface", "eth0", "--pool", "10.77.0.100-10.77.0.199"];
    const file = join(this.scratch, "networks.yaml");
    writeFileSync(file, config);
    return ["--config", file];
  }

  #hear(line: string): void {
    this.#said += `${line}\n`;
    try {
      const { event, message = "" } = JSON.parse(line) as { event?: ServedEvent; message?: string };
      if (event) this.events.push(event);
      else if (message.startsWith("Serving ")) this.events.push({ kind: "serving", message });
    } catch {
      // Not an entry of the log, but worth showing when something fails.
    }
    this.#look();
  }

  /** The smallest archive that passes for a system: nothing of it is installed here. */
  async #prepare(): Promise<void> {
    const root = join(this.scratch, "root");
    for (const folder of ["boot", "etc", "usr/lib", "usr/bin", "sbin"])
      mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "boot/vmlinuz-6.1.0-test"), "kernel");
    writeFileSync(join(root, "boot/initrd.img-6.1.0-test"), "initramfs");
    writeFileSync(join(root, "sbin/init"), "init", { mode: 0o755 });
    writeFileSync(join(root, "etc/os-release"), 'ID=debian\nVERSION_ID="12"\n');
    run("tar", "-C", root, "-cf", join(this.scratch, "tiny.tar"), ".");
    writeFileSync(join(this.scratch, "switch"), SWITCH, { mode: 0o755 });
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(this.scratch, "key"));
    await this.brigade("image", "import", join(this.scratch, "tiny.tar"), "--name", "tiny");
  }
}
