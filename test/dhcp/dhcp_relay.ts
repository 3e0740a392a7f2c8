/** Debian's isc-dhcp-relay between two wires of a test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { run, type Wire } from "#test/boot/namespaces.ts";

/** Hands on what comes from eth1 to the server on eth0, with option 82 (`-a`). */
export class Relay implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(space: string, server: string) {
    const words = [
      "netns",
      "exec",
      space,
      "dhcrelay",
      "-4",
      "-d",
      "-a",
      "-id",
      "eth1",
      "-iu",
      "eth0",
      server,
    ];
    this.#child = spawn("ip", words, { stdio: ["ignore", "ignore", "pipe"] });
  }

  async listening(): Promise<this> {
    if (!this.#child.stderr) throw new Error("no stderr");
    for await (const line of createInterface(this.#child.stderr)) {
      if (line.startsWith("Sending on   Socket")) return this;
    }
    throw new Error("dhcrelay ended before it listened");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, "exit");
    if (this.#child.exitCode !== null) return;
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/**
 * A relay with a router between the wire of the server (10.77.0.0/24) and another (10.88.0.0/24).
 *
 * @param server its namespace, on the near wire already
 * @returns the relay's namespace
 */
export function plugTogether(near: Wire, far: Wire, server: string): string {
  const relay = near.plug("rel", { address: "10.77.0.2/24" });
  far.plug(relay, { device: "eth1", address: "10.88.0.1/24" });
  run("ip", "-n", server, "route", "add", "10.88.0.0/24", "via", "10.77.0.2");
  run("ip", "netns", "exec", relay, "sysctl", "-qw", "net.ipv4.ip_forward=1");
  return relay;
}
