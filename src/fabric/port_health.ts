/** What ports and links are good for, by their speeds and by what is wrong with them. Pure. */
import type { Fabric, FabricLink, PortRef, SwitchId } from "./graph.ts";
import { isKnown, UNKNOWN_MBIT } from "./known_rate.ts";
import type { LinkFault } from "./order_types.ts";
import type { PortIndex } from "./port_index.ts";
import { brokenIn, isLossy, middleOfBroken } from "./port_loss.ts";

/** Where packets are lost TCP no longer goes by the speed of the link, but by how often it has to start again. */
const LOSSY_SHARE = 0.1;
const LOSSY_MBIT = 100;
/** A node in a chain takes and sends at once; at half duplex these take turns. */
const HALF_DUPLEX_SHARE = 0.5;

/** Tells what is wrong with a port; remembers the middle of each switch. */
export type FaultsOf = (at: PortRef) => readonly LinkFault[];

export function faultsIn(index: PortIndex): FaultsOf {
  const middles = new Map<SwitchId, number>();
  const middleOf = (id: SwitchId): number => {
    const middle = middles.get(id) ?? middleOfBroken(index.portsOf(id));
    middles.set(id, middle);
    return middle;
  };
  return (at) => {
    const port = index.portAt(at);
    if (!port) return [];
    const isBad = isLossy(port, () => middleOf(at.switch));
    return [
      ...(isBad ? [{ kind: "lossy", at, inErrors: brokenIn(port) } as const] : []),
      ...(port.duplex === "half" ? [{ kind: "halfDuplex", at } as const] : []),
    ];
  };
}

/** What faults leave of a speed. */
export function mbitLeft(mbit: number, faults: readonly LinkFault[]): number {
  const isHalf = faults.some(({ kind }) => kind === "halfDuplex");
  const left = isHalf ? mbit * HALF_DUPLEX_SHARE : mbit;
  return faults.some(({ kind }) => kind === "lossy") ? Math.min(left * LOSSY_SHARE, LOSSY_MBIT) : left;
}

/** Of all cables of a link together; undefined: nobody says. */
export function linkMbit(index: PortIndex, { ends, speedMbit }: FabricLink): number | undefined {
  if (speedMbit !== undefined && speedMbit > 0 && isKnown(speedMbit)) return speedMbit;
  return smallest(ends.map((end) => index.portAt(end)?.speedMbit));
}

/**
 * Of one stream. Switches send all packets of a TCP connection over one cable of an aggregate, so that is the speed
 * of one cable, not of all.
 */
export function cableMbit(index: PortIndex, link: FabricLink): number | undefined {
  const whole = linkMbit(index, link);
  if (link.cables.length < 2) return whole;
  const up = link.cables.filter((ends) => ends.every((end) => index.portAt(end)?.isUp !== false));
  const cables = up.map((ends) => smallest(ends.map((end) => index.portAt(end)?.speedMbit)));
  return smallest(cables) ?? (whole === undefined ? undefined : whole / (up.length || 1));
}

/** The one that most have, of two the faster one; what has no known speed is taken to have this. */
export function usualMbit(speeds: Iterable<number | undefined>): number | undefined {
  const counts = new Map<number, number>();
  for (const speed of speeds) if (speed !== undefined) counts.set(speed, (counts.get(speed) ?? 0) + 1);
  const [usual] = [...counts].sort((left, right) => right[1] - left[1] || right[0] - left[0]);
  return usual?.[0];
}

/** All ends of a link: of the aggregate and of its cables. */
const endsOf = ({ ends, cables }: FabricLink): readonly PortRef[] => [...ends, ...cables.flat()];

export const linkFaults = (faultsOf: FaultsOf, link: FabricLink): readonly LinkFault[] =>
  endsOf(link).flatMap(faultsOf);

/** Rate of every link of a fabric for one stream; {@link UNKNOWN_MBIT} where no speed of any link is known. */
export function ratesOfLinks(
  { links }: Fabric,
  index: PortIndex,
  faultsOf: FaultsOf,
): (link: FabricLink) => number {
  const usual = usualMbit(links.map((link) => cableMbit(index, link))) ?? UNKNOWN_MBIT;
  return (link) => mbitLeft(cableMbit(index, link) ?? usual, linkFaults(faultsOf, link));
}

function smallest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value): value is number => value !== undefined && value > 0 && isKnown(value));
  return known.length === 0 ? undefined : Math.min(...known);
}
