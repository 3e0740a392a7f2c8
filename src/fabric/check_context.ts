/** What all checks of a cabling look things up in. Pure. */
import { type Resolve, resolverOf } from "./cabling_resolve.ts";
import type { ExpectedCabling } from "./cabling_types.ts";
import type { Attachment, Fabric, FabricLink, PortRef } from "./graph.ts";
import { attachmentsByEndpoint } from "./node_places.ts";
import { indexPorts, type PortIndex, portKey, portName } from "./port_index.ts";

export type Cable = { readonly ends: readonly [PortRef, PortRef]; readonly link: FabricLink };

export type CheckContext = {
  readonly fabric: Fabric;
  readonly expected: ExpectedCabling;
  readonly index: PortIndex;
  readonly resolve: Resolve;
  readonly attachments: ReadonlyMap<string, readonly Attachment[]>;
  /** Cables that end in a port; of an aggregate all of its cables, or itself where these are not known. */
  readonly cablesAt: (at: PortRef) => readonly Cable[];
  readonly machinesAt: (at: PortRef) => readonly Attachment[];
  readonly nameOf: (at: PortRef) => string;
  readonly isDown: (at: PortRef) => boolean;
};

export function contextOf(fabric: Fabric, expected: ExpectedCabling): CheckContext {
  const index = indexPorts(fabric);
  const cables = Map.groupBy(
    allCables(fabric).flatMap((cable) => cable.ends.map((end) => ({ end, cable }))),
    ({ end }) => portKey(end),
  );
  const machines = Map.groupBy(fabric.attachments, ({ at }) => portKey(at));
  return {
    ...{ fabric, expected, index, resolve: resolverOf(fabric) },
    attachments: attachmentsByEndpoint(fabric),
    cablesAt: (at) => (cables.get(portKey(at)) ?? []).map(({ cable }) => cable),
    machinesAt: (at) => machines.get(portKey(at)) ?? [],
    nameOf: (at) => portName(index, at),
    isDown: (at) => index.portAt(at)?.isUp === false,
  };
}

export const allCables = ({ links }: Fabric): readonly Cable[] =>
  links.flatMap((link) =>
    (link.cables.length > 0 ? link.cables : [link.ends]).map((ends) => ({ ends, link })),
  );

export const linkText = (
  { nameOf }: Pick<CheckContext, "nameOf">,
  [left, right]: readonly [PortRef, PortRef],
): string => `${nameOf(left)} - ${nameOf(right)}`;
