/**
 * Which interface a local port number of LLDP means. IEEE 802.1AB leaves that open (LldpPortNumber): it is the
 * bridge port on some switches, the ifIndex on others, a number of its own on the rest, whose port ids and
 * descriptions tell. Pure.
 *
 * Decided for the whole switch and not row by row: a number that fits by chance is not believed where another
 * reading fits more ports.
 */
import type { PortId } from "./lldp_id.ts";
import type { BridgePorts } from "./read_bridge_ports.ts";
import type { Interface, Interfaces } from "./read_interfaces.ts";

/** A port as the switch announces it itself. */
export type OwnPort = { readonly id: PortId; readonly description: string };

export type LocalPortFacts = {
  readonly interfaces: Interfaces;
  readonly bridgePorts: BridgePorts;
  /** By local number: lldpLocPortTable. */
  readonly ownPorts: ReadonlyMap<number, OwnPort>;
  /** Local numbers with a neighbour. */
  readonly heardOn: ReadonlySet<number>;
};

/** ifIndex by local number. */
export type LocalPorts = ReadonlyMap<number, number>;

/** A port where a neighbour is heard is up: a numbering that says otherwise is the wrong one. */
const UP_WEIGHT = 3;
/** A text is seldom that of another port by chance, a number often. */
const TEXT_WEIGHT = 4;

export function localPortsOf(facts: LocalPortFacts): LocalPorts {
  const numbers = [...new Set([...facts.ownPorts.keys(), ...facts.heardOn])];
  const ranked = numberingsOf(facts)
    .map(({ weight, numbering }) => ({ weight, ports: injective(numbers, numbering) }))
    .map(({ weight, ports }) => ({ ports, score: weight * ports.size + UP_WEIGHT * upOf(ports, facts) }))
    .sort((a, b) => b.score - a.score);
  const [best, ...others] = ranked.map(({ ports }) => ports);
  if (best === undefined) return new Map();
  return others.filter((other) => agree(best, other)).reduce(completed, best);
}

type Numbering = (number: number) => number | undefined;

type Candidate = { readonly weight: number; readonly numbering: Numbering };

/** The more trustworthy first: the order settles equal scores. */
const numberingsOf = (facts: LocalPortFacts): readonly Candidate[] => [
  ...byTexts(facts).map((numbering) => ({ weight: TEXT_WEIGHT, numbering })),
  ...byNumbers(facts).map((numbering) => ({ weight: 1, numbering })),
];

function byTexts({ interfaces, ownPorts }: LocalPortFacts): readonly Numbering[] {
  const all = [...interfaces.values()];
  const byName = uniqueBy(all, ({ ifName }) => ifName);
  const byDescription = uniqueBy(all, ({ description }) => description);
  const byAlias = uniqueBy(all, ({ alias }) => alias);
  const byMac = uniqueBy(all, ({ mac }) => mac ?? "");
  const idOf = (number: number): string => ownPorts.get(number)?.id.text ?? "";
  const descriptionOf = (number: number): string => ownPorts.get(number)?.description ?? "";
  return [
    (number) => byName.get(idOf(number)),
    (number) => byDescription.get(idOf(number)),
    (number) => byMac.get(idOf(number)),
    (number) => byDescription.get(descriptionOf(number)),
    (number) => byName.get(descriptionOf(number)),
    (number) => byAlias.get(idOf(number)),
    (number) => byAlias.get(descriptionOf(number)),
  ];
}

function byNumbers({ interfaces, bridgePorts, ownPorts }: LocalPortFacts): readonly Numbering[] {
  const portAt = (ifIndex: number): number | undefined =>
    ["ethernet", "lag"].includes(interfaces.get(ifIndex)?.kind ?? "other") ? ifIndex : undefined;
  return [
    (number) => portAt(Number(ownPorts.get(number)?.id.text || "0")),
    // What 802.1AB recommends for bridges.
    (number) => bridgePorts.get(number),
    portAt,
  ];
}

/** Texts that several interfaces have, and empty ones, say nothing. */
function uniqueBy(
  all: readonly Interface[],
  textOf: (one: Interface) => string,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const repeated = new Set<string>();
  for (const one of all) {
    const text = textOf(one);
    if (text === "" || found.has(text)) repeated.add(text);
    else found.set(text, one.ifIndex);
  }
  for (const text of repeated) found.delete(text);
  return found;
}

function injective(numbers: readonly number[], numbering: Numbering): LocalPorts {
  const ports = new Map<number, number>();
  const taken = new Set<number>();
  for (const number of numbers) {
    const ifIndex = numbering(number);
    if (ifIndex === undefined || taken.has(ifIndex)) continue;
    taken.add(ifIndex);
    ports.set(number, ifIndex);
  }
  return ports;
}

const upOf = (ports: LocalPorts, { interfaces, heardOn }: LocalPortFacts): number =>
  [...heardOn].filter((number) => interfaces.get(ports.get(number) ?? 0)?.isUp === true).length;

/** They share a port, and differ in none. */
function agree(one: LocalPorts, other: LocalPorts): boolean {
  const shared = [...one].filter(([number]) => other.has(number));
  return shared.length > 0 && shared.every(([number, ifIndex]) => other.get(number) === ifIndex);
}

function completed(ports: LocalPorts, more: LocalPorts): LocalPorts {
  const taken = new Set(ports.values());
  const added = [...more].filter(([number, ifIndex]) => !ports.has(number) && !taken.has(ifIndex));
  return new Map([...ports, ...added]);
}
