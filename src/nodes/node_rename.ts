/** Many nodes get other names at once; they may exchange them. Pure. */
import type { Node } from "./node.ts";
import { checkedPlan, type MakePlan, refused } from "./node_plan.ts";
import type { NodeProblem } from "./node_problem.ts";
import { nodeProblem } from "./node_rules.ts";

export type Rename = { readonly node: string; readonly name: string };

/** @param isRegistering discovered machines count as registered from then on */
export function planRename(
  renames: readonly Rename[],
  { isRegistering }: { readonly isRegistering: boolean },
): MakePlan {
  return (parts) => {
    const { index } = parts;
    const unknown = renames.find(({ node }) => !index.byName(node));
    if (unknown) return refused({ kind: "unknownNode", node: unknown.node });
    const changed = renames.flatMap(({ node: from, name }) => {
      const node = index.byName(from);
      if (!node) return [];
      const status = isRegistering ? "registered" : node.status;
      return name === from && status === node.status
        ? []
        : [{ from, node: { ...node, name, status } as const }];
    });
    return checkedPlan(parts, {
      ok: true,
      put: changed.map(({ node }) => node),
      remove: changed.map(({ from }) => from),
      origins: new Map(changed.map(({ from, node }) => [node.name, [from]])),
      event:
        changed.length === 0
          ? undefined
          : { kind: "nodesNamed", nodes: changed.map(({ node }) => node.name) },
    });
  };
}

export type RuledRename = Rename & { readonly isRegistering: boolean };

/**
 * Machines that nobody has named get names, each as far as it can: who cannot have its name keeps what it has, and the
 * others have theirs. The first of two wins.
 *
 * @param tell who could not, and why
 */
export function planFirstNames(
  renames: readonly RuledRename[],
  tell: (node: string, problem: NodeProblem) => void,
): MakePlan {
  return ({ index, rules }) => {
    const draft = index.copy();
    const put: Node[] = [];
    const origins = new Map<string, readonly string[]>();
    for (const { node: from, name, isRegistering } of renames) {
      const old = draft.byName(from);
      // An operator was faster.
      if (old?.status !== "discovered") continue;
      const node: Node = { ...old, name, status: isRegistering ? "registered" : old.status };
      const problem = nodeProblem(node, rules) ?? draft.conflict(old, node);
      if (problem) {
        tell(from, problem);
        continue;
      }
      draft.drop(from);
      draft.hold(node);
      put.push(node);
      origins.set(name, [from]);
    }
    const named = put.map(({ name }) => name);
    const event = named.length === 0 ? undefined : ({ kind: "nodesNamed", nodes: named } as const);
    return { ok: true, put, remove: [...origins.values()].flat(), origins, event };
  };
}
