/** The ports of one switch, to be found by what its neighbours call them. Pure. */
import { macOfId } from "./merge_names.ts";
import type { SwitchNeighbour, SwitchPort, SwitchReading } from "./reading.ts";

/** A word that names two ports names none. */
type Named = Map<string, SwitchPort | undefined>;

export type PortBook = {
  readonly byIfIndex: ReadonlyMap<number, SwitchPort>;
  readonly byName: ReadonlyMap<string, SwitchPort>;
  readonly byMac: ReadonlyMap<string, SwitchPort | undefined>;
  readonly byAlias: ReadonlyMap<string, SwitchPort | undefined>;
  /** Name of the aggregate by name of its member. */
  readonly aggregateOf: ReadonlyMap<string, string>;
  /** Names of the members by name of the aggregate, in their order. */
  readonly membersOf: ReadonlyMap<string, readonly string[]>;
};

export function portBook(reading: SwitchReading): PortBook {
  const byIfIndex = new Map(reading.ports.map((port) => [port.ifIndex, port]));
  const byMac: Named = new Map();
  const byAlias: Named = new Map();
  for (const port of reading.ports) {
    if (port.mac && port.kind === "ethernet") name(byMac, port.mac, port);
    for (const alias of new Set(port.aliases)) if (alias !== "") name(byAlias, alias, port);
  }
  const { aggregateOf, membersOf } = aggregates(reading, byIfIndex);
  return {
    byIfIndex,
    byName: new Map(reading.ports.map((port) => [port.name, port])),
    byMac,
    byAlias,
    aggregateOf,
    membersOf,
  };
}

const name = (named: Named, word: string, port: SwitchPort): unknown =>
  named.set(word, named.has(word) && named.get(word) !== port ? undefined : port);

function aggregates(
  reading: SwitchReading,
  byIfIndex: ReadonlyMap<number, SwitchPort>,
): Pick<PortBook, "aggregateOf" | "membersOf"> {
  const aggregateOf = new Map<string, string>();
  const membersOf = new Map<string, string[]>();
  for (const lag of [...reading.lags].sort((left, right) => left.ifIndex - right.ifIndex)) {
    const aggregate = byIfIndex.get(lag.ifIndex)?.name;
    if (aggregate === undefined || membersOf.has(aggregate)) continue;
    const members: string[] = [];
    for (const ifIndex of [...lag.members].sort((left, right) => left - right)) {
      const member = byIfIndex.get(ifIndex)?.name;
      if (member === undefined || member === aggregate || aggregateOf.has(member)) continue;
      aggregateOf.set(member, aggregate);
      members.push(member);
    }
    membersOf.set(aggregate, members);
  }
  return { aggregateOf, membersOf };
}

/**
 * The port that a neighbour means. Its words are tried from the surest to the weakest: the id as a MAC address or as
 * text, the description, and the id as a number. Some switches give the same id to all ports (the MAC address of the
 * chassis), or an empty one: then the description decides, or nothing does.
 */
export function findPort(
  book: PortBook,
  { portId, portDescription }: Pick<SwitchNeighbour, "portId" | "portDescription">,
): SwitchPort | undefined {
  const mac = macOfId(portId);
  return (
    (mac && (book.byAlias.get(mac) ?? book.byMac.get(mac))) ??
    byWord(book, portId.text) ??
    byWord(book, portDescription) ??
    byNumber(book, portId.text) ??
    byTrailingNumber(book, portDescription)
  );
}

const byWord = (book: PortBook, word: string): SwitchPort | undefined =>
  word === "" ? undefined : (book.byName.get(word) ?? book.byAlias.get(word));

/** LLDP ids that are numbers are the ifIndex with some makers (Juniper), the number of the port with others. */
function byNumber(book: PortBook, text: string): SwitchPort | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  return book.byIfIndex.get(Number(text)) ?? byWord(book, `port ${text}`) ?? byWord(book, `Port ${text}`);
}

/** `Port 25 on Unit 1`, where the port is not named so: only when the number is a whole name. */
function byTrailingNumber(book: PortBook, description: string): SwitchPort | undefined {
  const number = /\bport (\d{1,4})$/i.exec(description)?.[1];
  return number === undefined ? undefined : (byWord(book, number) ?? byWord(book, `port ${number}`));
}

/** The aggregate that a port belongs to, else the port. */
export const wholePort = (book: PortBook | undefined, port: string): string =>
  book?.aggregateOf.get(port) ?? port;

/** Ports for the people who run a switch, as Dell, Cisco, Arista, Juniper, Huawei and HP call them. */
const MANAGEMENT = /^(?:management(?:ethernet)?|mgmt|meth|oobm?|fxp|vme|me|em)[ ]?[0-9]|^oobm?$/i;

/** They bridge nothing: a cable there closes no ring, and says nothing about the way of frames. */
export const isManagement = ({ port }: { readonly port?: string | undefined }): boolean =>
  port !== undefined && MANAGEMENT.test(port);
