/** Switches as the graph has them. Pure. */
import { naturalOrder } from "#src/value/natural_order.ts";
import type { FabricPort, FabricSwitch } from "./graph.ts";
import type { End, Known } from "./merge_model.ts";
import { macOfId } from "./merge_names.ts";
import type { SwitchPort } from "./reading.ts";

/** @param spokenOf ends of links and cables, and ports of machines: all that is known of a switch that was not read */
export function renderSwitches(
  switches: readonly Known[],
  spokenOf: readonly End[],
): readonly FabricSwitch[] {
  const named = Map.groupBy(spokenOf, ({ at }) => at);
  return switches
    .map((one) => renderSwitch(one, named.get(one.index) ?? []))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
}

function renderSwitch(known: Known, ends: readonly End[]): FabricSwitch {
  const { id, name, reading, addresses, mentions } = known;
  const macs = reading?.ownMacs ?? mentions.flatMap(({ chassisId }) => macOfId(chassisId) ?? []);
  const descriptions = mentions.map(({ systemDescription }) => systemDescription).sort();
  return {
    id,
    name,
    description: reading?.system.description || (descriptions.at(-1) ?? ""),
    addresses: addresses.toSorted(),
    macs: [...new Set(macs)].sort(),
    members: reading?.members ?? [],
    ports: reading ? shownPorts(known, reading.ports) : seenPorts(ends),
    knowledge: knowledgeOf(known),
  };
}

function knowledgeOf({ reading, silent, isInferred }: Known): FabricSwitch["knowledge"] {
  if (isInferred) return "inferred";
  if (reading) return reading.gaps.length > 0 ? "partial" : "read";
  return silent ? "silent" : "seen";
}

/** Those that a cable fits in, and their aggregates. */
const shownPorts = (known: Known, ports: readonly SwitchPort[]): readonly FabricPort[] =>
  ports
    .filter(({ kind }) => kind === "ethernet" || kind === "lag")
    .sort((left, right) => left.ifIndex - right.ifIndex)
    .map((port) => renderPort(known, port));

function renderPort({ book }: Known, port: SwitchPort): FabricPort {
  const { name, isUp, speedMbit, duplex, member, inErrors, inDiscards, inPackets } = port;
  const counters = { inErrors, inDiscards, inPackets };
  return stored({ name, isUp, speedMbit, duplex, lag: book?.aggregateOf.get(name), member, ...counters });
}

function seenPorts(ends: readonly End[]): readonly FabricPort[] {
  const names = new Set(ends.flatMap(({ port }) => port ?? []));
  return [...names].sort(naturalOrder).map((name) => ({ name }));
}

/** Without the members that say nothing, as JSON would give it back. */
export const stored = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
