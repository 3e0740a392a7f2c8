/** Network namespaces for tests with real clients: one switch, a server side, client sides. Names start with `bg-boot-`. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ServeSettings } from "./serve.ts";

export const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

export const isRoot = process.getuid?.() === 0;

const PREFIX = "bg-boot-";

/** A bridge in a namespace of its own, with a port for each machine. Disposing removes all of it. */
export class Wire implements Disposable {
  readonly #id: string;
  readonly #spaces: string[] = [];
  #ports = 0;

  constructor(id: string) {
    this.#id = id;
    this.#add(this.switch);
    this.#ip(this.switch, "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0");
    this.#ip(this.switch, "link set br0 up");
  }

  get switch(): string {
    return `${PREFIX}${this.#id}-sw`;
  }

  /** A machine with one more card on this wire; made when it is new. @returns the namespace's name */
  plug(machine: string, { device = "eth0", address }: { device?: string; address?: string } = {}): string {
    const space = machine.startsWith(PREFIX) ? machine : `${PREFIX}${this.#id}-${machine}`;
    if (!existing().includes(space)) this.#add(space);
    const port = `p${this.#ports++}`;
    this.#ip(this.switch, `link add ${port} type veth peer name ${device} netns ${space}`);
    this.#ip(this.switch, `link set ${port} master br0 up`);
    this.#ip(space, `link set ${device} up`);
    if (address) this.#ip(space, `address add ${address} dev ${device}`);
    return space;
  }

  /** A port for a virtual machine that runs in the switch's namespace. */
  tap(name: string): void {
    this.#ip(this.switch, `tuntap add ${name} mode tap`);
    this.#ip(this.switch, `link set ${name} master br0 up`);
  }

  macOf(space: string, device = "eth0"): string {
    const [link]: readonly { address: string }[] = JSON.parse(
      run("ip", "-n", space, "-j", "link", "show", device),
    );
    return link?.address ?? "";
  }

  [Symbol.dispose](): void {
    for (const space of this.#spaces) run("ip", "netns", "delete", space);
  }

  #add(space: string): void {
    if (existing().includes(space)) run("ip", "netns", "delete", space);
    run("ip", "netns", "add", space);
    this.#spaces.push(space);
    this.#ip(space, "link set lo up");
  }

  #ip(space: string, words: string): void {
    run("ip", "-n", space, ...words.split(" "));
  }
}

const existing = (): readonly string[] =>
  run("ip", "netns", "list")
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");

export type ServedEvent = {
  readonly kind: string;
  readonly message?: string;
  readonly node?: string;
  readonly step?: string;
  readonly address?: string;
  readonly [field: string]: unknown;
};

/** The boot services running in a namespace. */
export class Served implements AsyncDisposable {
  readonly events: ServedEvent[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #wake: () => void = () => {};

  constructor(space: string, settings: ServeSettings) {
    this.#child = spawn(
      "ip",
      [
        "netns",
        "exec",
        space,
        process.execPath,
        "--no-warnings",
        "test/boot/serve.ts",
        JSON.stringify(settings),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    this.#exited = new Promise((resolve) => this.#child.once("close", () => resolve()));
    if (!this.#child.stdout) throw new Error("no stdout");
    createInterface(this.#child.stdout).on("line", (line) => {
      this.events.push(JSON.parse(line));
      this.#wake();
    });
  }

  /** @throws Error with everything that happened when no such event comes in time. */
  async event(wanted: (event: ServedEvent) => boolean, limitMs = 20_000): Promise<ServedEvent> {
    const endsAtMs = performance.now() + limitMs;
    for (;;) {
      const found = this.events.find(wanted);
      if (found) return found;
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0) throw new Error(`No such event within ${limitMs} ms: ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Resolves when the servers listen. @throws Error with the refusal when they do not start. */
  async ready(): Promise<this> {
    const first = await this.event(({ kind }) => kind === "ready" || kind === "refused");
    if (first.kind === "refused") throw new Error(first.message);
    return this;
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGTERM");
    await this.#exited;
  }
}
