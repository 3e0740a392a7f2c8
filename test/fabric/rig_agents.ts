/** The product's agents on the hosts of the rig, and the hub that they tell what they hear. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Inventory } from "#src/agent/inventory.ts";
import { AGENT_BINARY, tokenOf } from "#test/broadcast/network.ts";
import type { Rig } from "./rig.ts";
import { Daemon } from "./rig_daemon.ts";
import type { HubReport } from "./rig_hub_process.ts";
import { APPLIANCE, APPLIANCE_ADDRESS, type HostPlan, hostAddress, hostMac } from "./rig_plan.ts";
import type { HeardHex } from "./rig_scan_process.ts";

export class RigAgents implements AsyncDisposable {
  readonly #inventories = new Map<string, Inventory>();
  readonly #hub: ChildProcess;
  readonly #agents: readonly Daemon[];
  readonly #watchers = new Set<() => void>();

  private constructor(hub: ChildProcess, agents: readonly Daemon[]) {
    this.#hub = hub;
    this.#agents = agents;
  }

  /** An agent on each of `hosts`, all of them connected or on their way. */
  static async start(rig: Rig, hosts: readonly HostPlan[]): Promise<RigAgents> {
    const dir = join(rig.dir, "agents");
    mkdirSync(dir);
    const program = join(import.meta.dirname, "rig_hub_process.ts");
    const argv = [process.execPath, "--no-warnings", program, APPLIANCE_ADDRESS, join(dir, "tls")];
    const words = [...rig.wire.within(APPLIANCE.name), ...argv, ...hosts.map(({ name }) => name)];
    const hub = spawn("ip", words, { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface(hub.stdout);
    const [first] = (await once(lines, "line")) as [string];
    const ready = JSON.parse(first) as Extract<HubReport, { kind: "ready" }>;
    const agents = hosts.map((host) => agentOf(rig, host, dir, ready));
    const made = new RigAgents(hub, agents);
    lines.on("line", (line) => made.#take(JSON.parse(line) as HubReport));
    for (const agent of agents) agent.start();
    return made;
  }

  /** Resolves when each of `hosts` has heard a switch. @throws after `limitMs`, with those that have not */
  async heard(hosts: readonly HostPlan[], limitMs = 20_000): Promise<readonly HeardHex[]> {
    const signal = AbortSignal.timeout(limitMs);
    for (;;) {
      const deaf = hosts.filter(({ name }) => (this.#inventories.get(name)?.lldp.length ?? 0) === 0);
      if (deaf.length === 0) return hosts.flatMap((host) => this.#framesOf(host));
      if (signal.aborted)
        throw new Error(`Heard nothing within ${limitMs} ms: ${deaf.map(({ name }) => name).join(", ")}`);
      await this.#news(signal);
    }
  }

  #framesOf({ name }: HostPlan): readonly HeardHex[] {
    const { lldp = [], nics = [] } = this.#inventories.get(name) ?? {};
    return lldp.flatMap(({ nic, frame }) => {
      const card = nics.find((one) => one.name === nic);
      return card ? [{ endpoint: name, nic, nicMac: card.mac, frame }] : [];
    });
  }

  #take(report: HubReport): void {
    if (report.kind === "inventory") this.#inventories.set(report.node, report.inventory);
    for (const wake of this.#watchers) wake();
  }

  #news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    return promise.finally(() => this.#watchers.delete(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    const exit = once(this.#hub, "exit");
    this.#hub.kill("SIGKILL");
    await exit;
  }
}

function agentOf(
  rig: Rig,
  host: HostPlan,
  dir: string,
  hub: { endpoint: string; keyDigest: string },
): Daemon {
  const run = join(dir, host.name);
  mkdirSync(run);
  const argv = [
    ...[AGENT_BINARY, "--appliance", hub.endpoint, "--key", hub.keyDigest, "--token", tokenOf(host.name)],
    ...["--mac", hostMac(host), "--dry-leave", "--run-directory", run, "--data-address", hostAddress(host)],
  ];
  return new Daemon({ within: rig.wire.within(host.name), argv, log: join(run, "log") });
}
