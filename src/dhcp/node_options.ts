/** The DHCP options of one node: what its groups say, then what it says itself. Pure. */
import type { NodeGroup } from "#src/nodes/group.ts";
import type { Node } from "#src/nodes/node.ts";
import { type DhcpOption, mergeDhcpOptions, parseDhcpOption } from "./option_spec.ts";

/** One option a code. Groups count in the order in which the node names them, later ones over earlier ones, the node over all. */
export function nodeOptions(
  { groups = [], dhcpOptions = [] }: Pick<Node, "groups" | "dhcpOptions">,
  groupByName: (name: string) => Pick<NodeGroup, "dhcpOptions"> | undefined,
): readonly DhcpOption[] {
  if (groups.length === 0 && dhcpOptions.length === 0) return [];
  const texts = [...groups.flatMap((name) => groupByName(name)?.dhcpOptions ?? []), ...dhcpOptions];
  return mergeDhcpOptions(
    texts.flatMap((text) => {
      const read = parseDhcpOption(text);
      return read.ok ? [read.option] : [];
    }),
  );
}

/** Why DHCP cannot send what `text` says; `undefined` when it can. */
export function whyNotDhcpOption(text: string): string | undefined {
  const read = parseDhcpOption(text);
  return read.ok ? undefined : read.why;
}
