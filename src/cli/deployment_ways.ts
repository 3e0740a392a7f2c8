/** Which ways through the phases the nodes of a deployment may take, and took. Pure. */
import type { NodeProgressView } from "#src/http/deployment_types.ts";
import type { PlanView } from "#src/http/workflow_types.ts";
import { table } from "./output.ts";

/** One row for each kind of node; ways in order of fall-back. */
export const planTable = (plans: readonly PlanView[]): string =>
  table(
    ["PLAN OF", "into the ramdisk by", "installs by", "into the system by"],
    plans.map(({ nodes, ramdisk, install, system }) => [
      nodes,
      ...[ramdisk, install, system].map((ways) => ways.join(", ")),
    ]),
  );

/** One row for each node that has begun: ways in the order in which they were taken. */
export function wayTable(nodes: readonly NodeProgressView[]): string {
  const begun = nodes.filter(({ records }) => records.length > 0);
  return table(
    ["WAYS OF", "into the ramdisk", "installed", "into the system"],
    begun.map((node) => [node.node, ...[1, 2, 3].map((phase) => waysTaken(node, phase))]),
  );
}

/** Such as `kexec failed, reboot`. A way whose last step failed was in vain. */
function waysTaken({ records }: NodeProgressView, phase: number): string {
  const its = records.filter((record) => record.phase === phase);
  const ways = its.map(({ way, turn, round }) => `${way} ${turn} ${round}`);
  const last = its.filter((_, place) => ways[place] !== ways[place + 1]);
  return last.map(({ way, why }) => (why === undefined ? way : `${way} failed`)).join(", ") || "-";
}
