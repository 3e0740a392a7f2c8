/** Switches in the making to switches with number, id and ports. Pure. */
import { parseMac } from "#src/value/mac.ts";
import type { Known } from "./merge_model.ts";
import { macOfId } from "./merge_names.ts";
import { findPort, portBook } from "./merge_ports.ts";
import type { ReadingGroup } from "./merge_readings.ts";
import type { Draft } from "./merge_switches.ts";
import type { SwitchNeighbour } from "./reading.ts";

/** Where in the list of switches something is. */
export class Place {
  readonly #numbers: ReadonlyMap<Draft, number>;
  readonly #switches: readonly Known[];

  constructor(numbers: ReadonlyMap<Draft, number>, switches: readonly Known[]) {
    this.#numbers = numbers;
    this.#switches = switches;
  }

  of(draft: Draft): number {
    const number = this.#numbers.get(draft);
    if (number === undefined) throw new Error("A switch in the making is not among the switches");
    return number;
  }

  ofGroup(group: ReadingGroup): number {
    for (const [draft, number] of this.#numbers) if (draft.group === group) return number;
    throw new Error("A reading is not among the switches");
  }

  nearPort(draft: Draft, { ifIndex }: SwitchNeighbour): string | undefined {
    const book = this.#switches[this.of(draft)]?.book;
    return ifIndex === undefined ? undefined : book?.byIfIndex.get(ifIndex)?.name;
  }

  /** Of a switch that nobody has read, what its neighbours call the port. */
  farPort(draft: Draft, neighbour: SwitchNeighbour): string | undefined {
    const book = this.#switches[this.of(draft)]?.book;
    return book ? findPort(book, neighbour)?.name : strangePort(neighbour);
  }
}

/**
 * An id that is a MAC address says less to people than the description, and with some makers is the same on all ports.
 */
function strangePort({ portId, portDescription }: SwitchNeighbour): string | undefined {
  if (portId.text !== "" && !macOfId(portId)) return portId.text;
  return portDescription || undefined;
}

export function knownSwitches(drafts: readonly Draft[]): {
  readonly switches: readonly Known[];
  readonly place: Place;
} {
  const named = drafts.map((draft) => ({ draft, id: idOf(draft) })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const switches = named.map(({ draft, id }, index): Known => knownOf(draft, id, index));
  const numbers = new Map(named.map(({ draft }, index) => [draft, index]));
  return { switches, place: new Place(numbers, switches) };
}

/**
 * The chassis id. Some say it to their neighbours only; of those that nobody speaks of, the smallest MAC address.
 */
function idOf({ group, keys }: Draft): string {
  const ids = [...keys].sort();
  const chassis = ids.find((id) => parseMac(id));
  if (!group) return chassis ?? ids[0] ?? "";
  const { chassisId } = group.readings[0];
  return chassisId === undefined && chassis !== undefined ? chassis : group.key;
}

function knownOf({ group, silent, mentions }: Draft, id: string, index: number): Known {
  const reading = group?.readings[0];
  const names = mentions.map(({ systemName }) => systemName).filter((name) => name !== "");
  const addresses = [
    ...(reading?.address ? [reading.address] : []),
    ...(silent ? [silent.address] : []),
    ...(reading?.ownAddresses ?? mentions.flatMap(({ addresses }) => addresses)),
  ];
  return {
    index,
    id,
    name: reading?.system.name || names.sort()[0] || id,
    reading,
    book: reading && portBook(reading),
    silent,
    mentions,
    addresses: [...new Set(addresses)],
  };
}
