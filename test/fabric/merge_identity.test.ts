/** One switch, whoever speaks of it and however. */
import { expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import type { SwitchNeighbour } from "#src/fabric/reading.ts";
import { kindsOf, linksOf } from "./fabric_text.ts";
import {
  addressOf,
  heard,
  hears,
  hostMac,
  macPort,
  port,
  reading,
  scan,
  switchMac,
  textChassis,
} from "./hand_made.ts";

const s2 = reading(2, { ownMacs: [switchMac(2), switchMac(20)], ports: [port(3, { mac: switchMac(20) })] });

test.each<{ what: string; said: Partial<SwitchNeighbour> }>([
  { what: "its chassis id", said: {} },
  { what: "its MAC address as text", said: { chassisId: textChassis(switchMac(2).toUpperCase()) } },
  { what: "the same with blanks", said: { chassisId: textChassis(switchMac(2).replaceAll(":", " ")) } },
  {
    what: "the MAC address of a port",
    said: { chassisId: textChassis("whatever"), portId: macPort(switchMac(20)) },
  },
  { what: "its address", said: { chassisId: textChassis("whatever"), addresses: [addressOf(2)] } },
  {
    what: "its name, over CDP",
    said: { protocol: "cdp", chassisId: textChassis("s2.example.net"), systemName: "", addresses: [] },
  },
])("known by $what", ({ said }) => {
  const readings = [reading(1, { neighbours: [hears(1, 2, 3, said)] }), s2];
  const fabric = mergeFabric(scan({ readings }));
  expect(fabric.switches.map(({ name }) => name)).toEqual(["s1", "s2"]);
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, likely"]);
});

test("the same name alone does not make one of two: they come with it from the factory", () => {
  const readings = [reading(1, { neighbours: [hears(1, 9, 1, { systemName: "s2" })] }), s2];
  expect(mergeFabric(scan({ readings })).switches).toHaveLength(3);
});

test("an address that two have from the factory does not make them one", () => {
  const other = hears(1, 9, 1, { systemName: "s9", addresses: [addressOf(2)] });
  expect(mergeFabric(scan({ readings: [reading(1, { neighbours: [other] }), s2] })).switches).toHaveLength(3);
});

test("one that was read at two addresses is one: the newer reading counts", () => {
  const readings = [
    reading(1, { address: addressOf(1), takenAtMs: 1000, neighbours: [hears(1, 2, 3)] }),
    reading(1, { address: addressOf(101), takenAtMs: 2000 }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(fabric.switches).toHaveLength(1);
  expect(fabric).toMatchObject({ takenAtMs: 2000, links: [] });
});

test("a stack is one switch with its boxes", () => {
  const members = [1, 2].map((number) => ({ number, model: "M", serial: `S${number}` }));
  const readings = [reading(1, { members, neighbours: [hears(1, 2, 3), hears(5, 3, 3)] }), s2];
  const fabric = mergeFabric(scan({ readings }));
  expect(fabric.switches[0]).toMatchObject({ name: "s1", members });
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, likely", "s1 p5 - s3 p3, likely"]);
});

test("two with one chassis id are two when their serial numbers are, and that is said", () => {
  const box = (serial: string, last: number): ReturnType<typeof reading> =>
    reading(1, { address: addressOf(last), ownAddresses: [], members: [{ number: 1, model: "M", serial }] });
  const fabric = mergeFabric(scan({ readings: [box("A", 1), box("B", 2)] }));
  expect(fabric.switches.map(({ id }) => id)).toEqual([switchMac(1), `${switchMac(1)} at 10.0.0.2`]);
  expect(kindsOf(fabric)).toEqual(["sameIdentity"]);
});

test("a pair that shares one MAC address is two", () => {
  const readings = [11, 12].map((own) =>
    reading(own, { ownMacs: [switchMac(own), switchMac(own + 10), switchMac(own + 20), switchMac(99)] }),
  );
  expect(mergeFabric(scan({ readings })).switches).toHaveLength(2);
});

test("one that answered at another address is not silent", () => {
  const silent = [{ address: addressOf(1), reason: "noAnswer" as const }];
  const fabric = mergeFabric(scan({ readings: [reading(1)], silent }));
  expect(fabric.switches.map(({ knowledge }) => knowledge)).toEqual(["read"]);
});

test("a reading with gaps is partial", () => {
  const gaps = [{ table: "lldpRemTable", reason: "deadline" as const }];
  expect(mergeFabric(scan({ readings: [reading(1, { gaps })] })).switches[0]?.knowledge).toBe("partial");
});

test("what nodes and switches hear of a silent one is of one", () => {
  const silent = [{ address: addressOf(9), reason: "noAnswer" as const }];
  const readings = [reading(1, { neighbours: [hears(1, 9, 1)] })];
  const frames = [heard("n1", { host: 1, number: 9, far: 4 })];
  const endpoints = [{ name: "n1", macs: [hostMac(1)] }];
  const fabric = mergeFabric(scan({ readings, silent, heard: frames, endpoints }));
  expect(fabric.switches.map(({ name, knowledge }) => [name, knowledge])).toEqual([
    ["s1", "read"],
    ["s9", "silent"],
  ]);
  expect(fabric.switches[1]?.ports.map(({ name }) => name)).toEqual(["p1", "p4"]);
});

test("the id of a switch is the same whether it was read or only seen", () => {
  const readings = [reading(1, { neighbours: [hears(1, 2, 3)] }), s2];
  const [both, alone] = [readings, readings.slice(0, 1)].map((some) => mergeFabric(scan({ readings: some })));
  expect(both?.switches.map(({ id }) => id)).toEqual(alone?.switches.map(({ id }) => id));
});
