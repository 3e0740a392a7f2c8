/** When nothing of value goes to a node: no boot token, no image. Pure. */
import { describeFinding, type Finding, settleCommand } from "./finding.ts";
import type { Node } from "./node.ts";

/** A node that was moved by hand looks the same as one whose MAC was taken: held where the operator wants to be asked. */
const PINNED: ReadonlySet<Finding["kind"]> = new Set([
  ...(["moved", "cablesSwapped", "boardChanged", "cardMoved", "cardsSwapped", "macOnTwoPorts"] as const),
]);

export type HoldRules = {
  /** Whether the nodes of a group are pinned. */
  readonly isPinnedGroup: (group: string) => boolean;
  /** Whether another machine has its MAC, and not only its cable was moved: held however the node is set. */
  readonly isProven: (finding: Finding) => boolean;
};

/** @param findings what waits for an operator about the node */
export function whyHeld(
  { pinned: own = false, groups = [] }: Node,
  findings: readonly Finding[],
  { isPinnedGroup, isProven }: HoldRules,
): string | undefined {
  if (findings.length === 0) return undefined;
  const pinned = own || groups.some(isPinnedGroup);
  const reason = findings.find((finding) => isProven(finding) || (pinned && PINNED.has(finding.kind)));
  return reason && `${describeFinding(reason)}; settle it with "${settleCommand(reason)}"`;
}
