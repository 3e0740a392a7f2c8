/** Many nodes at once: all of them fit together with those that are there, or it is said which do not. Pure. */
import type { Node } from "./node.ts";
import type { NodeIndex } from "./node_index.ts";
import { placeNode } from "./node_placement.ts";
import type { NodeProblem } from "./node_problem.ts";
import type { NodeRules } from "./node_rules.ts";
import type { Origins } from "./node_store.ts";

/** What is said of one machine. What is absent stays as it is when the machine is known. */
export type BatchNode = Pick<Node, "name" | "macs"> &
  Partial<Omit<Node, "status" | "firmware" | "identity" | "pinned">>;

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
  readonly origins: Origins;
};

type Parts = { readonly index: NodeIndex; readonly rules: NodeRules };
type Plans = Pick<BatchHow, "update" | "skipBad" | "deploymentOf">;

/** One machine of the file, with the node that it changes. */
type Entry = { readonly at: number; readonly said: BatchNode; readonly old: Node | undefined };

/** What became of one: the node, and the names that it takes the place of. */
type Placed = Entry & { readonly node: Node; readonly gone: readonly string[] };

/** Each round takes nodes that cannot be changed out of the plan, which may show others. */
const MAX_ROUNDS = 8;

/**
 * Tries all on a copy of what is there. Nodes that are changed leave their names and addresses first, so
 * that they can swap them; one that cannot be changed keeps its own, and the others are tried again.
 */
export function planBatch(parts: Parts, asked: readonly BatchNode[], how: Plans): BatchPlan {
  const entries = entriesOf(parts.index, asked, how);
  const problems = new Map<number, NodeProblem>();
  for (const { at, old } of entries) {
    const deployment = old && how.deploymentOf(old.name);
    if (old && deployment !== undefined) problems.set(at, { kind: "nodeBusy", node: old.name, deployment });
  }
  for (let round = 0; ; round++) {
    const rest = entries.filter(({ at }) => !problems.has(at));
    const plan = tryEntries(parts, rest, { inTurn: round >= MAX_ROUNDS });
    for (const { index, problem } of plan.problems) problems.set(index, problem);
    const hasStayed = plan.problems.some(({ index }) => entries[index]?.old);
    if (how.skipBad && hasStayed && round < MAX_ROUNDS) continue;
    const all = [...problems].map(([index, problem]) => ({ index, problem }));
    return { ...plan, problems: all.sort((left, right) => left.index - right.index) };
  }
}

/** The second word on one node is about a new one, whose MAC is taken. */
function entriesOf(index: NodeIndex, asked: readonly BatchNode[], { update }: Plans): readonly Entry[] {
  const touched = new Set<string>();
  return asked.map((said, at) => {
    const owner = said.macs.map((mac) => index.byMac(mac)).find((node) => node?.status === "registered");
    const old = update && owner && !touched.has(owner.name) ? owner : undefined;
    if (old) touched.add(old.name);
    return { at, said, old };
  });
}

function tryEntries(
  { index, rules }: Parts,
  entries: readonly Entry[],
  { inTurn }: { readonly inTurn: boolean },
): BatchPlan {
  const draft = index.copy();
  const leaving = inTurn ? [] : entries.flatMap(({ old }) => old?.name ?? []);
  for (const name of leaving) draft.drop(name);
  const problems: BatchProblem[] = [];
  const placed: Placed[] = [];
  // Who keeps what he has is not to blame for who wants it.
  const inOrder = [...entries.filter(staysPut), ...entries.filter((entry) => !staysPut(entry))];
  for (const entry of inOrder) {
    const { said, old } = entry;
    const placement = placeNode(draft, { old: inTurn ? old : undefined, asked: whole(said, old) }, rules);
    if (!placement.ok) {
      problems.push({ index: entry.at, problem: placement.problem });
      continue;
    }
    for (const name of placement.gone) draft.drop(name);
    draft.hold(placement.node);
    const left = old && !inTurn ? [old.name] : [];
    placed.push({ ...entry, node: placement.node, gone: [...left, ...placement.gone] });
  }
  return { problems, ...outcomeOf(placed.sort((left, right) => left.at - right.at)) };
}

function outcomeOf(placed: readonly Placed[]): Omit<BatchPlan, "problems"> {
  const names = (list: readonly Placed[]): readonly string[] => list.map(({ node }) => node.name);
  return {
    added: names(placed.filter(({ old }) => !old)),
    updated: names(placed.filter(({ old }) => old)),
    put: placed.map(({ node }) => node),
    remove: placed.flatMap(({ gone }) => gone),
    origins: new Map(placed.map(({ node, gone }) => [node.name, gone])),
  };
}

const staysPut = ({ said, old }: Entry): boolean =>
  old !== undefined && said.name === old.name && (said.address ?? old.address) === old.address;

/** A file may know one card of a machine only: the others stay. */
function whole({ name, macs, ...said }: BatchNode, old: Node | undefined): Node {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const before = old ?? { kernelArguments: [], macs: [] };
  return { ...before, ...given, name, macs: [...macs, ...before.macs], status: "registered" };
}
