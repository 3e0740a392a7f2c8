/** When nothing of value goes to a node: no boot token, no image. Pure. */
import { describeFinding, type Finding, settleCommand } from "./finding.ts";
import type { Node } from "./node.ts";

/** Another machine may have taken its MAC: held however the node is set. */
const ALWAYS: ReadonlySet<Finding["kind"]> = new Set(["macOnTwoPorts"]);
/** A node that was moved by hand looks the same as one whose MAC was taken: held where the operator wants to be asked. */
const PINNED: ReadonlySet<Finding["kind"]> = new Set([
  ...(["moved", "cablesSwapped", "boardChanged", "cardMoved", "cardsSwapped"] as const),
]);

/**
 * @param findings what waits for an operator about the node
 * @param isPinnedGroup whether the nodes of a group are pinned
 */
export function whyHeld(
  { pinned: own = false, groups = [] }: Node,
  findings: readonly Finding[],
  isPinnedGroup: (group: string) => boolean,
): string | undefined {
  if (findings.length === 0) return undefined;
  const pinned = own || groups.some(isPinnedGroup);
  const reason = findings.find(({ kind }) => ALWAYS.has(kind) || (pinned && PINNED.has(kind)));
  return reason && `${describeFinding(reason)}; settle it with "${settleCommand(reason)}"`;
}
