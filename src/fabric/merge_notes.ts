/** Sentences on what cannot all be true. Texts of switches are inert already. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Contradiction } from "./graph.ts";
import { MAX_SEEN } from "./merge_crowd.ts";
import { type End, type Known, refOf } from "./merge_model.ts";

/** How many switches have a name; thousands of notes ask. */
const counted = new WeakMap<readonly Known[], ReadonlyMap<string, number>>();

function namesOf(switches: readonly Known[]): ReadonlyMap<string, number> {
  const known = counted.get(switches);
  if (known) return known;
  const counts = new Map<string, number>();
  for (const { name } of switches) counts.set(name, (counts.get(name) ?? 0) + 1);
  counted.set(switches, counts);
  return counts;
}

type Sided = { readonly near: End; readonly far: End };

/** `"core" port "1/4"`; without the port where that is not known, with the id where two switches have one name. */
export function nameOf(switches: readonly Known[], { at, port }: End): string {
  const { name = "?", id = "?" } = switches[at] ?? {};
  const named = (namesOf(switches).get(name) ?? 0) > 1 ? `"${name}" (${id})` : `"${name}"`;
  return port === undefined ? named : `${named} port "${port}"`;
}

/** The two sides of a cable name other ports than those that they are on. */
export function endsDisagree(switches: readonly Known[], side: Sided, other: Sided): Contradiction {
  const [near, far] = [nameOf(switches, side.near), nameOf(switches, other.near)];
  const says = ({ near: at, far: hears }: Sided): string =>
    `${nameOf(switches, at)} says that it is linked to ${nameOf(switches, hears)}`;
  return {
    kind: "endsDisagree",
    at: [refOf(switches, side.near), refOf(switches, other.near)],
    text: `${says(side)}, ${says(other)}: taken for one cable between ${near} and ${far}`,
  };
}

/** A switch says that it is linked to a port on which that one hears somebody else. */
export function portTaken(
  switches: readonly Known[],
  { near, far }: Sided,
  hears: readonly End[],
): Contradiction {
  const [one, other] = [nameOf(switches, near), nameOf(switches, far)];
  const list = hears.map((end) => nameOf(switches, end)).join(" and ");
  return {
    kind: "endsDisagree",
    at: [refOf(switches, near), refOf(switches, far)],
    text: `${one} says that it is linked to ${other}, which hears ${list} there: taken for a link to another port of that switch`,
  };
}

/** CDP passes through switches that do not know it; LLDP does not. */
export function cdpFromBeyond(switches: readonly Known[], near: End, lldp: End, cdp: End): Contradiction {
  const [one, other] = [nameOf(switches, lldp), nameOf(switches, cdp)];
  return {
    kind: "twoNeighbours",
    at: [near, lldp, cdp].map((end) => refOf(switches, end)),
    text: `${nameOf(switches, near)} hears ${one} by LLDP and ${other} by CDP: LLDP is believed`,
  };
}

export function selfHeard(switches: readonly Known[], near: End, far: End): Contradiction {
  return {
    kind: "ring",
    at: [near, far].map((end) => refOf(switches, end)),
    text: `${nameOf(switches, near)} hears its own switch, from ${nameOf(switches, far)}: a cable joins the two, or another switch has the same chassis id`,
  };
}

/** `seen`: where its MAC table has the other one. */
export function tableDisagrees(switches: readonly Known[], { near, far }: Sided, seen: End): Contradiction {
  const [one, other] = [nameOf(switches, near), nameOf(switches, far)];
  return {
    kind: "macTableDisagrees",
    at: [near, seen, far].map((end) => refOf(switches, end)),
    text: `${one} is linked to ${other} by what they say of each other, and the MAC table has that on port "${seen.port}": the former is believed`,
  };
}

export function machinesBetween(
  switches: readonly Known[],
  ends: readonly [End, End],
  count: number,
): Contradiction {
  const [one, other] = ends.map((end) => nameOf(switches, end));
  return {
    kind: "macTableDisagrees",
    at: ends.map((end) => refOf(switches, end)),
    text: `${one} and ${other} are linked by what they say of each other, and both have ${count} MAC addresses on that link: something that passes LLDP on is in between`,
  };
}

/** Two switches are heard on one port that is no aggregate. */
export function twoNeighbours(switches: readonly Known[], near: End, fars: readonly End[]): Contradiction {
  const list = fars.map((far) => nameOf(switches, far)).join(" and ");
  return {
    kind: "twoNeighbours",
    at: [refOf(switches, near), ...fars.map((far) => refOf(switches, far))],
    text: `${nameOf(switches, near)} has more than one neighbour: ${list}`,
  };
}

export function ring(
  switches: readonly Known[],
  ends: readonly [End, End],
  isParallel: boolean,
): Contradiction {
  const [one, other] = ends.map((end) => nameOf(switches, end));
  const what = isParallel
    ? "is a second one between these switches and no part of an aggregate"
    : "closes a ring";
  return {
    kind: "ring",
    at: ends.map((end) => refOf(switches, end)),
    text: `The link between ${one} and ${other} ${what}: one of them is blocked, or is a mistake`,
  };
}

export function sameIdentity(switches: readonly Known[], one: number, other: number): Contradiction {
  return {
    kind: "sameIdentity",
    at: [one, other].map((at) => refOf(switches, { at })),
    text: `${nameOf(switches, { at: one })} and ${nameOf(switches, { at: other })} say that they are the same switch: their names or serial numbers say that they are two`,
  };
}

/** `loudest`: number of a switch, or name of a machine. */
export function tooManySwitches(
  switches: readonly Known[],
  { seen, loudest }: { readonly seen: number; readonly loudest: number | string },
): Contradiction {
  const isSwitch = typeof loudest === "number";
  return {
    kind: "tooManySwitches",
    at: isSwitch ? [refOf(switches, { at: loudest })] : [],
    text: `${seen} switches are named that nobody has read, most of them by ${isSwitch ? nameOf(switches, { at: loudest }) : loudest}: the ${MAX_SEEN} with the surest witnesses are believed`,
  };
}

/** `believed` comes first. */
export function macOnTwoPorts(switches: readonly Known[], mac: Mac, ends: readonly End[]): Contradiction {
  const [believed, ...rest] = ends.map((end) => nameOf(switches, end));
  return {
    kind: "macOnTwoPorts",
    at: ends.map((end) => refOf(switches, end)),
    mac,
    text: `${mac} is seen on ${believed} and also on ${rest.join(", ")}: ${believed} is believed`,
  };
}
