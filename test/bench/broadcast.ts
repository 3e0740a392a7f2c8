/**
 * Brigade's broadcast next to other programs in the same run, alternating: `node test/bench/broadcast.ts [--long]
 * [--only TEXT] [--points TEXT] [--rounds N] [--order told|learnt|heard]`. Root; `sh test/bench/packages.sh` first.
 */
import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brigade, PEERS } from "./broadcast/contestants.ts";
import { MEMORY_DIR } from "./broadcast/crew.ts";
import { ORDERS } from "./broadcast/learnt_order.ts";
import { type Contestant, POINTS, type Point } from "./broadcast/point.ts";
import { printPoint, type Row } from "./broadcast/table.ts";

const { values: options } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    order: { type: "string", default: "told" },
    points: { type: "string", default: "" },
    rounds: { type: "string", default: "1" },
  },
});

const order = ORDERS.find((one) => one === options.order);
if (order === undefined)
  throw new RangeError(`Cannot use --order ${options.order}: wants ${ORDERS.join(", ")}`);

/** Incompressible, so that nobody has less to send than the others. */
function makeImage(path: string, sizeBytes: number): void {
  const file = openSync(path, "w");
  for (let left = sizeBytes; left > 0; left -= 1 << 20) writeSync(file, randomBytes(Math.min(left, 1 << 20)));
  closeSync(file);
}

async function measureOnce(contestant: Contestant, point: Point): Promise<Row> {
  const { name, shareOfImage = 1 } = contestant;
  const share = { ...point, sizeBytes: Math.round(point.sizeBytes * shareOfImage) };
  const dir = mkdtempSync(join(MEMORY_DIR, "brigade-bench-image-"));
  const image = join(dir, "image");
  makeImage(image, share.sizeBytes);
  const load = loadavg()[0] ?? 0;
  try {
    const measured = await contestant.measure(share, image);
    return { name, point: share, load, measured };
  } catch (fault) {
    return { name, point: share, load, problem: fault instanceof Error ? fault.message : String(fault) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

for (const point of POINTS) {
  if (options.long ? !point.name.includes(options.points) : point.long === true) continue;
  if (!point.name.includes(options.points)) continue;
  const rows: Row[] = [];
  const all = [brigade(order), ...PEERS].filter(
    ({ name, appliesTo }) => name.includes(options.only) && (appliesTo?.(point) ?? true),
  );
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const contestant of all) rows.push(await measureOnce(contestant, point));
  }
  printPoint(point, rows);
}
process.exit(); // what hung may still be held
