/** Short ways to write fabrics and to read orders. */
import { chainOrder } from "#src/fabric/order.ts";
import type { ChainOrder, ChainOrderOptions } from "#src/fabric/order_types.ts";
import { parseNodeSet } from "#src/value/node_set.ts";
import { type MadeFabric, type MadeLink, madeFabric } from "./made_fabric.ts";

export const set = (text: string): readonly string[] => {
  const read = parseNodeSet(text);
  return read.ok ? read.names : [];
};
export const at = (nodes: string, id: string, speedMbit = 1000): NonNullable<MadeFabric["at"]> =>
  Object.fromEntries(set(nodes).map((node) => [node, [`${id}/${node}`, speedMbit] as const]));
export const orderOf = (
  made: MadeFabric,
  options: Partial<ChainOrderOptions> & { nodes: readonly string[] },
): ChainOrder => chainOrder(madeFabric(made), { appliance: "appliance", ...options });
export const names = ({ nodes }: ChainOrder): string => nodes.map(({ node }) => node).join(" ");
export const uplink = (id: string, speedMbit = 10_000): MadeLink => ({
  ends: `core/${id} - ${id}/up`,
  speedMbit,
});

/** Named across the edges, as machines are that were bought at different times. */
export const CROSSED: MadeFabric = {
  links: [uplink("e1"), uplink("e2")],
  at: { appliance: "core/a", ...at("n[1,3,5]", "e1"), ...at("n[2,4,6]", "e2") },
};
