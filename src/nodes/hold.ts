/** When nothing of value goes to a node: no boot token, no image. Pure. */
import { describeFinding, type Finding, settleCommand } from "./finding.ts";
import type { Node } from "./node.ts";

/** Another machine may have taken its MAC: held however the node is set. */
const ALWAYS: ReadonlySet<Finding["kind"]> = new Set(["macOnTwoPorts"]);
/** A node that was moved by hand looks the same as one whose MAC was taken: held where the operator wants to be asked. */
const PINNED: ReadonlySet<Finding["kind"]> = new Set([
  ...(["moved", "cablesSwapped", "boardChanged", "cardMoved", "cardsSwapped"] as const),
]);

/** @param findings what waits for an operator about the node */
export function whyHeld({ pinned = false }: Node, findings: readonly Finding[]): string | undefined {
  const reason = findings.find(({ kind }) => ALWAYS.has(kind) || (pinned && PINNED.has(kind)));
  return reason && `${describeFinding(reason)}; settle it with "${settleCommand(reason)}"`;
}
