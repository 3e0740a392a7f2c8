/** Somebody else's DHCP server: Debian's dnsmasq, which gives addresses and says nothing of booting. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class Dnsmasq implements AsyncDisposable {
  readonly #child: ChildProcess;

  /** @param range `FIRST,LAST` */
  constructor(space: string, range: string) {
    const options = [
      "--keep-in-foreground",
      "--log-facility=-",
      "--conf-file=/dev/null",
      "--port=0",
      "--no-ping",
    ];
    const words = ["netns", "exec", space, "dnsmasq", ...options, "--user=root", "--leasefile-ro"];
    this.#child = spawn("ip", [...words, `--dhcp-range=${range},10m`], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  }

  async listening(): Promise<this> {
    if (!this.#child.stderr) throw new Error("no stderr");
    const lines: string[] = [];
    for await (const line of createInterface(this.#child.stderr)) {
      if (line.includes("IP range")) return this;
      lines.push(line);
    }
    throw new Error(`dnsmasq ended: ${lines.join("; ")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
