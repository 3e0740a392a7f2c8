import type { Node } from "./node.ts";
import { identityOrNone, type NodeIdentity, placesAmong } from "./node_identity.ts";
import type { NodeIndex } from "./node_index.ts";
import type { NodeProblem } from "./node_problem.ts";
import { type NodeRules, nodeProblem } from "./node_rules.ts";

export type Placement =
  /** `gone`: names that the node takes the place of: its own before, and discovered machines that it adopts. */
  | { readonly ok: true; readonly node: Node; readonly gone: readonly string[] }
  | { readonly ok: false; readonly problem: NodeProblem };

/** What becomes of `asked` among the nodes of `index`, in the place of `old`. Changes nothing. */
export function placeNode(
  index: NodeIndex,
  { old, asked }: { readonly old: Node | undefined; readonly asked: Node },
  rules: NodeRules,
): Placement {
  const wanted = { ...asked, macs: [...new Set(asked.macs)] };
  const problem = nodeProblem(wanted, rules) ?? index.conflict(old, wanted);
  if (problem) return { ok: false, problem };
  const adopted = index.discoveredAmong(wanted.macs, old);
  const firmware = wanted.firmware ?? adopted.find((node) => node.firmware)?.firmware;
  const identity = wanted.identity ?? adopted.find((node) => node.identity)?.identity;
  const gone = [...(old ? [old] : []), ...adopted].map(({ name }) => name);
  const known = identity && placedAsBefore(identity, wanted);
  return { ok: true, node: { ...wanted, firmware, identity: known }, gone };
}

/** A card that is no longer the node's takes its place along. */
const placedAsBefore = (identity: NodeIdentity, { macs }: Node): NodeIdentity | undefined =>
  identityOrNone({ ...identity, places: placesAmong(identity.places, macs) });
