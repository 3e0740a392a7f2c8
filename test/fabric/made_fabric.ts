/** Fabrics written by hand for tests: switches by name, links and places as people write them. */
import fc from "fast-check";
import type { Attachment, Confidence, Fabric, FabricLink, FabricPort, PortRef } from "#src/fabric/graph.ts";
import type { Mac } from "#src/value/mac.ts";

export type MadeLink = {
  readonly ends: string;
  readonly speedMbit?: number | undefined;
  readonly confidence?: Confidence;
  /** `a/1 - b/1` each */
  readonly cables?: readonly string[];
};

export type MadeFabric = {
  readonly links?: readonly MadeLink[];
  /** `name: switch/port`, or with a speed. */
  readonly at?: Readonly<Record<string, string | readonly [place: string, speedMbit: number]>>;
  /** Ports of which more is known, by `switch/port`. */
  readonly ports?: Readonly<Record<string, Partial<FabricPort>>>;
  /** Switches that nothing else names. */
  readonly switches?: readonly string[];
};

export const portRef = (text: string): PortRef => {
  const [id = "", ...port] = text.split("/");
  return port.length === 0 ? { switch: id } : { switch: id, port: port.join("/") };
};

export const madeMac = (number: number): Mac =>
  `02:00:00:${[16, 8, 0].map((bits) => ((number >> bits) & 0xff).toString(16).padStart(2, "0")).join(":")}` as Mac;

/** Ids of switches are their names; every port that is named exists and is up. */
export function madeFabric({ links = [], at = {}, ports = {}, switches = [] }: MadeFabric): Fabric {
  const made = links.map(madeLink);
  const attachments = Object.entries(at).map(([endpoint, place], number): Attachment => {
    const [where, speedMbit] = typeof place === "string" ? [place, undefined] : place;
    const known = { endpoint, mac: madeMac(number + 1), at: portRef(where), speedMbit };
    return { ...known, confidence: "certain", evidence: [] };
  });
  const refs: readonly PortRef[] = [
    ...made.flatMap(({ ends, cables }) => [...ends, ...cables.flat()]),
    ...attachments.map((one) => one.at),
    ...Object.keys(ports).map(portRef),
    ...switches.map((id) => ({ switch: id })),
  ];
  const bySwitch = Map.groupBy(refs, ({ switch: id }) => id);
  return {
    takenAtMs: 1_700_000_000_000,
    switches: [...bySwitch].map(([id, own]) => ({
      ...{ id, name: id, description: "", addresses: [], macs: [], members: [], knowledge: "read" },
      ports: [...new Set(own.flatMap(({ port }) => port ?? []))].map((name) => ({
        ...{ name, isUp: true },
        ...ports[`${id}/${name}`],
      })),
    })),
    links: made,
    attachments,
    contradictions: [],
  };
}

function madeLink({ ends, speedMbit, confidence = "certain", cables = [] }: MadeLink): FabricLink {
  return { ends: pair(ends), cables: cables.map(pair), speedMbit, confidence, evidence: [] };
}

function pair(text: string): readonly [PortRef, PortRef] {
  const [left = "", right = ""] = text.split(" - ");
  return [portRef(left), portRef(right)];
}

/** What a stranger may call itself: control characters, marks of direction, letters of all kinds. */
export const anyName: fc.Arbitrary<string> = fc.string({
  unit: fc.integer({ min: 0, max: 0x2fff }).map((point) => String.fromCodePoint(point)),
});
