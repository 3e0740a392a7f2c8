/**
 * A million packets for each decoder: `make fuzz`. Prints the seed; `node test/fuzz/decoders.ts --seed N` runs the same
 * packets again. Ends with 1 when a decoder threw, hung, was slow too often, or kept memory.
 */
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { TARGETS, type Target } from "./targets.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 2 ** 32) },
    packets: { type: "string", default: "1000000" },
    only: { type: "string" },
  },
});
const seed = Number(values.seed);
const packets = Number(values.packets);

/** A packet that takes that long hangs, on whatever machine: there are 4 KiB to walk. */
const HANG_MS = 5000;
/** At most one of a hundred may take longer, pauses of the collector and of the machine among them. */
const SLOW_MS = 1;
const SLOW_PART = 0.01;
const RSS_GROWTH_MAX_BYTES = 64 << 20;
/** The heap finds its size first: some of what strings and JSON need is only given back late, and does not grow after. */
const WARM_UP_PART = 0.5;

const rssBytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function run(target: Target): readonly string[] {
  let [slow, slowestMs, warmBytes] = [0, 0, rssBytes()];
  const startedAtMs = performance.now();
  let lastMs = startedAtMs;
  fuzz(target, {
    ...{ packets, seed },
    after: (index) => {
      const tookMs = performance.now() - lastMs;
      if (tookMs > SLOW_MS) slow++;
      if (tookMs > slowestMs) slowestMs = tookMs;
      if (index === Math.floor(packets * WARM_UP_PART)) warmBytes = rssBytes();
      lastMs = performance.now();
    },
  });
  const tookSec = (performance.now() - startedAtMs) / 1000;
  const grownBytes = rssBytes() - warmBytes;
  say(
    `${target.name}: ${packets} packets of ${target.seeds.length} seeds in ${tookSec.toFixed(1)} s (${Math.round(packets / tookSec)} a second), slowest ${slowestMs.toFixed(1)} ms, ${slow} above ${SLOW_MS} ms, memory ${(grownBytes / 2 ** 20).toFixed(1)} MiB more`,
  );
  return [
    ...(slowestMs > HANG_MS ? [`${target.name}: one packet took ${slowestMs} ms`] : []),
    ...(slow > packets * SLOW_PART ? [`${target.name}: ${slow} packets took more than ${SLOW_MS} ms`] : []),
    ...(grownBytes > RSS_GROWTH_MAX_BYTES ? [`${target.name}: memory grew by ${grownBytes} bytes`] : []),
  ];
}

say(`seed ${seed}`);
const problems = TARGETS.filter(({ name }) => values.only === undefined || name === values.only).flatMap(run);
for (const problem of problems) say(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
