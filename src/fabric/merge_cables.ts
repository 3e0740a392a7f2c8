/**
 * Cables out of claims. What a switch says of its own port is believed; what it says of the port at the other end is
 * hearsay, which the other end confirms, fills in or denies. Pure.
 */

import type { Cable, Claim, End, Known, Notes } from "./merge_model.ts";
import { endsDisagree } from "./merge_notes.ts";
import { wholePort } from "./merge_ports.ts";

const RANK = { lldp: 0, cdp: 1, lag: 2, macTable: 3, inference: 4 } as const;

/** One side of one cable: all that it says with one port. */
type Side = {
  readonly near: End;
  readonly far: End;
  readonly sources: Claim["source"][];
  readonly takenAtMs: number;
};

/** Between each two switches for themselves. `notes` grows by what does not fit. */
export function cablesOf(
  switches: readonly Known[],
  claims: readonly Claim[],
  notes: Notes,
): readonly Cable[] {
  const pairs = Map.groupBy(
    claims.filter(({ near, far }) => near.at !== far.at),
    ({ near, far }) => `${Math.min(near.at, far.at)} ${Math.max(near.at, far.at)}`,
  );
  return [...pairs.values()].flatMap((pair) => cablesBetween(switches, pair, notes));
}

function cablesBetween(switches: readonly Known[], claims: readonly Claim[], notes: Notes): readonly Cable[] {
  const first = Math.min(...claims.map(({ near }) => near.at));
  const mine = sidesOf(claims.filter(({ near }) => near.at === first));
  const theirs = sidesOf(claims.filter(({ near }) => near.at !== first));
  const cables: Cable[] = [];
  for (const agrees of [bothWays, oneWay, byElimination]) {
    for (const side of [...mine]) {
      const others = theirs.filter((other) => agrees(switches, side, other, mine, theirs));
      const [other] = others;
      if (others.length !== 1 || !other) continue;
      mine.splice(mine.indexOf(side), 1);
      theirs.splice(theirs.indexOf(other), 1);
      cables.push(certain(side, other));
      const denied = [side, other].some((one, i) => denies(switches, one, [other, side][i]));
      if (denied) notes.push(endsDisagree(switches, side, other));
    }
  }
  return [...cables, ...(asAggregates(switches, mine, theirs) ?? [...mine, ...theirs].map(likely))];
}

/**
 * What is left are the cables of one aggregate on either side, and nobody says which of them belong together: one link,
 * and the cables as the side names them that has more.
 */
function asAggregates(
  switches: readonly Known[],
  mine: readonly Side[],
  theirs: readonly Side[],
): readonly Cable[] | undefined {
  const [one, other] = [wholeOf(switches, mine), wholeOf(switches, theirs)];
  const isOpen = [...mine, ...theirs].every(({ far }) => far.port === undefined);
  if (!one || !other || !isOpen) return undefined;
  const more = mine.length >= theirs.length ? mine : theirs;
  return [
    certain(
      { ...one, near: wholeEnd(switches, one.near) },
      { ...other, near: wholeEnd(switches, other.near) },
    ),
    ...more.map(likely),
  ];
}

/** The first of them, if all are cables of one aggregate. */
function wholeOf(switches: readonly Known[], sides: readonly Side[]): Side | undefined {
  const wholes = new Set(sides.map(({ near }) => wholeEnd(switches, near).port));
  const [first] = sides;
  return wholes.size === 1 && first && first.near.port !== wholeEnd(switches, first.near).port
    ? first
    : undefined;
}

const wholeEnd = (switches: readonly Known[], { at, port }: End): End => ({
  at,
  port: port === undefined ? undefined : wholePort(switches[at]?.book, port),
});

/** One a port that a switch hears the other on; LLDP is believed before CDP, and what names the far port before what does not. */
function sidesOf(claims: readonly Claim[]): Side[] {
  const sides = new Map<string, Side>();
  for (const claim of claims.toSorted(byBelief)) {
    const { near, far, source, takenAtMs } = claim;
    const known = sides.get(near.port ?? "");
    if (!known) sides.set(near.port ?? "", { near, far, sources: [source], takenAtMs });
    else if (!known.sources.includes(source)) known.sources.push(source);
  }
  return [...sides.values()];
}

const byBelief = (left: Claim, right: Claim): number => (beliefOf(left) < beliefOf(right) ? -1 : 1);

const beliefOf = ({ source, near, far }: Claim): string =>
  [far.port === undefined ? 1 : 0, RANK[source], near.port ?? "", far.port ?? ""].join("\n");

type Agrees = (
  switches: readonly Known[],
  side: Side,
  other: Side,
  mine: readonly Side[],
  theirs: readonly Side[],
) => boolean;

/** Each names the port of the other. */
const bothWays: Agrees = (switches, side, other) =>
  names(switches, side, other) && names(switches, other, side);

/** One names the port of the other, which does not say or says something else. */
const oneWay: Agrees = (switches, side, other) =>
  names(switches, side, other) || names(switches, other, side);

/** There is one left on either side. */
const byElimination: Agrees = (_switches, side, other, mine, theirs) =>
  mine.length === 1 && theirs.length === 1 && (side.far.port === undefined || other.far.port === undefined);

function names(switches: readonly Known[], side: Side, other: Side): boolean {
  return side.far.port !== undefined && isOnePort(switches, side.far, other.near);
}

const denies = (switches: readonly Known[], side: Side, other: Side | undefined): boolean =>
  other !== undefined && side.far.port !== undefined && !names(switches, side, other);

/** The same, or an aggregate and its member. */
function isOnePort(switches: readonly Known[], left: End, right: End): boolean {
  if (left.port === undefined || right.port === undefined) return false;
  const book = switches[left.at]?.book;
  const [one, other] = [wholePort(book, left.port), wholePort(book, right.port)];
  return left.port === right.port || one === right.port || other === left.port;
}

const certain = (side: Side, other: Side): Cable => ({
  ends: [side.near, other.near],
  confidence: "certain",
  said: [...saidBy(side), ...saidBy(other)],
});

const likely = (side: Side): Cable => ({
  ends: side.near.at < side.far.at ? [side.near, side.far] : [side.far, side.near],
  confidence: "likely",
  said: saidBy(side),
});

const saidBy = ({ near, sources }: Side): Cable["said"] => sources.map((source) => ({ source, by: near.at }));
