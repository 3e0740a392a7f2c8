/** What was found, as lines for people. */
import { efficiencyOf, type Measured, type Point } from "./point.ts";

export type Row = {
  readonly name: string;
  readonly point: Point;
  /** Of the machine when it began. */
  readonly load: number;
} & ({ readonly measured: Measured } | { readonly problem: string });

const GOAL = { efficiency: 0.93, linkImages: 1.05 } as const;
const WIDTH = 36;

export function printPoint({ name }: Point, rows: readonly Row[]): void {
  const heads = ["s", "efficiency", "CPU-s", "images/link", "intact", "load"];
  say(`\n${name.padEnd(WIDTH)}${heads.map((head) => head.padStart(12)).join("")}`);
  for (const row of rows) say(lineOf(row));
  say(verdict(rows));
}

function lineOf(row: Row): string {
  if ("problem" in row) return `${row.name.padEnd(WIDTH)}  ${row.problem}`;
  const { seconds, cpuSeconds, linkImages, intact } = row.measured;
  const cells = [
    seconds.toFixed(2),
    efficiencyOf(row.point, seconds).toFixed(3),
    cpuSeconds.toFixed(1),
    linkImages === 0 ? "" : linkImages.toFixed(2),
    `${intact}/${row.point.lan.nodes}`,
    row.load.toFixed(1),
  ];
  return row.name.padEnd(WIDTH) + cells.map((cell) => cell.padStart(12)).join("");
}

/** Best run of each program: a busy machine only ever makes one slower. */
function bestOf(rows: readonly Row[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  for (const row of rows) {
    if ("problem" in row || row.measured.intact < row.point.lan.nodes) continue;
    const efficiency = efficiencyOf(row.point, row.measured.seconds);
    best.set(row.name, Math.max(efficiency, best.get(row.name) ?? 0));
  }
  return best;
}

function verdict(rows: readonly Row[]): string {
  const best = bestOf(rows);
  const ours = best.get("Brigade") ?? 0;
  const ahead = [...best].filter(([name, efficiency]) => name !== "Brigade" && efficiency >= ours);
  const links = rows.flatMap((row) =>
    row.name === "Brigade" && "measured" in row ? [row.measured.linkImages] : [],
  );
  const judged = (isMet: boolean, what: string): string => `${isMet ? "met" : "NOT MET"}: ${what}`;
  return [
    judged(ours >= GOAL.efficiency, `efficiency at least ${GOAL.efficiency} (${ours.toFixed(3)})`),
    judged(ahead.length === 0, `ahead of every peer${ahead.map(([name]) => `; not of ${name}`).join("")}`),
    ...(Math.max(...links) > 0
      ? [judged(Math.max(...links) <= GOAL.linkImages, `at most ${GOAL.linkImages} images over a link`)]
      : []),
  ].join(" · ");
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
