/** Finds the lab of a directory among the processes of this machine, and ends it. */
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readStat } from "./process_stat.ts";
import type { RunningLab } from "./supervisor.ts";

const STOP_LIMIT_MS = 10_000;
/** What a stopped lab leaves for nobody's use. The logs stay. */
const DISPOSABLE = [
  "disk.img",
  "firmware-variables.fd",
  "qmp.sock",
  "serial.sock",
  "bmc-state",
  "power",
  "boot",
];

/** @returns `undefined` when none runs there: `lab.json` is absent, or names a process that is no more. */
export function readRunningLab(directory: string): RunningLab | undefined {
  try {
    const lab = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8")) as RunningLab;
    return startTicksOf(lab.supervisor.pid) === lab.supervisor.startTicks ? lab : undefined;
  } catch {
    return undefined;
  }
}

/** Ends the lab of this directory, and whatever else still runs in its networks. May be called at any time. */
export async function stopLab(directory: string): Promise<void> {
  const lab = readRunningLab(directory);
  if (lab !== undefined) {
    const pids = [lab.supervisor.pid, lab.appliancePid].flatMap(processesInNetworkOf);
    for (const pid of new Set([...pids, lab.supervisor.pid])) kill(pid);
    const limitMs = Date.now() + STOP_LIMIT_MS;
    while (startTicksOf(lab.supervisor.pid) === lab.supervisor.startTicks) {
      if (Date.now() > limitMs) throw new Error(`Process ${lab.supervisor.pid} of the lab does not end`);
      await pause(20);
    }
  }
  for (const name of ["lab.json", "lab.json.new", "plan.json", "control"])
    rmSync(join(directory, name), { force: true });
  for (const node of nodeDirectories(directory))
    for (const name of DISPOSABLE) rmSync(join(directory, node, name), { recursive: true, force: true });
}

/** Names of the folders that machines of this or an earlier lab have there. */
export function nodeDirectories(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^node\d+$/.test(name));
  } catch {
    return [];
  }
}

function processesInNetworkOf(pid: number): number[] {
  const network = networkOf(pid);
  // Our own network can only be named by a damaged lab.json: nobody is to be killed for that.
  if (network === undefined || network === networkOf(process.pid)) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => networkOf(other) === network);
}

function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

function startTicksOf(pid: number): number | undefined {
  try {
    const { state, startTicks } = readStat(String(pid));
    return state === "Z" ? undefined : startTicks;
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
