import type { BootProfile } from "#src/boot/profile.ts";
import type { NodeProgress } from "./deployment.ts";
import type { NodeState } from "./node_state.ts";

/**
 * What a node gets when it asks to boot. The ramdisk only while its deployment
 * waits for the agent: the permission is used up by the installation.
 *
 * @param holding the deployment that has the node, and where the node is in it
 */
export function profileOf(
  node: string,
  holding: (Pick<NodeProgress, "state" | "records"> & { readonly deployment: string }) | undefined,
): BootProfile {
  if (!holding) return { kind: "localDisk", because: `no deployment waits for ${node}` };
  const { deployment, state } = holding;
  if (goesIntoRamdisk(holding)) return { kind: "ramdisk", deployment, mode: "install" };
  return { kind: "localDisk", because: `${node} ${whereIn(state)} ${deployment}` };
}

/** One that stands on its way into the ramdisk goes there, unless nothing of it was begun. */
function goesIntoRamdisk({ state, records }: Pick<NodeProgress, "state" | "records">): boolean {
  if (state.kind === "paused") return state.next.phase === 1 && records.length > 0;
  return state.kind === "running" && state.phase === 1;
}

function whereIn(state: NodeState): string {
  if (state.kind === "running") return `is in step ${state.step} of`;
  if (state.kind === "paused") return `is paused before step ${state.next.step} of`;
  return state.kind === "spare" ? "is in reserve for" : "has ended";
}
