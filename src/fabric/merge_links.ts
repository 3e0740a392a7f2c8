/** Links out of cables: those of one aggregate are one link. Pure. */
import type { Confidence, Evidence, FabricLink, PortRef } from "./graph.ts";
import { type Cable, type End, type Known, refOf } from "./merge_model.ts";
import { wholePort } from "./merge_ports.ts";
import { stored } from "./merge_render.ts";
import { cableSpeed, cablesSpeed, lagSpeed } from "./merge_speed.ts";

export type Link = {
  readonly ends: readonly [End, End];
  /** Of an aggregate. */
  readonly cables: readonly Cable[];
  /** All that it was made of. */
  readonly made: readonly Cable[];
  readonly isAggregate: boolean;
};

const CONFIDENCE: readonly Confidence[] = ["certain", "likely", "inferred"];

/** Joins cables that share an aggregate at either end. */
export function linksOf(switches: readonly Known[], cables: readonly Cable[]): readonly Link[] {
  const bundles = new Map<string, Cable[]>();
  for (const cable of cables.toSorted(byEnds)) {
    const keys = cable.ends.flatMap((end, side) => bundleKey(switches, end, cable.ends[1 - side]));
    const known = keys.map((key) => bundles.get(key)).find((bundle) => bundle !== undefined);
    const bundle = known ?? [];
    bundle.push(cable);
    for (const key of keys.length > 0 ? keys : [`alone ${bundles.size}`])
      if (!bundles.has(key)) bundles.set(key, bundle);
  }
  return [...new Set(bundles.values())].map((bundle) => linkOf(switches, bundle)).sort(byEnds);
}

function bundleKey(switches: readonly Known[], end: End, other: End | undefined): readonly string[] {
  const aggregate = aggregateAt(switches, end);
  return aggregate === undefined ? [] : [`${end.at} ${aggregate} ${other?.at}`];
}

function aggregateAt(switches: readonly Known[], { at, port }: End): string | undefined {
  const book = switches[at]?.book;
  if (port === undefined || !book) return undefined;
  return book.aggregateOf.get(port) ?? (book.membersOf.has(port) ? port : undefined);
}

function linkOf(switches: readonly Known[], bundle: readonly Cable[]): Link {
  const [first] = bundle;
  if (!first) throw new Error("A link has no cable");
  const isAggregate = bundle.some(({ ends }) => ends.some((end) => aggregateAt(switches, end) !== undefined));
  if (!isAggregate) return { ends: first.ends, cables: [], made: bundle, isAggregate };
  const cables = bundle.filter(({ ends }) => ends.every((end) => !isWhole(switches, end)));
  return {
    ends: [endOf(switches, bundle, 0), endOf(switches, bundle, 1)],
    cables,
    made: bundle,
    isAggregate,
  };
}

const isWhole = (switches: readonly Known[], { at, port }: End): boolean =>
  port !== undefined && (switches[at]?.book?.membersOf.has(port) ?? false);

/** The aggregate; where the switch does not tell of it, the port only if it is the only one. */
function endOf(switches: readonly Known[], bundle: readonly Cable[], side: 0 | 1): End {
  const at = bundle[0]?.ends[side].at ?? 0;
  const wholes = new Set(
    bundle.flatMap(
      ({
        ends: {
          [side]: { port },
        },
      }) => (port === undefined ? [] : [wholePort(switches[at]?.book, port)]),
    ),
  );
  const [port] = wholes;
  return wholes.size === 1 && (bundle.length === 1 || isWhole(switches, { at, port }))
    ? { at, port }
    : { at };
}

/** As the graph has them, in order. */
export function renderLinks(switches: readonly Known[], links: readonly Link[]): readonly FabricLink[] {
  const counts = new Map<string, number>();
  for (const { ends } of links)
    for (const { at, port } of ends)
      if (port !== undefined) counts.set(`${at} ${port}`, (counts.get(`${at} ${port}`) ?? 0) + 1);
  const isShared = ({ at, port }: End): boolean => (counts.get(`${at} ${port}`) ?? 0) > 1;
  return links
    .map((link) => renderLink(switches, link, aggregateSpeed(switches, link, link.ends.some(isShared))))
    .sort(byRefs);
}

/** Cables of one aggregate to two switches are two links, each of its own cables. */
function aggregateSpeed(switches: readonly Known[], link: Link, isShared: boolean): number | undefined {
  if (!link.isAggregate) return cableSpeed(switches, link.ends);
  return isShared && link.cables.length > 0 ? cablesSpeed(switches, link) : lagSpeed(switches, link);
}

function renderLink(switches: readonly Known[], link: Link, speedMbit: number | undefined): FabricLink {
  const [one, other] = link.ends.map((end) => refOf(switches, end)) as [PortRef, PortRef];
  const isTurned = other.switch < one.switch;
  const turned = (ends: readonly [End, End]): readonly [PortRef, PortRef] => {
    const [left, right] = [refOf(switches, ends[0]), refOf(switches, ends[1])];
    return isTurned ? [right, left] : [left, right];
  };
  return stored({
    ends: turned(link.ends),
    cables: link.cables.map(({ ends }) => turned(ends)),
    speedMbit,
    confidence:
      CONFIDENCE.find((sure) => link.made.some(({ confidence }) => confidence === sure)) ?? "inferred",
    evidence: evidenceOf(switches, link.made),
  });
}

function byRefs(left: FabricLink, right: FabricLink): number {
  const [one, other] = [left, right].map(({ ends }) =>
    ends.map((end) => `${end.switch}\n${end.port ?? ""}`).join("\n"),
  );
  return (one ?? "") < (other ?? "") ? -1 : 1;
}

function evidenceOf(switches: readonly Known[], cables: readonly Cable[]): readonly Evidence[] {
  const all = cables.flatMap(({ said }) =>
    said.map(({ source, by }): Evidence => ({ source, by: switches[by]?.id ?? "" })),
  );
  return uniqueEvidence(all);
}

export const uniqueEvidence = (all: readonly Evidence[]): readonly Evidence[] => {
  const byKey = new Map(all.map((one) => [`${one.source} ${one.by}`, one]));
  return [...byKey].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, one]) => one);
};

export const byEnds = (
  left: { readonly ends: readonly [End, End] },
  right: { readonly ends: readonly [End, End] },
): number => compareEnds(left.ends, right.ends);

function compareEnds(left: readonly [End, End], right: readonly [End, End]): number {
  for (const side of [0, 1] as const) {
    const [one, other] = [left[side], right[side]];
    if (one.at !== other.at) return one.at - other.at;
    if (one.port !== other.port) return (one.port ?? "") < (other.port ?? "") ? -1 : 1;
  }
  return 0;
}
