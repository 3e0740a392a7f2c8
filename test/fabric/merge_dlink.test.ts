/** One real network, from all that was recorded of it and from parts of that. */
import { describe, expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import { readSwitch } from "#src/fabric/read_switch.ts";
import type { SwitchReading } from "#src/fabric/reading.ts";
import { scan } from "./hand_made.ts";
import { hasSnmpRecordings, recordedWalk } from "./snmprec.ts";

const CORE = "00:1e:58:5c:09:00";
const DES = "00:15:e9:3e:15:1a";
const DGS_3420 = "10:62:eb:b0:c6:00";
/** Has one MAC address as a bridge and another one in LLDP. */
const DGS_1510 = ["40:9b:cd:14:bc:c0", "40:9b:cd:db:32:40"];
const DGS_3120 = "84:c9:b2:8e:97:40";
const DGS_1510_P = "18:0f:76:0c:bb:a0";
const DGS_3000 = "0c:b6:d2:f6:31:c0";

const RECORDINGS = [
  { name: "dlink_dgs-3627g", ids: [CORE] },
  { name: "dlink_des-3526", ids: [DES] },
  { name: "dlink_dgs-3420-28tc", ids: [DGS_3420] },
  { name: "dlink_dgs-1510-28x-me", ids: DGS_1510 },
  { name: "dlink_dgs-3120-24tc", ids: [DGS_3120] },
  { name: "dlink_dgs-1510-28xmp-me", ids: [DGS_1510_P] },
  { name: "dlink_dgs-3000-28x", ids: [DGS_3000] },
] as const;

/** By number in the list above, with the port. */
const LINKS = [
  ["0 1/2", "1 1/25"],
  ["0 1/3", "2 1/25"],
  ["0 1/4", "3 1/25"],
  ["0 1/5", "4 1/21"],
  ["0 1/6", "5 1/25"],
  ["3 1/24", "6 1/23"],
].map((ends) => ends.join(" - "));

/** Between switches without reading, and by them of ports of others: they are there, but not among the recordings. */
const numberOf = (id: string): number =>
  RECORDINGS.findIndex(({ ids }) => (ids as readonly string[]).includes(id));

function linksFrom(numbers: readonly number[], readings: readonly SwitchReading[]): readonly string[] {
  const isRead = new Set(numbers);
  const { links } = mergeFabric(scan({ readings: numbers.flatMap((number) => readings[number] ?? []) }));
  return links
    .map(({ ends }) => ends.map((end) => ({ number: numberOf(end.switch), port: end.port })))
    .filter((ends) => ends.every(({ number }) => number >= 0))
    .map((ends) =>
      ends
        .sort((left, right) => left.number - right.number)
        .map(({ number, port }) => `${number} ${isRead.has(number) ? port : "?"}`)
        .join(" - "),
    )
    .sort();
}

/** What can be known: a link of which one end at least was read, where LLDP says so. */
function knowable(numbers: readonly number[]): readonly string[] {
  const isRead = new Set(numbers.map(String));
  const told = LINKS.map((link) => link.split(" - ").map((end) => end.split(" "))).filter(([core, other]) => {
    const both = isRead.has(core?.[0] ?? "") && isRead.has(other?.[0] ?? "");
    if (other?.[0] === "6") return both;
    // It does not speak LLDP towards the core.
    if (other?.[0] === "4") return isRead.has("0");
    return isRead.has(core?.[0] ?? "") || isRead.has(other?.[0] ?? "");
  });
  return told
    .map((ends) =>
      ends.map(([number = "", port]) => `${number} ${isRead.has(number) ? port : "?"}`).join(" - "),
    )
    .sort();
}

const subsets = (size: number): readonly (readonly number[])[] =>
  Array.from({ length: 1 << RECORDINGS.length }, (_, bits) =>
    RECORDINGS.flatMap((__, at) => ((bits >> at) & 1 ? at : [])),
  ).filter((numbers) => numbers.length === size);

describe.skipIf(!hasSnmpRecordings)("a network of seven recorded switches", () => {
  const readings = hasSnmpRecordings ? RECORDINGS.map(({ name }) => readSwitch(recordedWalk(name))) : [];

  test("all seven give the true links, and no other between them", () => {
    expect(linksFrom([0, 1, 2, 3, 4, 5, 6], readings)).toEqual(LINKS);
  });

  test.each([6, 5, 4, 3])("any %i of them give what can be known, and nothing wrong", (size) => {
    for (const numbers of subsets(size))
      expect({ numbers, links: linksFrom(numbers, readings) }).toEqual({ numbers, links: knowable(numbers) });
  });

  test("nothing contradicts itself", () => {
    expect(mergeFabric(scan({ readings })).contradictions).toEqual([]);
  });
});
