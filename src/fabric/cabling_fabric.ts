/** A network that is written down, as if it had been seen: for what is to be built. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { ExpectedCabling, WrittenPort } from "./cabling_types.ts";
import type { Attachment, Fabric, FabricLink, FabricSwitch, PortRef } from "./graph.ts";
import { stableOrder } from "./port_index.ts";

const PLANNED = { confidence: "certain", evidence: [] } as const;
/** Machines on paper have no address. */
const NO_MAC = "00:00:00:00:00:00" as Mac;

/** Switches go by the names that the file has. Several cables between two switches are an aggregate. */
export function fabricOf({ nodes, links }: ExpectedCabling): Fabric {
  const attachments = nodes.map(
    ({ node, at, speedMbit }): Attachment => ({
      endpoint: node,
      mac: NO_MAC,
      at: placeOf(at),
      speedMbit,
      ...PLANNED,
    }),
  );
  const ends = links.map((link) => ({ ...link, ends: sorted(link.ends) }));
  const between = Map.groupBy(ends, ({ ends: [left, right] }) => JSON.stringify([left.switch, right.switch]));
  const names = new Set(
    [...attachments.map(({ at }) => at), ...ends.flatMap((one) => one.ends)].map((at) => at.switch),
  );
  return {
    takenAtMs: 0,
    switches: [...names].sort(stableOrder).map(switchOf),
    links: [...between.values()].flatMap((cables) => linkOf(cables) ?? []),
    attachments,
    contradictions: [],
  };
}

const placeOf = ({ switch: id, port }: WrittenPort): PortRef => ({ switch: id, port });

function sorted([left, right]: readonly [WrittenPort, WrittenPort]): readonly [PortRef, PortRef] {
  const ends = [placeOf(left), placeOf(right)] as const;
  return stableOrder(left.switch, right.switch) <= 0 ? ends : [ends[1], ends[0]];
}

const switchOf = (id: string): FabricSwitch => ({
  ...{ id, name: id, description: "", addresses: [], macs: [], members: [], ports: [], knowledge: "seen" },
});

type Cable = { readonly ends: readonly [PortRef, PortRef]; readonly speedMbit?: number | undefined };

function linkOf(cables: readonly Cable[]): FabricLink | undefined {
  const [first, ...others] = cables;
  if (!first) return undefined;
  if (others.length === 0) return { ends: first.ends, cables: [], speedMbit: first.speedMbit, ...PLANNED };
  const speeds = cables.flatMap(({ speedMbit }) => speedMbit ?? []);
  const speedMbit = speeds.length === cables.length ? speeds.reduce((sum, one) => sum + one, 0) : undefined;
  return { ends: first.ends, cables: cables.map(({ ends }) => ends), speedMbit, ...PLANNED };
}
