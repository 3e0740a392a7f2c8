/**
 * Small switches without a processor pass LLDP on. What is plugged into one hears everything else that is, each on its one
 * port: a ring of neighbours on ports that have one cable each. Pure.
 */
import { type Cable, type End, type Known, portId } from "./merge_model.ts";

export type WithHubs = { readonly cables: readonly Cable[]; readonly added: readonly Known[] };

/** Puts a switch in the middle of three ports or more that hear each other. */
export function hubsOf(switches: readonly Known[], cables: readonly Cable[]): WithHubs {
  const added: Known[] = [];
  const result = groupsOf(cables).flatMap((group) => {
    const ends = new Map(
      group.flatMap(({ ends: pair }) => pair.map((end) => [portId(end.at, end.port ?? ""), end])),
    );
    // A chain of ports that hear two each is no ring: then somebody is wrong, and who is not for here.
    if (ends.size < 3 || group.length < ends.size) return group;
    const index = switches.length + added.length;
    added.push(hub(switches, index, [...ends.values()]));
    return [...ends.values()].map((end) => spoke(group, end, index));
  });
  return { cables: result, added };
}

/** Cables that have a port in common. */
function groupsOf(cables: readonly Cable[]): readonly (readonly Cable[])[] {
  const groupOf = new Map<string, Cable[]>();
  const groups = new Set<Cable[]>();
  for (const cable of cables) {
    const keys = cable.ends.flatMap(({ at, port }) => (port === undefined ? [] : [portId(at, port)]));
    const joined = [...new Set(keys.flatMap((key) => groupOf.get(key) ?? []))];
    const met = new Set(keys.map((key) => groupOf.get(key)).filter((group) => group !== undefined));
    const group = [...joined, cable];
    for (const one of met) groups.delete(one);
    groups.add(group);
    for (const one of group)
      for (const { at, port } of one.ends) if (port !== undefined) groupOf.set(portId(at, port), group);
  }
  return [...groups];
}

function hub(switches: readonly Known[], index: number, ends: readonly End[]): Known {
  const names = ends.map(({ at, port }) => `${switches[at]?.id} ${port}`).sort();
  const id = `behind ${names[0]}`;
  return { index, id, name: id, mentions: [], addresses: [], isInferred: true };
}

function spoke(group: readonly Cable[], end: End, hubIndex: number): Cable {
  const mine = group.filter(({ ends }) => ends.some(({ at, port }) => at === end.at && port === end.port));
  const said = mine.flatMap((cable) => cable.said.filter(({ by }) => by === end.at));
  return {
    ends: [end, { at: hubIndex }],
    confidence: "likely",
    said: said.length > 0 ? said : mine.flatMap((cable) => cable.said),
  };
}
