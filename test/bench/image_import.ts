/**
 * Import of the Debian root into an image library, in turns with `zstd` doing the same work on the same bytes: seconds and
 * CPU seconds of both. Without command, HTTP and appliance; those are in first_deployment.ts. Needs `make out/images/debian-12.tar.zst`.
 */
import { execFileSync } from "node:child_process";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "../images/image_lab.ts";

const IMAGE = "out/images/debian-12.tar.zst";
const ROUNDS = 5;
const PEER = `TIMEFORMAT="%R %U %S"; time (zstd -dcq ${IMAGE} | zstd -q -T0 -3 -c | cat >/dev/null)`;

type Cost = { readonly seconds: number; readonly cpuSeconds: number };

async function importOnce(): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), "brigade-import-"));
  try {
    const startedMs = performance.now();
    const before = process.cpuUsage();
    const source = createReadStream(IMAGE, { highWaterMark: 1024 * 1024 });
    const result = await openLab(folder).library.import({ source, name: "bench" });
    if (!result.ok) throw new Error(`import failed: ${result.problem.kind}`);
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function peerOnce(): Cost {
  const said = execFileSync("bash", ["-c", `{ ${PEER}; } 2>&1`], { encoding: "utf8" });
  const [seconds = 0, user = 0, system = 0] = said.trim().split(" ").map(Number);
  return { seconds, cpuSeconds: user + system };
}

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

const ours: Cost[] = [];
const theirs: Cost[] = [];
for (let round = 0; round < ROUNDS; round++) {
  ours.push(await importOnce());
  theirs.push(peerOnce());
}
for (const [name, costs] of [
  ["import", ours],
  ["zstd -d | zstd -3", theirs],
] as const) {
  const seconds = median(costs.map((cost) => cost.seconds));
  const cpuSeconds = median(costs.map((cost) => cost.cpuSeconds));
  const all = costs.map((cost) => cost.seconds.toFixed(2)).join(" ");
  process.stdout.write(
    `${name.padEnd(20)}${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} CPU s (each: ${all})\n`,
  );
}
