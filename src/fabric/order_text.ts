/** Says in sentences why a chain goes as it goes. Pure; every name comes out inert. */
import { inertLine } from "#src/value/inert_line.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import { unreachable } from "#src/value/unreachable.ts";
import type { PortRef } from "./graph.ts";
import type { ChainOrder, LinkFault, OrderedChain, SwitchVisit, VisitReason } from "./order_types.ts";

/** More of one kind are counted, not listed. */
const MAX_LISTED = 20;

/**
 * What `--explain` shows: the walk over the switches, the chains and what bounds them, and what is not known.
 *
 * @returns lines that end in a newline
 */
export function describeOrder(order: ChainOrder): string {
  const { visits } = order.explanation;
  const names = new Map(visits.map((visit) => [visit.switch, visit.name]));
  const nameOf = (at: PortRef): string => portText(at, names);
  const lines = [
    startText(order, nameOf),
    ...visits.flatMap((visit, number) => visitLines(visit, number, nameOf)),
    ...order.chains.flatMap((chain, number) => chainLines(order, chain, { number, nameOf })),
    ...crossingLines(order),
    ...unknownLines(order, nameOf),
  ];
  return lines.map((line) => `${inertLine(line)}\n`).join("");
}

type NameOf = (at: PortRef) => string;

const portText = ({ switch: id, port }: PortRef, names: ReadonlyMap<string, string>): string =>
  port === undefined ? (names.get(id) ?? id) : `${names.get(id) ?? id} port ${port}`;

function startText({ explanation: { appliance, visits } }: ChainOrder, nameOf: NameOf): string {
  if (visits.length === 0) return "Nobody saw where any of these nodes is plugged in: they go by name.";
  if (!appliance)
    return "Nobody saw where the appliance is plugged in: the walk starts at the switch with most links.";
  return `From the appliance at ${nameOf(appliance.at)}${withSpeed(appliance.speedMbit)}:`;
}

function visitLines(visit: SwitchVisit, number: number, nameOf: NameOf): readonly string[] {
  const { name, depth, link, nodes, nodesBelow } = visit;
  const indent = "  ".repeat(Math.min(depth, MAX_LISTED) + 1);
  const way = link
    ? `, over ${nameOf(link.ends[0])}${withSpeed(link.speedMbit)}${link.cables > 1 ? ` in ${link.cables} cables` : ""}`
    : "";
  const below = nodesBelow > nodes.length ? `, ${nodesBelow} with those below` : "";
  const own =
    nodes.length === 0 ? "no node of its own" : `${nodeCount(nodes.length)} (${foldNodeSet(nodes)})`;
  return [
    `${indent}${number + 1}. ${name}${way}: ${own}${below}${reasonText(visit.reason)}`,
    ...visit.faults.slice(0, MAX_LISTED).map((fault) => `${indent}   ${faultText(fault, nameOf)}`),
    ...more(visit.faults.length, `${indent}   `),
  ];
}

function reasonText(reason: VisitReason): string {
  switch (reason.kind) {
    case "appliance":
      return "; the appliance is here";
    case "island":
      return "; no link to the appliance is known";
    case "only":
      return "";
    case "faster":
      return `; before ${reason.than}, because it is good for ${speed(reason.rateMbit)} and that for ${speed(reason.thanMbit)}`;
    case "slower":
      return `; behind ${reason.than}, because it is good for ${speed(reason.rateMbit)} and that for ${speed(reason.thanMbit)}`;
    case "name":
      return "; as fast as the others beside it, which go by name";
    default:
      return unreachable(reason);
  }
}

function faultText(fault: LinkFault, nameOf: NameOf): string {
  if (fault.kind === "lossy")
    return `${nameOf(fault.at)} has counted ${fault.inErrors} broken packets: it counts as a tenth of its speed, 100 Mbit/s at most`;
  return `${nameOf(fault.at)} runs at half duplex: it counts as half of its speed`;
}

type ChainText = { readonly number: number; readonly nameOf: NameOf };

function chainLines(
  { nodes }: ChainOrder,
  { first, count, rateMbit, expectedMBps, bounds }: OrderedChain,
  { number, nameOf }: ChainText,
): readonly string[] {
  const [from, to] = [nodes[first]?.node, nodes[first + count - 1]?.node];
  const rate =
    rateMbit === undefined
      ? "; no speed is known"
      : `; all of it at ${speed(rateMbit)} or faster, about ${Math.round(expectedMBps ?? 0)} MB/s`;
  return [
    `Chain ${number + 1}: ${nodeCount(count)}, ${from} to ${to}${rate}`,
    ...bounds.slice(0, MAX_LISTED).map((bound) => {
      const by = { appliance: "the appliance's link", link: "the link at", node: "the node's link at" }[
        bound.by
      ];
      const at = bound.at ? ` ${nameOf(bound.at)}` : "";
      const what = bound.by === "node" && !bound.at ? "the node's link" : `${by}${at}`;
      return `  ${speed(bound.rateMbit)} from ${bound.fromNode} on: ${what}`;
    }),
    ...more(bounds.length, "  "),
  ];
}

function crossingLines({ explanation: { mostCrossings } }: ChainOrder): readonly string[] {
  const { here, byName } = mostCrossings;
  if (byName === 0) return [];
  return [
    `A link between switches carries the image at most ${times(here)} in each direction; by name it would be ${times(byName)}.`,
  ];
}

function unknownLines({ explanation }: ChainOrder, nameOf: NameOf): readonly string[] {
  const { unknown, guessed, unused, visits } = explanation;
  const guesses = Map.groupBy(guessed, ({ name }) => name);
  return [
    ...(unknown.length > 0 && visits.length > 0
      ? [`Not seen at any switch, therefore by name and behind all others: ${foldNodeSet(unknown)}`]
      : []),
    ...[...guesses].map(
      ([name, nodes]) =>
        `Guessed to be at ${name}, like the nodes next to it by name: ${foldNodeSet(nodes.map(({ node }) => node))}`,
    ),
    ...unused
      .slice(0, MAX_LISTED)
      .map(([left, right]) => `Not used, because it closes a ring: ${nameOf(left)} - ${nameOf(right)}`),
    ...more(unused.length, ""),
  ];
}

const more = (count: number, indent: string): readonly string[] =>
  count > MAX_LISTED ? [`${indent}and ${count - MAX_LISTED} more`] : [];
const nodeCount = (count: number): string => (count === 1 ? "1 node" : `${count} nodes`);
const times = (count: number): string => ["never", "once", "twice"][count] ?? `${count} times`;
const withSpeed = (mbit: number | undefined): string => (mbit === undefined ? "" : `, ${speed(mbit)}`);

/** `10 Gbit/s`, `2.5 Gbit/s`, `100 Mbit/s`. */
export const speed = (mbit: number): string =>
  mbit >= 1000 ? `${Number((mbit / 1000).toFixed(1))} Gbit/s` : `${Number(mbit.toFixed(1))} Mbit/s`;
