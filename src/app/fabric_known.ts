/** What is known of the wiring after a graph was made, against what was known before. Pure. */
import type { FabricOutcome } from "#src/fabric/fabric_messages.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { diffFabric } from "#src/fabric/history.ts";
import { type KnownFabric, MAX_CHANGES, type ScanTrigger } from "#src/fabric/scan_record.ts";

export type RunningScan = { readonly trigger: ScanTrigger; readonly startedAtMs: number };

/** A scan that no switch answered tells that, and nothing of the wiring: the graph from before it stays. */
export function worthKeeping(before: KnownFabric | undefined, outcome: FabricOutcome): FabricOutcome {
  if (!before || outcome.read > 0 || !hasReadSwitches(before.fabric)) return outcome;
  return { ...outcome, fabric: before.fabric, taken: before.taken };
}

export const hasReadSwitches = (fabric: Fabric | undefined): boolean =>
  fabric?.switches.some(({ knowledge }) => knowledge === "read" || knowledge === "partial") ?? false;

/** A graph that LLDP made anew and that tells nothing else is no record of its own. */
export function nextKnown(
  before: KnownFabric | undefined,
  { fabric, taken, ...rest }: FabricOutcome,
  run: RunningScan & { readonly endedAtMs: number },
): KnownFabric {
  const changes = before ? diffFabric(before.fabric, fabric) : [];
  if (run.trigger === "heard" && before && changes.length === 0)
    return { fabric, taken, record: before.record };
  const record = {
    ...rest,
    id: (before?.record.id ?? 0) + 1,
    ...{ trigger: run.trigger, startedAtMs: run.startedAtMs, endedAtMs: run.endedAtMs },
    changes: changes.slice(0, MAX_CHANGES),
    moreChanges: Math.max(0, changes.length - MAX_CHANGES),
  };
  return { fabric, taken, record };
}
