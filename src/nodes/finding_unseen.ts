/** Findings about places that nobody has seen anew: a machine that is switched off is at no port. Pure. */
import type { Finding } from "./finding.ts";
import type { Node } from "./node.ts";
import { isSamePlace, type Places } from "./place.ts";

export type Surroundings = {
  readonly byName: (name: string) => Node | undefined;
  readonly places: Places;
};

/** Whether nothing says that a finding is over, though nothing shows it now. */
export function isUnseen(finding: Finding, { byName, places }: Surroundings): boolean {
  const isNowhere = (name: string): boolean =>
    byName(name)?.macs.every((mac) => places.placesOf(mac).length === 0) ?? false;
  switch (finding.kind) {
    case "moved": {
      const { node, mac, from } = finding;
      const expected = byName(node)?.identity?.places?.[mac];
      const isExpected = expected !== undefined && isSamePlace(expected, from);
      return isExpected && places.placesOf(mac).length === 0;
    }
    case "macOnTwoPorts":
      return byName(finding.node)?.macs.includes(finding.mac) === true && isNowhere(finding.node);
    case "cablesSwapped":
      return [finding.node, finding.other].some(isNowhere) && hasBoth(finding, byName);
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
