/**
 * What changed between two scans of a fabric. A scan may be partial: what a silent switch would have told is not gone,
 * it was not seen this time.
 *
 * Pure.
 */
import type { Fabric, FabricLink, FabricSwitch, PortRef, SwitchId } from "./graph.ts";
import { diffMachines } from "./history_machines.ts";
import { isSamePlace, type Side, sameLink, sideOf, wouldTell } from "./history_side.ts";
import type { FabricChange } from "./history_types.ts";
import { linkMbit } from "./port_health.ts";
import { linkKey, portKey, portName, stableOrder } from "./port_index.ts";

/**
 * @returns switches first, then links, ports and machines. What comes and goes with a switch is counted with it.
 */
export function diffFabric(before: Fabric, after: Fabric): readonly FabricChange[] {
  const [old, now] = [sideOf(before), sideOf(after)];
  const went = switchesOnly(old, now, "went");
  const came = switchesOnly(now, old, "came");
  const told = new Set([...went, ...came].map((change) => change.switch));
  return [
    ...went,
    ...came,
    ...renamed(old, now),
    ...linksOnly(old, now, { told, way: "went" }),
    ...linksOnly(now, old, { told, way: "came" }),
    ...speeds(old, now),
    ...ports(old, now),
    ...diffMachines(old, now, told),
  ];
}

type Way = "went" | "came";
type SwitchChange = Extract<FabricChange, { kind: "switch" }>;

/** How it came or went, by whether the other scan would have told of it. */
const howOf = (way: Way, isSure: boolean): SwitchChange["how"] =>
  way === "went" ? (isSure ? "gone" : "notSeen") : isSure ? "appeared" : "found";

/** Those of one side that the other does not have, or has only by the word of others after it was read here. */
function switchesOnly(here: Side, other: Side, way: Way): readonly SwitchChange[] {
  const lost = here.fabric.switches.filter(({ id, knowledge }) => {
    const there = other.index.switchOf(id);
    return there === undefined || (isAnswer(knowledge) && !isAnswer(there.knowledge));
  });
  return lost
    .toSorted((left, right) => stableOrder(left.name, right.name) || stableOrder(left.id, right.id))
    .map(({ id, name }): SwitchChange => {
      const links = here.fabric.links.filter((link) => touches(link, id));
      const isSure =
        other.index.switchOf(id) === undefined &&
        links.some(({ evidence, ends }) =>
          wouldTell(
            evidence.filter(({ by }) => by !== id),
            ends,
            { here, other },
          ),
        );
      const missing = links.filter((link) => !sameLink(link, other));
      const nodes = here.fabric.attachments.filter(
        ({ at, endpoint }) => at.switch === id && isMissing(other, endpoint, at),
      );
      return {
        kind: "switch",
        how: howOf(way, isSure),
        switch: id,
        name,
        links: missing.length,
        nodes: nodes.length,
      };
    });
}

const isAnswer = (knowledge: FabricSwitch["knowledge"]): boolean =>
  knowledge === "read" || knowledge === "partial";
const touches = ({ ends }: FabricLink, id: SwitchId): boolean => ends.some((end) => end.switch === id);

const isMissing = ({ machines }: Side, endpoint: string | undefined, at: PortRef): boolean =>
  endpoint !== undefined && !(machines.get(endpoint) ?? []).some((one) => isSamePlace(one.at, at));

const renamed = (old: Side, now: Side): readonly FabricChange[] =>
  now.fabric.switches.flatMap(({ id, name: to }) => {
    const from = old.index.switchOf(id)?.name;
    return from === undefined || from === to ? [] : { kind: "switchRenamed", switch: id, from, to };
  });

type Told = { readonly told: ReadonlySet<SwitchId>; readonly way: Way };

function linksOnly(here: Side, other: Side, { told, way }: Told): readonly FabricChange[] {
  return here.fabric.links
    .filter((link) => !sameLink(link, other) && !link.ends.some((end) => told.has(end.switch)))
    .toSorted((left, right) => stableOrder(linkKey(left), linkKey(right)))
    .map(({ ends, evidence }) => {
      const how = howOf(way, wouldTell(evidence, ends, { here, other }));
      return { kind: "link", how, ends, link: linkText(here, ends) };
    });
}

const linkText = ({ index }: Side, [left, right]: readonly [PortRef, PortRef]): string =>
  `${portName(index, left)} - ${portName(index, right)}`;

const speeds = (old: Side, now: Side): readonly FabricChange[] =>
  now.fabric.links.flatMap((link) => {
    const same = sameLink(link, old);
    const [fromMbit, toMbit] = [same && linkMbit(old.index, same), linkMbit(now.index, link)];
    if (fromMbit === undefined || toMbit === undefined || fromMbit === toMbit) return [];
    return { kind: "linkSpeed", ends: link.ends, link: linkText(now, link.ends), fromMbit, toMbit };
  });

/** Ports that went down or came up, where something is or was plugged in. */
function ports(old: Side, now: Side): readonly FabricChange[] {
  const [usersThen, usersNow] = [usersOf(old), usersOf(now)];
  return now.fabric.switches.flatMap(({ id, ports: own }) =>
    own.flatMap(({ name, isUp }): readonly FabricChange[] => {
      const at = { switch: id, port: name };
      const was = old.index.portAt(at)?.isUp;
      if (isUp === undefined || was === undefined || isUp === was) return [];
      const users = (isUp ? usersNow : usersThen).get(portKey(at)) ?? [];
      const place = portName(now.index, at);
      return users.length === 0
        ? []
        : [{ kind: "port", isUp, at, place, with: [...new Set(users)].sort(stableOrder) }];
    }),
  );
}

/** Who is at each port: the other end of a cable, or a machine. */
function usersOf({ fabric, index }: Side): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  const add = (at: PortRef, user: string): void => {
    const known = users.get(portKey(at)) ?? [];
    known.push(user);
    users.set(portKey(at), known);
  };
  for (const { ends, cables } of fabric.links) {
    for (const [left, right] of [ends, ...cables]) {
      add(left, portName(index, right));
      add(right, portName(index, left));
    }
  }
  for (const { at, endpoint } of fabric.attachments) if (endpoint !== undefined) add(at, endpoint);
  return users;
}
