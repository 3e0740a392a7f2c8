/**
 * The first process of a lab's own pid and network namespace: `supervisor.ts PLAN`, started by `startLab` only.
 *
 * Makes the switch, the appliance's namespace, the BMCs and the machines, writes `lab.json` and says `ready`.
 * Nothing here cleans up, because the kernel does: when this process ends, by whatever signal, every process of the
 * pid namespace is killed, and with them go the namespaces, bridges and taps.
 */
import { execFileSync } from "node:child_process";
import { constants, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startBmc } from "./bmc.ts";
import { Machine, type PowerWish } from "./machine.ts";
import { buildSwitch, plugAppliance } from "./network.ts";
import type { LabNode } from "./plan.ts";
import { readStat } from "./process_stat.ts";
import type { Acceleration } from "./qemu_arguments.ts";

export type LabPlan = {
  readonly directory: string;
  readonly nodes: readonly LabNode[];
  readonly acceleration: Acceleration;
  readonly accelerationBecause: string;
};

/** What `lab.json` holds while the lab runs. Process ids are those of the world outside. */
export type RunningLab = LabPlan & {
  readonly supervisor: { readonly pid: number; readonly startTicks: number };
  readonly appliancePid: number;
};

const WISHES: readonly string[] = ["on", "off", "reset", "soft"] satisfies PowerWish[];

async function supervise(plan: LabPlan): Promise<void> {
  process.chdir(plan.directory);
  buildSwitch(plan.nodes);
  const appliancePid = await plugAppliance();
  const machines = new Map(plan.nodes.map((node) => [node.name, new Machine(node, plan.acceleration)]));
  listenForWishes(machines);
  for (const node of plan.nodes) {
    const bmc = startBmc(node);
    bmc.once("exit", (code) => process.stderr.write(`BMC of ${node.name} ended with code ${code}\n`));
  }
  // `/proc` belongs to the outer pid namespace, so this is our id as the outside knows it.
  const { pid, startTicks } = readStat("self");
  const running: RunningLab = { ...plan, supervisor: { pid, startTicks }, appliancePid };
  writeFileSync("lab.json.new", JSON.stringify(running, null, 2), { mode: 0o600 });
  renameSync("lab.json.new", "lab.json");
  process.stdout.write("ready\n");
}

/** The chassis scripts write lines like `node1 off` into one pipe; a thread of its own for each would use up libuv's. */
function listenForWishes(machines: ReadonlyMap<string, Machine>): void {
  execFileSync("mkfifo", ["-m", "600", "control"]);
  // Opened for writing too, or the pipe would end with the first script.
  const fd = openSync("control", constants.O_RDWR | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false });
  createInterface({ input: pipe }).on("line", (line) => {
    const [name = "", wish = ""] = line.split(" ");
    if (WISHES.includes(wish)) void machines.get(name)?.wish(wish as PowerWish);
  });
}

// As the first process of a pid namespace it gets only the signals that it asked for.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => process.exit(0));
await supervise(JSON.parse(readFileSync(join(process.argv[2] ?? "", "plan.json"), "utf8")) as LabPlan);
