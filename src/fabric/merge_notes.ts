/** Sentences on what cannot all be true. Texts of switches are inert already. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Contradiction } from "./graph.ts";
import { type End, type Known, refOf } from "./merge_model.ts";

type Sided = { readonly near: End; readonly far: End };

/** `core port 1/4`; `core` where the port is not known. */
export function nameOf(switches: readonly Known[], { at, port }: End): string {
  const name = switches[at]?.name ?? "?";
  return port === undefined ? `"${name}"` : `"${name}" port "${port}"`;
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
