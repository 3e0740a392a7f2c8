import { unreachable } from "#src/value/unreachable.ts";

/** Nodes that are given the same settings. A node says which groups it is in, in the order in which they count. */
export type NodeGroup = {
  /** As a node's: letters, digits, hyphens and dots. */
  readonly name: string;
  /** DHCP options as the operator wrote them, for example `ntp-servers=10.0.0.1`; each can be read. */
  readonly dhcpOptions: readonly string[];
  /** Its nodes are held while they are elsewhere, or another machine, than expected. */
  readonly pinned?: boolean | undefined;
};

/** What an operator changes. Absent stays as it is. */
export type GroupPatch = Partial<Omit<NodeGroup, "name">>;

/** Why a group was not added, changed or removed. Nothing was changed. */
export type GroupProblem =
  | { readonly kind: "unknownGroup"; readonly group: string }
  | { readonly kind: "badGroupName"; readonly name: string }
  | { readonly kind: "groupTaken"; readonly group: string }
  | { readonly kind: "groupInUse"; readonly group: string; readonly nodes: readonly string[] }
  /** `why` is a clause such as `wants one IPv4 address`. */
  | { readonly kind: "badOption"; readonly option: string; readonly why: string };

/** One line for a human: what was not done, what was found, what to do about it. */
export function describeGroupProblem(problem: GroupProblem): string {
  switch (problem.kind) {
    case "unknownGroup":
      return `No group is called "${problem.group}"; see "brigade group list", or make it with "brigade group add ${problem.group}"`;
    case "badGroupName":
      return `Cannot name a group ${JSON.stringify(problem.name)}: wants lower-case letters, digits, hyphens and dots, at most 63, first and last a letter or digit`;
    case "groupTaken":
      return `Cannot add group "${problem.group}": it is there already; see "brigade group show ${problem.group}"`;
    case "groupInUse":
      return `Cannot remove group "${problem.group}": ${problem.nodes.length} nodes are in it, ${problem.nodes[0]} for one; give them other groups with "brigade node set"`;
    case "badOption":
      return `Cannot use DHCP option ${JSON.stringify(problem.option)}: ${problem.why}`;
    default:
      return unreachable(problem);
  }
}
