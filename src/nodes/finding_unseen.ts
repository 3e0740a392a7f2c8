/** Findings about places that nobody has seen anew: a machine that is switched off is at no port. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { KnownFinding } from "./finding_store.ts";
import type { Node } from "./node.ts";
import { isSamePlace, type Place, type SeenPlaces } from "./place.ts";
import { isOver, isTwoPorts } from "./two_ports.ts";

export type Surroundings = {
  readonly byName: (name: string) => Node | undefined;
  readonly places: SeenPlaces;
};

/** Whether nothing says that a finding is over, though nothing shows it now. */
export function isUnseen(known: KnownFinding, { byName, places }: Surroundings): boolean {
  if (isTwoPorts(known)) {
    const { node, mac } = known.finding;
    return byName(node)?.macs.includes(mac) === true && !isOver(known, places);
  }
  const { finding } = known;
  const isNowhere = (name: string): boolean =>
    byName(name)?.macs.every((mac) => places.placesOf(mac).length === 0) ?? false;
  switch (finding.kind) {
    case "moved": {
      const { node, mac, from } = finding;
      return isExpectedAt(byName(node), mac, from) && isLost(mac, from, places);
    }
    case "cablesSwapped":
      return (
        hasBoth(finding, byName) &&
        ([finding.node, finding.other].some(isNowhere) ||
          isLostFrom(byName(finding.node), finding.otherPlace, places) ||
          isLostFrom(byName(finding.other), finding.place, places))
      );
    case "newcomer":
      return isNowhere(finding.node) && isNowhere(finding.other);
    default:
      return false;
  }
}

const hasBoth = (
  { node, other }: { readonly node: string; readonly other: string },
  byName: Surroundings["byName"],
): boolean => byName(node) !== undefined && byName(other) !== undefined;

const isExpectedAt = (node: Node | undefined, mac: Mac, at: Place): boolean => {
  const expected = node?.identity?.places?.[mac];
  return expected !== undefined && isSamePlace(expected, at);
};

/** Nobody sees it, or it is seen elsewhere while nobody knows whether it is where it belongs as well. */
function isLost(mac: Mac, from: Place, { placesOf, hasLeft }: SeenPlaces): boolean {
  const now = placesOf(mac);
  if (now.length === 0) return true;
  return !now.some((place) => isSamePlace(place, from)) && !hasLeft(mac, from.switchId);
}

const isLostFrom = (node: Node | undefined, from: Place, places: SeenPlaces): boolean =>
  node?.macs.some((mac) => isExpectedAt(node, mac, from) && isLost(mac, from, places)) ?? false;
