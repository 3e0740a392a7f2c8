/**
 * The thread that makes graphs of the fabric: keeps what switches said last, so that a frame heard later is merged
 * with that. Reading them is done in a thread of its own, which ends with the scan.
 */
import { constants, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { switchAddresses } from "./crawl_machines.ts";
import { countCrowds } from "./crowds.ts";
import { fabricDigest } from "./fabric_digest.ts";
import type { FabricOutcome, FabricReport, FabricTask, FabricTaskMessage } from "./fabric_messages.ts";
import { heardBy } from "./heard.ts";
import { mergeFabric } from "./merge.ts";
import { FabricScanner } from "./scan.ts";
import type { ScanResult } from "./scan_types.ts";

/** Of one switch, of all. */
const MAX_GAPS = 1000;

// Of this thread alone: where cores are short, DHCP and the API go first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const scanner = new FabricScanner();
let last: ScanResult = { readings: [], silent: [], taken: [], notes: [] };
let running: AbortController | undefined;

async function scan(task: Extract<FabricTask, { kind: "scan" }>): Promise<undefined> {
  running = new AbortController();
  const { prefixes, taken, limits, appliance, endpoints = [] } = task;
  const heard = appliance ? heardBy(appliance).frames : [];
  const seeds = [...task.seeds, ...switchAddresses(heard, endpoints)];
  const result = await scanner.scan({ seeds, prefixes, taken, limits, endpoints, signal: running.signal });
  if (running.signal.aborted) throw new Error("it was cancelled");
  last = result;
  return undefined;
}

type Merge = Extract<FabricTask, { kind: "merge" }>;

function merge({ machines, endpoints, known }: Merge): FabricOutcome | undefined {
  const { readings, silent, notes, taken } = last;
  const heard = machines.flatMap((machine) => heardBy(machine).frames);
  const gaps = readings.flatMap(({ system, address, gaps: list }) =>
    list.map((gap) => ({ switch: system.name || (address ?? ""), gap })),
  );
  const fabric = countCrowds(mergeFabric({ readings, heard, silent, endpoints }));
  const digest = fabricDigest(fabric);
  if (digest === known) return undefined;
  return {
    ...{ fabric, digest },
    ...{ read: readings.length, silent, notes, taken, gaps: gaps.slice(0, MAX_GAPS) },
  };
}

const outcomeOf = async (task: FabricTask): Promise<FabricOutcome | undefined> =>
  task.kind === "scan" ? scan(task) : merge(task);

const say = (report: FabricReport): void => parentPort?.postMessage(report);

parentPort?.on("message", (message: FabricTaskMessage) => {
  if (message.kind === "abort") {
    running?.abort();
    return;
  }
  const { number } = message;
  outcomeOf(message).then(
    (outcome) => say({ kind: "done", number, outcome }),
    (fault: unknown) => say({ kind: "failed", number, problem: (fault as Error).message }),
  );
});
