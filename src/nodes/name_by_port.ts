/** Which names machines get by where they are plugged in, and which cannot have one. All or nothing. Pure. */
import { describeFinding, type Finding } from "./finding.ts";
import type { Node } from "./node.ts";
import { isNodeName } from "./node_rules.ts";
import { type Place, type Places, placeKey, placeText } from "./place.ts";
import { isSwitchIn, type PortPattern, renderName } from "./port_pattern.ts";

export type NamingRequest = {
  readonly pattern: PortPattern;
  /** Names of switches; `*` stands for any characters. Absent: all. */
  readonly switches?: string | undefined;
  /** These and no others: one that is nowhere is a problem. Absent: all that are on those switches. */
  readonly nodes?: readonly string[] | undefined;
};

export type NamingSources = {
  /** All there are, in their order. */
  readonly nodes: readonly Node[];
  readonly places: Places;
  readonly findingsOf: (node: string) => readonly Finding[];
};

export type PlannedName = { readonly node: string; readonly name: string; readonly place: Place };
/** `problem` is a sentence without a full stop. */
export type NamingProblem = { readonly nodes: readonly string[]; readonly problem: string };
export type PlannedNames = {
  /** Also those that are called so already. */
  readonly names: readonly PlannedName[];
  /** With one of these nothing is to be done. */
  readonly problems: readonly NamingProblem[];
};

export function planNames(request: NamingRequest, sources: NamingSources): PlannedNames {
  const wanted = request.nodes && new Set(request.nodes);
  const chosen = sources.nodes.filter(({ name }) => wanted?.has(name) ?? true);
  const judged = chosen.map((node) => nameByPort(node, request, sources));
  const names = judged.flatMap((one) => ("name" in one ? [one] : []));
  const known = new Set(chosen.map(({ name }) => name));
  const unknown = (request.nodes ?? []).filter((name) => !known.has(name));
  return {
    names,
    problems: [
      ...unknown.map((name) => ({ nodes: [name], problem: `No node is called "${name}"` })),
      ...judged.flatMap((one) => ("problem" in one ? [one] : [])),
      ...collisions(names, sources.nodes),
    ],
  };
}

/**
 * What one machine is called by its port. Whether that name is free is not asked.
 *
 * @returns nothing of interest for a machine that is not on those switches and was not asked for
 */
export function nameByPort(
  node: Node,
  request: NamingRequest,
  { places, findingsOf }: Omit<NamingSources, "nodes">,
): PlannedName | NamingProblem | { readonly elsewhere: true } {
  const refuse = (problem: string): NamingProblem => ({ nodes: [node.name], problem });
  const place = placeOn(node, request.switches, places);
  if (!place) return request.nodes ? refuse(whyNowhere(node, request.switches)) : { elsewhere: true };
  const doubt = findingsOf(node.name).find((finding) => isInTheWay(finding, node));
  if (doubt) return refuse(`Cannot name ${node.name} by its port: ${describeFinding(doubt)}`);
  const rendered = renderName(request.pattern, place);
  if (!rendered.ok)
    return refuse(`Cannot name ${node.name}, at ${placeText(place)}, by its port: ${rendered.why}`);
  if (!isNodeName(rendered.name))
    return refuse(
      `Cannot name ${node.name}, at ${placeText(place)}, by its port: ${JSON.stringify(rendered.name)} is no node name`,
    );
  return { node: node.name, name: rendered.name, place };
}

const whyNowhere = ({ name }: Node, switches: string | undefined): string =>
  switches === undefined
    ? `Cannot name ${name} by its port: no switch has seen it; see "brigade fabric discover"`
    : `Cannot name ${name} by its port: it was not seen on ${JSON.stringify(switches)}`;

/** The card that the machine boots from counts, if it is on one of the switches. One that is off is where it was. */
function placeOn(
  { macs, identity }: Node,
  switches: string | undefined,
  { placesOf }: Places,
): Place | undefined {
  for (const mac of macs) {
    const now = placesOf(mac);
    const before = identity?.places?.[mac];
    const place = (now.length > 0 || !before ? now : [before]).find(
      ({ switchName }) => switches === undefined || isSwitchIn(switches, switchName),
    );
    if (place) return place;
  }
  return undefined;
}

/** A second card is no machine of its own, and a MAC on two ports is nowhere. */
const isInTheWay = (finding: Finding, { name }: Node): boolean =>
  finding.kind === "macOnTwoPorts" || (finding.kind === "secondCard" && finding.other === name);

function collisions(names: readonly PlannedName[], nodes: readonly Node[]): readonly NamingProblem[] {
  const named = new Set(names.map(({ node }) => node));
  const known = new Set(nodes.map(({ name }) => name));
  const onePort = groupsOf(names, ({ place }) => placeKey(place)).map(
    (those): NamingProblem => ({
      nodes: those.map(({ node }) => node),
      problem: `Cannot name ${those.map(({ node }) => node).join(", ")} by one port: all are at ${placeText(those[0]?.place as Place)}`,
    }),
  );
  const together = new Set(onePort.flatMap((one) => one.nodes));
  const alone = names.filter(({ node }) => !together.has(node));
  const oneName = groupsOf(alone, ({ name }) => name).map(
    (those): NamingProblem => ({
      nodes: those.map(({ node }) => node),
      problem: `Cannot name ${those.map(({ node, place }) => `${node} (${placeText(place)})`).join(", ")} all "${those[0]?.name}": say more of the port in the pattern`,
    }),
  );
  const taken = names.flatMap(({ node, name }): readonly NamingProblem[] => {
    return known.has(name) && !named.has(name)
      ? [{ nodes: [node], problem: `Cannot name ${node} "${name}": another node has that name` }]
      : [];
  });
  return [...onePort, ...oneName, ...taken];
}

/** Those that share a key with others. */
const groupsOf = (
  names: readonly PlannedName[],
  keyOf: (one: PlannedName) => string,
): readonly (readonly PlannedName[])[] =>
  [...Map.groupBy(names, keyOf).values()].filter((those) => those.length > 1);
