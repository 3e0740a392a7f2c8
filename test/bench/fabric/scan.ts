/** One scan of the switches of `farm.ts`, in a process of its own. Prints what it took as one line of JSON. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { mergeFabric } from "#src/fabric/merge.ts";
import { FabricScanner } from "#src/fabric/scan.ts";
import { ip } from "#test/dhcp/packets.ts";
import { parseSubnet } from "#test/fabric/prefixes.ts";
import { addressOf } from "./made_network.ts";

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const startedAtMs = performance.now();
const { readings, silent, notes } = await new FabricScanner().scan({
  seeds: [ip(addressOf(0))],
  prefixes: [{ prefix: parseSubnet("198.18.1.0/24"), credentials: [{ version: "2c", community: "public" }] }],
  signal: AbortSignal.timeout(120_000),
});
const scanMs = performance.now() - startedAtMs;
const loopMs = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
const mergeStartedAtMs = performance.now();
const fabric = mergeFabric({ readings, heard: [], silent, endpoints: [] });
const mergeMs = performance.now() - mergeStartedAtMs;
const cpu = process.cpuUsage();
process.stdout.write(
  `${JSON.stringify({
    ...{
      scanMs,
      mergeMs,
      loopMs,
      cpuSec: (cpu.user + cpu.system) / 1e6,
      rssMb: process.resourceUsage().maxRSS / 1024,
    },
    ...{ readings: readings.length, silent: silent.length, notes: notes.length, links: fabric.links.length },
    ...{ certain: fabric.links.filter(({ confidence }) => confidence === "certain").length },
    learned: readings.reduce((sum, { learned }) => sum + learned.length, 0),
    gaps: readings.reduce((sum, { gaps }) => sum + gaps.length, 0),
    attachments: fabric.attachments.length,
    contradictions: fabric.contradictions.length,
  })}\n`,
);
