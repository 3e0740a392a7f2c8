/** In which condition a deployment left a node that it did not finish. Pure. */
import type { DeploymentRequest, NodeProgress, StepRecord } from "./deployment.ts";
import type { Plan } from "./plan.ts";

export const LEFT_WORDS = [
  "untouched",
  "switched",
  "inRamdisk",
  "operated",
  "halfWritten",
  "unfinished",
  "installed",
  "started",
] as const;

/**
 * - `untouched`: nothing was done with it
 * - `switched`: its power may have been switched; its disk is as it was
 * - `inRamdisk`: it runs the ramdisk; its disk is as it was
 * - `operated`: it runs the ramdisk; nothing but operations of users and admins can have changed its disk
 * - `halfWritten`: its disk is being written and does not boot
 * - `unfinished`: its disk is written in part, and may boot or not
 * - `installed`: its disk is whole; the new system was not started
 * - `started`: its disk is whole; the new system was started and did not prove itself
 */
export type Left = (typeof LEFT_WORDS)[number];

/** Names of operations have a colon; those of steps have none. */
const isOperation = ({ step }: StepRecord): boolean => step.includes(":");

export type LeftFacts = {
  readonly plan: Plan | undefined;
  readonly request: Pick<DeploymentRequest, "partition">;
};

/** @returns nothing for a node that is on its way, or done */
export function whatIsLeft(
  { state, records, bootId }: Pick<NodeProgress, "state" | "records" | "bootId">,
  { plan, request }: LeftFacts,
): Left | undefined {
  if (state.kind === "spare") return state.released ? "untouched" : undefined;
  if (state.kind !== "failed" && state.kind !== "cancelled") return undefined;
  const installing = records.filter(({ phase }) => phase === 2);
  if (records.some(({ phase }) => phase === 3)) return "started";
  if (installing.some((record) => !isOperation(record))) return onDisk(installing, { plan, request });
  if (installing.length > 0) return "operated";
  if (bootId !== undefined) return "inRamdisk";
  return records.length > 0 ? "switched" : "untouched";
}

function onDisk(installing: readonly StepRecord[], { plan, request }: LeftFacts): Left {
  const last = installing.at(-1);
  const steps = plan?.[1][0]?.steps.map(({ name }) => name) ?? [];
  if (last?.why === undefined && last?.step === steps.at(-1)) return "installed";
  const ofRound = installing.filter(({ round }) => round === last?.round);
  // Partitioning takes away what could boot, and the boot loader is what puts it back; a disk image brings its own.
  const isPartitioned = steps.includes("partition") && request.partition === undefined;
  const mayBoot = steps.includes("take-disk")
    ? ofRound.some(({ step, why }) => step === "broadcast" && why === undefined)
    : !isPartitioned || ofRound.some(({ step }) => step === "boot-loader");
  return mayBoot ? "unfinished" : "halfWritten";
}
