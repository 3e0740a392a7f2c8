/** Many nodes get other names at once; they may exchange them. Pure. */
import { checkedPlan, type MakePlan, refused } from "./node_plan.ts";

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
