/**
 * A virtual provisioning network for tests and for the demo: one switch, one appliance, N machines with a BMC each.
 *
 *     const lab = await startLab({ nodes: 2, directory: "out/lab/my-test" });
 *     lab.spawn(["out/brigade", "serve", "--interface", "eth1", …]);        // runs in the appliance's network
 *     await lab.power(lab.nodes[0], "on");                                  // by its BMC
 *     await lab.stop();
 *
 * Needs root. Leaves no process, namespace or interface behind, not even when the caller is killed.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { chooseAcceleration } from "./acceleration.ts";
import { collect, type Output } from "./collect.ts";
import { APPLIANCE, type LabNode, type NodeWishes, planNodes } from "./plan.ts";
import { nodeDirectories, readRunningLab, stopLab } from "./running_lab.ts";
import type { LabPlan, RunningLab } from "./supervisor.ts";

export type LabOptions = NodeWishes & {
  readonly nodes: number;
  /** State and logs; `out/lab` when not given. Labs in different directories do not disturb each other. */
  readonly directory?: string | undefined;
  /** Goes on running after the caller has ended, until `stopLab`. */
  readonly detached?: boolean | undefined;
};

export type Lab = {
  readonly directory: string;
  readonly nodes: readonly LabNode[];
  readonly appliance: typeof APPLIANCE;
  readonly acceleration: string;
  /** Starts a program in the appliance's network. It is the program itself that gets the signals; it dies with us. */
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs a program in the appliance's network to its end; killed after `limitMs` (60 s). Does not throw when it fails. */
  exec(argv: readonly string[], limitMs?: number): Promise<Output>;
  /** Starts a program on the switch, where `br0` and `tap1`, `tap2`, … are. */
  spawnOnSwitch(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Runs `ipmitool` against the node's BMC, for example with `chassis bootdev pxe`. */
  ipmi(node: LabNode, ...words: string[]): Promise<Output>;
  /** Sends `chassis power ACTION` to the node's BMC. */
  power(node: LabNode, action: "on" | "off" | "cycle" | "reset" | "soft" | "status"): Promise<Output>;
  /** Pulls the network cable of a node, or puts it back. */
  cable(node: LabNode, state: "up" | "down"): Promise<void>;
  /** Ends everything and removes the disks; the logs stay. */
  stop(): Promise<void>;
};

export const DEFAULT_DIRECTORY = "out/lab";

/**
 * Starts a lab; one that still runs in the same directory is stopped first. Machines are off.
 *
 * @throws when it cannot be made; the supervisor's reasons are on stderr (or in `supervisor.log` when detached).
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  if (process.getuid?.() !== 0) throw new Error("Cannot start the lab: network namespaces need root");
  const directory = resolve(options.directory ?? DEFAULT_DIRECTORY);
  await stopLab(directory);
  const nodes = planNodes(directory, options.nodes, options);
  for (const name of nodeDirectories(directory))
    rmSync(`${directory}/${name}`, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const { acceleration, because } = await chooseAcceleration();
  const plan: LabPlan = { directory, nodes, acceleration, accelerationBecause: because };
  writeFileSync(`${directory}/plan.json`, JSON.stringify(plan), { mode: 0o600 });
  await startSupervisor(directory, options.detached ?? false);
  return attachLab(directory);
}

/** The lab that runs in `directory`, for example one that `make lab-up` started. @throws when there is none. */
export async function attachLab(directory = DEFAULT_DIRECTORY): Promise<Lab> {
  const running = readRunningLab(resolve(directory));
  if (running === undefined)
    throw new Error(`No lab runs in ${resolve(directory)}: start one with "make lab-up"`);
  const lab = labOf(running);
  await Promise.all(running.nodes.map((node) => waitForBmc(lab, node)));
  return lab;
}

async function startSupervisor(directory: string, detached: boolean): Promise<void> {
  // The kernel kills unshare when we die, and the supervisor when unshare dies; a detached lab has nobody to die with.
  const leash = detached ? ["setsid"] : ["setpriv", "--pdeathsig", "KILL"];
  const unshare = ["unshare", "--pid", "--fork", "--kill-child", "--net", "--mount", "--"];
  const [program = "", ...rest] = [...leash, ...unshare, process.execPath];
  const log = detached ? openSync(`${directory}/supervisor.log`, "w") : "inherit";
  const child = spawn(program, [...rest, `${import.meta.dirname}/supervisor.ts`, directory], {
    stdio: ["ignore", "pipe", log],
  });
  const ready = once(child.stdout ?? child, "data").then(() => undefined);
  const ended = once(child, "exit").then(([code]) => `ended with code ${code}`);
  const problem = await Promise.race([ready, ended]);
  if (problem !== undefined)
    throw new Error(`Cannot start the lab in ${directory}: its supervisor ${problem}`);
  child.stdout?.destroy();
  child.unref();
}

function labOf(running: RunningLab): Lab {
  const children = new Set<ChildProcess>();
  const enter =
    (namespaces: readonly string[]) =>
    (argv: readonly string[], options: SpawnOptions = {}) => {
      // With --wdns the program starts where we are, as seen from its own mount namespace.
      const words = [...namespaces, `--wdns=${options.cwd ?? process.cwd()}`, "--", ...argv];
      const child = spawn("setpriv", ["--pdeathsig", "KILL", "nsenter", ...words], options);
      children.add(child);
      child.once("exit", () => children.delete(child));
      return child;
    };
  const spawnInside = enter(["--target", String(running.appliancePid), "--net", "--mount"]);
  const spawnOnSwitch = enter(["--target", String(running.supervisor.pid), "--net", "--mount"]);
  const exec: Lab["exec"] = (argv, limitMs = 60_000) => collect(spawnInside(argv), limitMs);
  const ipmi: Lab["ipmi"] = ({ bmc }, ...words) => {
    const argv = ["ipmitool", "-I", "lanplus", "-C", "3", "-H", bmc.address, "-U", bmc.user, "-E", ...words];
    return collect(spawnInside(argv, { env: { ...process.env, IPMI_PASSWORD: bmc.password } }), 20_000);
  };
  return {
    directory: running.directory,
    nodes: running.nodes,
    appliance: APPLIANCE,
    acceleration: `${running.acceleration} (${running.accelerationBecause})`,
    spawn: spawnInside,
    exec,
    spawnOnSwitch,
    ipmi,
    power: (node, action) => ipmi(node, "chassis", "power", action),
    cable: async (node, state) => {
      const { code, stderr } = await collect(spawnOnSwitch(["ip", "link", "set", node.tap, state]), 5000);
      if (code !== 0) throw new Error(`Cannot set ${node.tap} ${state}: ${stderr}`);
    },
    stop: async () => {
      for (const child of children) child.kill("SIGKILL");
      await stopLab(running.directory);
    },
  };
}

/** Its BMC listens a moment after `ipmi_sim` was started. */
async function waitForBmc(lab: Lab, node: LabNode): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { code, stderr } = await lab.power(node, "status");
    if (code === 0) return;
    if (attempt === 5) throw new Error(`BMC ${node.bmc.address} of ${node.name} does not answer: ${stderr}`);
  }
}
