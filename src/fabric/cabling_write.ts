/** Writes what is seen as a cabling file, so that nobody has to type it. Pure. */
import { stringify } from "yaml";
import { inertLine } from "#src/value/inert_line.ts";
import { readPlace, splitSpeed } from "./cabling_words.ts";
import type { Attachment, Fabric, FabricLink, PortRef } from "./graph.ts";
import { cableMbit } from "./port_health.ts";
import { indexPorts, linkKey, type PortIndex, portKey, stableOrder } from "./port_index.ts";

export type ExpectedFromOptions = {
  /** Only these; without it all machines that have a name, the appliance too. */
  readonly nodes?: readonly string[] | undefined;
};

const HEAD = [
  "# The cabling as it is. Correct what should be otherwise, then check against it.",
  "# NODE: SWITCH/PORT SPEED; links: SWITCH/PORT - SWITCH/PORT SPEED. A speed may be left out.",
];

/**
 * The file that describes a fabric as it is: what {@link readCabling} reads, and what a check finds nothing against.
 * Links and places of which a port is not known are left out, and so are links that only MAC tables hint at.
 */
export function expectedFrom(fabric: Fabric, { nodes }: ExpectedFromOptions = {}): string {
  const index = indexPorts(fabric);
  const nameOf = uniqueNames(fabric);
  const wanted = nodes && new Set(nodes);
  const seen = fabric.attachments.filter(
    ({ endpoint, at }) => endpoint !== undefined && at.port !== undefined && (wanted?.has(endpoint) ?? true),
  );
  const places = Object.fromEntries(
    [...Map.groupBy(seen, ({ endpoint = "" }) => endpoint)]
      .sort(([left], [right]) => stableOrder(left, right))
      .map(([node, own]) => [node, placesOf(own, index, nameOf)]),
  );
  const links = fabric.links
    .filter((link) => link.confidence !== "inferred")
    .toSorted((left, right) => stableOrder(linkKey(left), linkKey(right)))
    .flatMap((link) => cablesIn(link, index, nameOf));
  return `${HEAD.join("\n")}\n${stringify({ nodes: places, links }, { lineWidth: 0 })}`;
}

type NameOf = (id: string) => string;

/** Names that two switches have say nothing: then their ids. */
function uniqueNames({ switches }: Fabric): NameOf {
  const counts = Map.groupBy(switches, ({ name }) => name.toLowerCase());
  const names = new Map(
    switches.map(({ id, name }) => [
      id,
      name !== "" && counts.get(name.toLowerCase())?.length === 1 ? name : id,
    ]),
  );
  return (id) => names.get(id) ?? id;
}

function placesOf(own: readonly Attachment[], index: PortIndex, nameOf: NameOf): unknown {
  const byPort = new Map(own.map((one) => [portKey(one.at), one]));
  const written = [...byPort.values()]
    .sort((left, right) => stableOrder(portKey(left.at), portKey(right.at)))
    .map(({ at, speedMbit }) => writePlace(at, speedMbit ?? index.portAt(at)?.speedMbit, nameOf));
  return written.length === 1 ? written[0] : written;
}

/** One text where that reads back as the same, else a mapping. */
function writePlace(at: PortRef, speedMbit: number | undefined, nameOf: NameOf): unknown {
  const port = inertLine(at.port ?? "");
  const id = inertLine(nameOf(at.switch));
  const speed = writeSpeed(speedMbit);
  const text = `${id}/${port}${speed === undefined ? "" : ` ${speed}`}`;
  const read = readPlace(text);
  const isSame = "value" in read && read.value.at.switch === id && read.value.at.port === port;
  return isSame ? text : { switch: id, port, ...(speed === undefined ? {} : { speed }) };
}

function cablesIn(link: FabricLink, index: PortIndex, nameOf: NameOf): readonly unknown[] {
  const cables = link.cables.length > 0 ? link.cables : [link.ends];
  return cables
    .filter((ends) => ends.every(({ port }) => port !== undefined))
    .map((ends) => {
      const speed = writeSpeed(cableMbit(index, link));
      const [left, right] = ends.map((end) => writePlace(end, undefined, nameOf));
      const text = `${left} - ${right}${speed === undefined ? "" : ` ${speed}`}`;
      return isPlain(left) && isPlain(right)
        ? text
        : { ends: [left, right], ...(speed === undefined ? {} : { speed }) };
    });
}

/** Whether it can stand in one text with another one. */
const isPlain = (place: unknown): place is string =>
  typeof place === "string" &&
  !/\s(?:-+>?|<-+>|—|–)\s/.test(` ${place} `) &&
  splitSpeed(place).speedMbit === undefined;

/** Only what reads back as the same. */
function writeSpeed(mbit: number | undefined): string | undefined {
  if (mbit === undefined || mbit <= 0 || !Number.isInteger(mbit)) return undefined;
  return mbit % 1000 === 0 && mbit < 1e6 ? `${mbit / 1000}G` : mbit < 1e6 ? `${mbit}M` : undefined;
}
