/** Many nodes at once: all of them fit together with those that are there, or it is said which do not. Pure. */
import type { Node } from "./node.ts";
import type { NodeIndex } from "./node_index.ts";
import { placeNode } from "./node_placement.ts";
import type { NodeProblem } from "./node_problem.ts";
import type { NodeRules } from "./node_rules.ts";

/** What is said of one machine. What is absent stays as it is when the machine is known. */
export type BatchNode = Pick<Node, "name" | "macs"> & Partial<Omit<Node, "status" | "firmware">>;

export type BatchHow = {
  /** Change nodes that have one of the MACs; otherwise they are problems. */
  readonly update: boolean;
  /** Leave out those with problems; otherwise one problem leaves out all. */
  readonly skipBad: boolean;
  /** Only tell what would happen. */
  readonly dryRun: boolean;
  /** The running deployment that has this node: its name, MACs and address stay. */
  readonly deploymentOf: (node: string) => string | undefined;
};

export type BatchProblem = { readonly index: number; readonly problem: NodeProblem };

export type BatchPlan = {
  readonly problems: readonly BatchProblem[];
  /** Names, in the order that they came in. */
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly put: readonly Node[];
  /** Names to be removed before. */
  readonly remove: readonly string[];
};

/** Tries one after the other on a copy of what is there. */
export function planBatch(
  { index, rules }: { readonly index: NodeIndex; readonly rules: NodeRules },
  asked: readonly BatchNode[],
  how: Pick<BatchHow, "update" | "deploymentOf">,
): BatchPlan {
  const draft = index.copy();
  const [problems, put, remove]: [BatchProblem[], Node[], string[]] = [[], [], []];
  const [added, updated]: [string[], string[]] = [[], []];
  const touched = new Set<string>();
  for (const [at, said] of asked.entries()) {
    const owner = said.macs.map((mac) => draft.byMac(mac)).find((node) => node?.status === "registered");
    const old = how.update && owner && !touched.has(owner.name) ? owner : undefined;
    const deployment = old && how.deploymentOf(old.name);
    const placement =
      old && deployment !== undefined
        ? ({ ok: false, problem: { kind: "nodeBusy", node: old.name, deployment } } as const)
        : placeNode(draft, { old, asked: whole(said, old) }, rules);
    if (!placement.ok) {
      problems.push({ index: at, problem: placement.problem });
      continue;
    }
    for (const name of placement.gone) draft.drop(name);
    draft.hold(placement.node);
    touched.add(placement.node.name);
    put.push(placement.node);
    remove.push(...placement.gone);
    (old ? updated : added).push(placement.node.name);
  }
  return { problems, added, updated, put, remove };
}

/** A file may know one card of a machine only: the others stay. */
function whole({ name, macs, ...said }: BatchNode, old: Node | undefined): Node {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const before = old ?? { kernelArguments: [], macs: [] };
  return { ...before, ...given, name, macs: [...macs, ...before.macs], status: "registered" };
}
