/** Two network namespaces with a cable between them: servers on one end, clients with many addresses on the other. */
import { type ChildProcess, execFile, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

export const SERVER_ADDRESS = "10.79.0.1";
export const SERVER_DEVICE = "eth0";
const [SERVER, CLIENT] = ["bg-bench-server", "bg-bench-client"];
const ip = (...words: readonly string[]): void => void execFileSync("ip", words, { stdio: "ignore" });

/** Address of client `index`, from 0. */
export const clientAddress = (index: number): string => `10.79.${1 + (index >> 8)}.${index & 255}`;

export class Cable implements Disposable {
  constructor(clients: number) {
    for (const space of [SERVER, CLIENT]) ip("netns", "add", space);
    ip(
      "link",
      "add",
      SERVER_DEVICE,
      "netns",
      SERVER,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      CLIENT,
    );
    ip("-n", SERVER, "address", "add", `${SERVER_ADDRESS}/16`, "dev", SERVER_DEVICE);
    for (let index = 0; index < clients; index++) {
      ip("-n", CLIENT, "address", "add", `${clientAddress(index)}/16`, "dev", "eth0");
    }
    for (const space of [SERVER, CLIENT])
      for (const link of ["lo", "eth0"]) ip("-n", space, "link", "set", link, "up");
  }

  [Symbol.dispose](): void {
    for (const space of [SERVER, CLIENT]) ip("netns", "delete", space);
  }

  serve(words: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn("ip", ["netns", "exec", SERVER, ...words], {
      stdio: ["pipe", "pipe", "inherit"],
      ...options,
    });
  }

  /** Runs a client to its end. @returns milliseconds and whether it succeeded */
  async fetch(words: readonly string[]): Promise<{ readonly tookMs: number; readonly ok: boolean }> {
    const startedAtMs = performance.now();
    const child = spawn("ip", ["netns", "exec", CLIENT, ...words], { stdio: "ignore" });
    const [code] = await once(child, "exit");
    return { tookMs: performance.now() - startedAtMs, ok: code === 0 };
  }

  /** Runs a client to its end. @returns what it printed */
  async ask(words: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)("ip", ["netns", "exec", CLIENT, ...words]);
    return stdout;
  }
}
