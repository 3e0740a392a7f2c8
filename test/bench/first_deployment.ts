/**
 * Figures of one appliance on this machine: how soon it answers, what it holds idle, how fast it imports an image next to
 * what `zstd` takes for the same bytes. Root; needs `make build out/images/debian-12.tar.zst`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { Appliance } from "../lab/demo/appliance.ts";
import { startLab } from "../lab/lab.ts";

const RUNS = 5;
/** After this long nothing of the start is left to do. */
const IDLE_AFTER_MS = 5000;
const IMAGE = "out/images/debian-12.tar.zst";
/** The same work with the same level and as many threads: unpack the archive, compress the stream anew. */
const PEER = `zstd -dcq ${IMAGE} | zstd -q -T0 -3 -c | wc -c`;

const lab = await startLab({ nodes: 1, directory: "out/lab/bench" });
const figures = new Map<string, number[]>();
const note = (name: string, value: number): void =>
  void figures.set(name, [...(figures.get(name) ?? []), value]);

try {
  const appliance = new Appliance(lab, ["out/brigade"]);
  for (let run = 1; run <= RUNS; run++) {
    note("API answers after, ms", await appliance.start());
    await pause(IDLE_AFTER_MS);
    note("idle resident memory, MB", appliance.residentMb());
    note(
      "brigade image import, s",
      await seconds(() => appliance.brigade("image", "import", IMAGE, "--name", "bench")),
    );
    note("zstd -d | zstd -3, s", await seconds(() => runPeer()));
    await appliance.stop();
  }
} finally {
  await lab.stop();
}

process.stdout.write(
  `${"".padEnd(28)}${["min", "median", "max"].map((head) => head.padStart(10)).join("")}\n`,
);
for (const [name, values] of figures) {
  const sorted = values.toSorted((left, right) => left - right);
  const shown = [sorted[0], sorted[Math.floor(RUNS / 2)], sorted.at(-1)].map((value = 0) =>
    value.toFixed(value < 100 ? 2 : 0).padStart(10),
  );
  process.stdout.write(`${name.padEnd(28)}${shown.join("")}\n`);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return (performance.now() - startedAtMs) / 1000;
}

async function runPeer(): Promise<void> {
  const [code] = await once(spawn("bash", ["-o", "pipefail", "-c", PEER], { stdio: "ignore" }), "exit");
  if (code !== 0) throw new Error(`${PEER} ended with code ${code}`);
}
