import type { BootProfile } from "#src/boot/profile.ts";
import type { NodeState } from "./node_state.ts";

/**
 * What a node gets when it asks to boot. The ramdisk only while its deployment
 * waits for the agent: the permission is used up by the installation.
 *
 * @param holding the deployment that has the node, and where the node is in it
 */
export function profileOf(
  node: string,
  holding: { readonly deployment: string; readonly state: NodeState } | undefined,
): BootProfile {
  if (!holding) return { kind: "localDisk", because: `no deployment waits for ${node}` };
  const { deployment, state } = holding;
  if (state.kind === "running" && state.phase === 1) return { kind: "ramdisk", deployment, mode: "install" };
  return { kind: "localDisk", because: `${node} ${whereIn(state)} ${deployment}` };
}

function whereIn(state: NodeState): string {
  if (state.kind === "running") return `is in step ${state.step} of`;
  return state.kind === "paused" ? `is paused before step ${state.next.step} of` : "has ended";
}
