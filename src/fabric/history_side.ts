/** One of two scans that are compared: what is in it, and whether it could have told of something. Pure. */
import type { Attachment, Evidence, Fabric, FabricLink, PortRef, SwitchId } from "./graph.ts";
import { indexPorts, type PortIndex, portKey } from "./port_index.ts";

export type Side = {
  readonly fabric: Fabric;
  readonly index: PortIndex;
  /** Whether a switch was read without gaps. */
  readonly isRead: (id: SwitchId) => boolean;
  /** Links by the ports of their ends and cables. */
  readonly linksAt: ReadonlyMap<string, FabricLink>;
  /** Of named machines, by name. */
  readonly machines: ReadonlyMap<string, readonly Attachment[]>;
};

export function sideOf(fabric: Fabric): Side {
  const index = indexPorts(fabric);
  const named = fabric.attachments.filter(({ endpoint }) => endpoint !== undefined);
  return {
    ...{ fabric, index },
    isRead: (id) => index.switchOf(id)?.knowledge === "read",
    linksAt: new Map(fabric.links.flatMap((link) => cableKeys(link).map((key) => [key, link] as const))),
    machines: Map.groupBy(named, ({ endpoint = "" }) => endpoint),
  };
}

/** Of the link itself and of its cables, whichever end comes first. */
const cableKeys = ({ ends, cables }: FabricLink): readonly string[] =>
  [ends, ...cables].map((pair) => pair.map(portKey).sort().join(" "));

/** The link of the other side that is the same one: it has the same ends, or a cable in common. */
export const sameLink = (link: FabricLink, { linksAt }: Side): FabricLink | undefined =>
  cableKeys(link).flatMap((key) => linksAt.get(key) ?? [])[0];

/**
 * Whether the other scan would have told of something that this one knows by `evidence`: for LLDP and CDP one of those
 * who said so is enough; what follows from MAC tables needs all of them.
 *
 * @param at where it is, for what has no evidence
 */
export function wouldTell(
  evidence: readonly Evidence[],
  at: readonly PortRef[],
  { here, other }: { readonly here: Side; readonly other: Side },
): boolean {
  const said = evidence.filter(({ source }) => source === "lldp" || source === "cdp");
  const byLldp = said.filter(({ by }) => here.index.switchOf(by));
  if (byLldp.length > 0) return byLldp.some(({ by }) => other.isRead(by));
  const followed = evidence.filter(
    ({ by, source }) => source !== "lldp" && source !== "cdp" && here.index.switchOf(by),
  );
  if (followed.length > 0) return followed.every(({ by }) => other.isRead(by));
  // What only a machine itself said is not said again while it is off.
  return evidence.length === 0 && at.every((end) => other.isRead(end.switch));
}

/** The same port, as far as both know it. */
export const isSamePlace = (left: PortRef, right: PortRef): boolean =>
  left.switch === right.switch &&
  (left.port === undefined || right.port === undefined || left.port === right.port);
