/** Programs of other people in the namespaces of a network, timed and accounted for. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Lan, type PortBytes } from "#test/broadcast/lan.ts";
import type { Measured, Point, Task } from "./point.ts";

/** Copies go to memory: disks of this machine are not what is measured. */
export const MEMORY_DIR = "/dev/shm";
/** Set: say more, for somebody who looks for a cause. */
export const { BENCH_NOISE } = process.env;
const LIMIT_SEC = 90;
const TICKS_PER_SEC = 100;

export type Spawned = ChildProcess & { readonly pid: number };

export class Crew implements AsyncDisposable {
  readonly #running = new Set<ChildProcess>();

  /** Starts a shell command on a node or the appliance, in a process group of its own. */
  start(name: string, command: string, env: Readonly<Record<string, string>> = {}): Spawned {
    const child = spawn("ip", [...Lan.within(name), "sh", "-c", command], {
      stdio: ["ignore", "ignore", BENCH_NOISE ? "inherit" : "ignore"],
      env: { ...process.env, ...env },
      detached: true,
    });
    if (child.pid === undefined) throw new Error(`Cannot start ${command}: is ip(8) there?`);
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    return child as Spawned;
  }

  /** Ends what runs and waits for it, so that its processor time is known. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map(endGroup));
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  const exit = child.exitCode ?? child.signalCode ?? once(child, "exit");
  if (child.pid !== undefined) signalGroup(child.pid, "SIGTERM");
  const late = setTimeout(() => signalGroup(child.pid ?? 0, "SIGKILL"), 1000);
  await exit;
  clearTimeout(late);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(-pid, signal);
  } catch {
    // It has just ended.
  }
}

/** Waits until a process ends. @throws when it did not succeed. */
export async function succeeded(child: Spawned): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  if (child.exitCode !== 0) throw new Error(`ended with ${child.exitCode ?? child.signalCode}`);
}

/** Waits until somebody listens to `port` in the namespace that a process is in. */
export async function listening({ pid }: Spawned, port: number, protocol = "tcp"): Promise<void> {
  const wanted = new RegExp(`: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, "0")} `);
  await until(() => wanted.test(readFileSync(`/proc/${pid}/net/${protocol}`, "utf8")), `port ${port}`);
}

/** Looks every 10 ms. @throws after 20 s. */
export async function until(isSo: () => boolean, what: string, limitMs = 20_000): Promise<void> {
  for (let waitedMs = 0; !isSo(); waitedMs += 10) {
    if (waitedMs > limitMs) throw new Error(`Waited ${limitMs} ms in vain for ${what}`);
    await pause(10);
  }
}

/** User and system time of children that have ended, theirs included. */
export const reapedCpuSec = (): number => cpuFields("self", 13, 2);
/** The same of a process that runs. */
export const cpuSecOf = (pid: number): number => cpuFields(String(pid), 11, 4);

/** User and system time of one thread, in seconds; 0 when it has ended. */
export function threadCpuSec(pid: number, thread: string): number {
  try {
    return cpuFields(`${pid}/task/${thread}`, 11, 2);
  } catch {
    return 0;
  }
}

/** proc(5): the fields behind the name; utime is the 12th of them, followed by stime, cutime and cstime. */
function cpuFields(process: string, from: number, count: number): number {
  const text = readFileSync(`/proc/${process}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = fields.slice(from, from + count).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SEC;
}

/** How many of `copies` have the same SHA-256 as `image`, by coreutils. */
export function countIntact(image: string, copies: readonly string[]): number {
  const digest = execFileSync("sha256sum", [image]).toString().split(" ")[0];
  const check = `for f in "$@"; do sha256sum "$f" 2>/dev/null || true; done`;
  const lines = execFileSync("sh", ["-c", check, "sh", ...copies])
    .toString()
    .split("\n");
  return lines.filter((line) => line.split(" ")[0] === digest).length;
}

/** Most that went over a link between switches in one direction, in images. */
export function linkImages(
  before: ReadonlyMap<string, PortBytes>,
  after: ReadonlyMap<string, PortBytes>,
  sizeBytes: number,
): number {
  const carried = [...after].flatMap(([edge, { down, up }]) => [
    down - (before.get(edge)?.down ?? 0),
    up - (before.get(edge)?.up ?? 0),
  ]);
  return Math.max(0, ...carried) / sizeBytes;
}

export type Run = {
  /** What is up before the clock starts: receivers that wait, servers. */
  readonly prepare: (task: Task, crew: Crew) => Promise<void>;
  /** From the word go until the last node has its copy. */
  readonly go: (task: Task, crew: Crew) => Promise<void>;
};

/** Measures a program on a network of its own. */
export async function measureOn(point: Point, image: string, { prepare, go }: Run): Promise<Measured> {
  const { sizeBytes } = point;
  using lan = new Lan(point.lan);
  const dir = mkdtempSync(join(MEMORY_DIR, "brigade-bench-"));
  const dirOf = (node: string): string => join(dir, node);
  const task = { lan, rateMbit: point.lan.rateMbit, image, sizeBytes, dirOf };
  for (const name of ["appliance", ...lan.nodes]) mkdirSync(dirOf(name));
  try {
    const cpuBefore = reapedCpuSec();
    const linksBefore = lan.uplinkBytes();
    const seconds = await timed(task, { prepare, go });
    const cpuSeconds = reapedCpuSec() - cpuBefore;
    const copies = lan.nodes.map((node) => join(dirOf(node), "out"));
    const links = linkImages(linksBefore, lan.uplinkBytes(), sizeBytes);
    return { seconds, cpuSeconds, linkImages: links, intact: countIntact(image, copies) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function timed(task: Task, { prepare, go }: Run): Promise<number> {
  await using crew = new Crew();
  await prepare(task, crew);
  const startMs = performance.now();
  await within(LIMIT_SEC, go(task, crew));
  return (performance.now() - startMs) / 1000;
}

/** A program may hang. */
async function within(limitSec: number, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not done within ${limitSec} s`)), limitSec * 1000);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
