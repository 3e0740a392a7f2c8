/** The links of a cabling file against those that are seen. Pure. */
import type { CablingFact, CablingFinding, ExpectedLink } from "./cabling_types.ts";
import { allCables, type Cable, type CheckContext, linkText } from "./check_context.ts";
import { finding } from "./check_text.ts";
import type { FabricSwitch, PortRef } from "./graph.ts";
import { cableMbit } from "./port_health.ts";

/** @param unexpected whether links that the file does not have are told too */
export function checkLinks(context: CheckContext, unexpected: boolean): readonly CablingFinding[] {
  const matched = new Set<Cable["ends"]>();
  const findings = context.expected.links.flatMap((entry) => checkLink(context, entry, matched));
  if (!unexpected || context.expected.links.length === 0) return findings;
  // Of what is only half known nobody can say where it should be in the file.
  const others = allCables(context.fabric).filter(
    ({ ends, link }) =>
      !matched.has(ends) && link.confidence !== "inferred" && ends.every(({ port }) => port !== undefined),
  );
  return [
    ...findings,
    ...others.map(({ ends }) =>
      finding({ kind: "linkUnexpected", seen: linkText(context, ends) }, { at: ends }),
    ),
  ];
}

type Ends = readonly [PortRef, PortRef];

function checkLink(
  context: CheckContext,
  entry: ExpectedLink,
  matched: Set<Cable["ends"]>,
): readonly CablingFinding[] {
  const [left, right] = [context.resolve(entry.ends[0]), context.resolve(entry.ends[1])];
  const { line } = entry;
  if (!left.ok || !right.ok)
    return [left, right].flatMap((one) => (one.ok ? [] : [finding(one.fact, { line })]));
  const ends: Ends = [left.at, right.at];
  const cable = cableBetween(context, ends);
  if (!cable) {
    const fact = notThere(context, ends, [left.switch, right.switch]);
    return [finding(fact, { at: ends, line })];
  }
  matched.add(cable.ends);
  const speedMbit = cableMbit(context.index, cable.link);
  const wantedMbit = entry.speedMbit;
  if (wantedMbit === undefined || speedMbit === undefined || speedMbit >= wantedMbit) return [];
  const what = `Link ${linkText(context, ends)}`;
  return [finding({ kind: "slow", what, speedMbit, wantedMbit, because: "file" }, { at: ends, line })];
}

function cableBetween(context: CheckContext, [left, right]: Ends): Cable | undefined {
  return candidates(context, [left, right]).find(({ ends: [one, other] }) => {
    const isSame = (seen: PortRef, wanted: PortRef): boolean =>
      seen.switch === wanted.switch && isPort(context, seen.port, wanted);
    return (isSame(one, left) && isSame(other, right)) || (isSame(one, right) && isSame(other, left));
  });
}

/** A cable of which one end is known by its switch alone is found at the other. */
const candidates = (context: CheckContext, ends: Ends): readonly Cable[] =>
  ends.flatMap((end) => [
    ...context.cablesAt(end),
    ...context.cablesAt({ switch: end.switch }),
    ...aggregateCables(context, end),
  ]);

function aggregateCables({ index, cablesAt }: CheckContext, end: PortRef): readonly Cable[] {
  const lag = index.portAt(end)?.lag;
  return lag === undefined ? [] : cablesAt({ switch: end.switch, port: lag });
}

const isPort = ({ index }: CheckContext, seen: string | undefined, wanted: PortRef): boolean =>
  seen === undefined || seen === wanted.port || index.portAt(wanted)?.lag === seen;

function notThere(
  context: CheckContext,
  ends: Ends,
  switches: readonly [FabricSwitch, FabricSwitch],
): CablingFact {
  const link = linkText(context, ends);
  const [other] = ends.flatMap((end) => context.cablesAt(end));
  if (other) return { kind: "linkMoved", link, seen: linkText(context, other.ends) };
  const isDown = ends.some(context.isDown);
  const unread = switches.find(({ knowledge }) => knowledge !== "read");
  if (unread && !isDown) return { kind: "unverified", what: `Link ${link}`, name: unread.name };
  return { kind: "linkMissing", link, isDown };
}
