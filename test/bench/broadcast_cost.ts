/**
 * What relaying costs where no link is the limit: processor time per GiB and node, and memory next to the budget, in an
 * unshaped chain. `node test/bench/broadcast_cost.ts [--nodes 8] [--megabytes 512] [--budget 64] [--verify none]`. Root.
 */
import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DISK_CHUNK_BYTES } from "#src/images/chunker.ts";
import { VERIFY } from "#src/value/verify.ts";
import { Network } from "#test/broadcast/network.ts";
import { cpuSecOf, MEMORY_DIR, threadCpuSec } from "./broadcast/crew.ts";

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "8" },
    megabytes: { type: "string", default: "512" },
    /** Compressed bytes that a node keeps, in MB. */
    budget: { type: "string", default: "64" },
    /** `none`: chunks are checked, nothing is unpacked: the relay alone. `digest`: as in a deployment. */
    verify: { type: "string", default: "none" },
  },
});
const verify = VERIFY.find((mode) => mode === options.verify) ?? "none";
const [nodes, sizeBytes, memoryBytes] = [
  Number(options.nodes),
  Number(options.megabytes) * 1e6,
  Number(options.budget) * 1e6,
];

const GOAL = { cpuSecPerGib: 1.3, uncheckedCpuSecPerGib: 0.6, aboveBudgetBytes: 20e6 } as const;
/** Threads of the agent that digest chunks; they end with the last chunk, so they are looked at while they run. */
const CHECKER = "check";
const SAMPLE_MS = 50;

/** Processor time of each digesting thread so far, by its number. */
const checkers = new Map<string, number>();
function sampleCheckers(pids: readonly number[]): void {
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      if (nameOf(pid, thread) !== CHECKER) continue;
      checkers.set(thread, Math.max(checkers.get(thread) ?? 0, threadCpuSec(pid, thread)));
    }
  }
}

/** A thread may end between two looks. */
function nameOf(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** proc(5): the most memory that a process has had. */
function peakBytes(pid: number): number {
  const [, kib = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}

const dir = mkdtempSync(join(MEMORY_DIR, "brigade-bench-image-"));
const image = join(dir, "image");
const file = openSync(image, "w");
for (let left = sizeBytes; left > 0; left -= 1 << 20) writeSync(file, randomBytes(Math.min(left, 1 << 20)));
closeSync(file);
try {
  await using network = await Network.build({
    nodes,
    image,
    kind: "disk",
    chunkRawBytes: DISK_CHUNK_BYTES,
    parentDir: MEMORY_DIR,
  });
  await network.startAgents(network.nodes);
  const pids = network.nodes.map((node) => network.pid(node));
  const cpuSec = (): number => pids.reduce((sum, pid) => sum + cpuSecOf(pid), 0);
  const before = cpuSec();
  for (const node of network.nodes)
    network.appliance.tell({ kind: "join", node, sink: { kind: "discard" }, verify, memoryBytes });
  const sampling = setInterval(() => sampleCheckers(pids), SAMPLE_MS);
  const done = network.nodes.map((node) =>
    network.appliance.report("received", (each) => each.node === node),
  );
  const reports = await Promise.all(done);
  clearInterval(sampling);
  const [perGib, checkedPerGib] = [
    cpuSec() - before,
    checkers.values().reduce((sum, sec) => sum + sec, 0),
  ].map((sec) => sec / nodes / (sizeBytes / 2 ** 30)) as [number, number];
  const unchecked = perGib - checkedPerGib;
  const above = Math.max(...pids.map(peakBytes)) - memoryBytes;
  const sec = Math.max(...reports.map(({ received }) => received.ms)) / 1000;
  const judged = (isMet: boolean): string => (isMet ? "met" : "NOT MET");
  process.stdout.write(
    [
      `${nodes} nodes, ${options.megabytes} MB, no limit on links, no sink, verify ${verify}: ${sec.toFixed(2)} s`,
      `CPU-s per GiB and relay: ${perGib.toFixed(2)} (goal ${GOAL.cpuSecPerGib}, ${judged(perGib <= GOAL.cpuSecPerGib)})`,
      `of that without the threads that check: ${unchecked.toFixed(2)} (goal ${GOAL.uncheckedCpuSecPerGib}, ${judged(unchecked <= GOAL.uncheckedCpuSecPerGib)})`,
      `memory of a relay: budget + ${(above / 1e6).toFixed(1)} MB (goal 20, ${judged(above <= GOAL.aboveBudgetBytes)})`,
      `all well: ${reports.every(({ received }) => received.ok)}`,
      "",
    ].join("\n"),
  );
} finally {
  rmSync(dir, { recursive: true });
}
