/** Ports as the rest of the program knows them: each with a name that no other has. Pure. */
import type { Chassis } from "./read_entity.ts";
import type { Interface, Interfaces } from "./read_interfaces.ts";
import type { OwnPort } from "./read_lldp_ports.ts";
import type { Lag, SwitchPort } from "./reading.ts";

export type PortFacts = {
  readonly interfaces: Interfaces;
  readonly ownPorts: ReadonlyMap<number, OwnPort>;
  readonly memberOf: Chassis["memberOf"];
  readonly lags: readonly Lag[];
};

export function portsOf(facts: PortFacts): readonly SwitchPort[] {
  const names = namesOf(facts.interfaces);
  const aliases = aliasesOf(facts, names);
  const aggregates = new Set(facts.lags.map(({ ifIndex }) => ifIndex));
  return [...facts.interfaces.values()].map((one) => {
    const member = facts.memberOf.get(one.ifIndex);
    return {
      ifIndex: one.ifIndex,
      name: names.get(one.ifIndex) ?? `port ${one.ifIndex}`,
      aliases: aliases.get(one.ifIndex) ?? [],
      kind: aggregates.has(one.ifIndex) ? "lag" : one.kind,
      isUp: one.isUp,
      ...(one.mac === undefined ? {} : { mac: one.mac }),
      ...(one.speedMbit === undefined ? {} : { speedMbit: one.speedMbit }),
      ...(one.duplex === undefined ? {} : { duplex: one.duplex }),
      ...(member === undefined ? {} : { member }),
      ...countersOf(one),
    };
  });
}

const countersOf = ({ inErrors, inDiscards, inPackets }: Interface): Partial<SwitchPort> => ({
  ...(inErrors === undefined ? {} : { inErrors }),
  ...(inDiscards === undefined ? {} : { inDiscards }),
  ...(inPackets === undefined ? {} : { inPackets }),
});

const plainName = ({ ifIndex, ifName, description }: Interface): string =>
  ifName || description || `port ${ifIndex}`;

/** A name that several ports have is followed by the ifIndex. */
function namesOf(interfaces: Interfaces): ReadonlyMap<number, string> {
  const counts = new Map<string, number>();
  for (const one of interfaces.values()) counts.set(plainName(one), (counts.get(plainName(one)) ?? 0) + 1);
  const names = new Map<number, string>();
  const taken = new Set([...counts].filter(([, count]) => count === 1).map(([name]) => name));
  for (const one of interfaces.values()) {
    let name = plainName(one);
    if (counts.get(name) !== 1) {
      name = `${name}#${one.ifIndex}`;
      while (taken.has(name)) name = `${name}#`;
      taken.add(name);
    }
    names.set(one.ifIndex, name);
  }
  return names;
}

/** What would find several ports finds none. */
function aliasesOf(
  { interfaces, ownPorts }: PortFacts,
  names: ReadonlyMap<number, string>,
): ReadonlyMap<number, readonly string[]> {
  const owners = new Map<string, number | "several">();
  const own = (text: string, ifIndex: number): void => {
    const before = owners.get(text);
    owners.set(text, before === undefined || before === ifIndex ? ifIndex : "several");
  };
  for (const [ifIndex, name] of names) own(name, ifIndex);
  const all = [...interfaces.values()].map((one) => {
    const lldp = ownPorts.get(one.ifIndex);
    const texts = [one.ifName, one.description, one.alias, lldp?.id.text ?? "", lldp?.description ?? ""];
    return { ifIndex: one.ifIndex, texts: new Set(texts.filter((text) => text !== "")) };
  });
  for (const { ifIndex, texts } of all) for (const text of texts) own(text, ifIndex);
  return new Map(
    all.map(({ ifIndex, texts }) => [
      ifIndex,
      [...texts].filter((text) => owners.get(text) === ifIndex && text !== names.get(ifIndex)),
    ]),
  );
}
