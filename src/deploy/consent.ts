/** What has to be said on purpose before nodes lose what is on their disks. Pure. */
import type { Node } from "#src/nodes/node.ts";
import type { StartProblem } from "./deployment.ts";

export type Consent = {
  /** The number of nodes, as somebody typed it. */
  readonly confirm?: string | undefined;
  /** An admin means protected nodes too. */
  readonly forceProtected?: boolean | undefined;
};

/** @param confirmAbove so many nodes need no confirmation */
export function consentProblems(
  nodes: readonly string[],
  { confirm, forceProtected = false }: Consent,
  { confirmAbove, nodeByName }: { confirmAbove: number; nodeByName: (name: string) => Node | undefined },
): readonly StartProblem[] {
  const guarded = forceProtected ? [] : nodes.filter((name) => nodeByName(name)?.protected);
  const isUnconfirmed =
    confirm === undefined ? nodes.length > confirmAbove : confirm.trim() !== String(nodes.length);
  return [
    ...(guarded.length > 0 ? [{ kind: "protectedNodes", nodes: guarded } as const] : []),
    ...(isUnconfirmed ? [{ kind: "unconfirmed", nodes: nodes.length, given: confirm } as const] : []),
  ];
}
