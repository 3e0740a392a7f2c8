/** Switches that speak no LLDP, placed by what is in MAC tables. */
import { expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import { kindsOf, linksOf } from "./fabric_text.ts";
import {
  addressOf,
  heard,
  hears,
  hostMac,
  lag,
  learnt,
  port,
  reading,
  scan,
  switchMac,
} from "./hand_made.ts";

test("two switches that have each other's MAC address are linked", () => {
  const readings = [
    reading(1, { learned: learnt(4, switchMac(2)) }),
    reading(2, { learned: learnt(7, switchMac(1)) }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 p4 - s2 p7, inferred"]);
  expect(fabric.links[0]?.evidence).toEqual([
    { source: "macTable", by: switchMac(1) },
    { source: "macTable", by: switchMac(2) },
  ]);
});

test("of three in a row, the first and the last are not linked", () => {
  const readings = [
    reading(1, { learned: learnt(1, switchMac(2), switchMac(3)) }),
    reading(2, { learned: [...learnt(1, switchMac(1)), ...learnt(2, switchMac(3))] }),
    reading(3, { learned: learnt(1, switchMac(1), switchMac(2)) }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toEqual([
    "s1 p1 - s2 p1, inferred",
    "s2 p2 - s3 p1, inferred",
  ]);
});

test("one that learns no MAC address of switches is placed by machines", () => {
  // n1 and n2 on s1, n3 and n4 on s2.
  const readings = [
    reading(1, {
      learned: [...learnt(1, hostMac(1)), ...learnt(2, hostMac(2)), ...learnt(8, hostMac(3), hostMac(4))],
    }),
    reading(2, {
      learned: [...learnt(1, hostMac(3)), ...learnt(2, hostMac(4)), ...learnt(5, hostMac(1), hostMac(2))],
    }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toEqual(["s1 p8 - s2 p5, inferred"]);
});

test("one machine on either side is not enough: either could be the other's", () => {
  const readings = [
    reading(1, { learned: learnt(1, hostMac(1), hostMac(3)) }),
    reading(2, { learned: learnt(1, hostMac(1), hostMac(3)) }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toEqual([]);
});

test("two machines on different ports of both say nothing: either could be on the way", () => {
  const readings = [
    reading(1, { learned: [...learnt(1, hostMac(1)), ...learnt(2, hostMac(2))] }),
    reading(2, { learned: [...learnt(3, hostMac(1)), ...learnt(4, hostMac(2))] }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toEqual([]);
});

test("what hangs on a switch with two cables to it is linked to that switch", () => {
  const readings = [
    reading(1, { neighbours: [hears(1, 9, 1), hears(2, 9, 2)], learned: learnt(1, switchMac(2)) }),
    reading(2, { learned: learnt(4, switchMac(1)) }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toContain("s2 p4 - s9 ?, inferred");
});

test("three that see each other on one port each have a switch in the middle that nobody knows", () => {
  const all = [1, 2, 3];
  const readings = all.map((number) =>
    reading(number, { learned: learnt(4, ...all.filter((other) => other !== number).map(switchMac)) }),
  );
  const fabric = mergeFabric(scan({ readings }));
  const middle = `behind ${switchMac(1)} p4`;
  expect(fabric.switches.filter(({ knowledge }) => knowledge === "inferred").map(({ id }) => id)).toEqual([
    middle,
  ]);
  expect(linksOf(fabric)).toEqual([1, 2, 3].map((number) => `s${number} p4 - ${middle} ?, inferred`));
});

test("machines on the way between two want a switch there, and are on it", () => {
  const between = [hostMac(7), hostMac(8)];
  const readings = [
    reading(1, { learned: learnt(1, switchMac(2), ...between) }),
    reading(2, { learned: learnt(1, switchMac(1), ...between) }),
  ];
  const fabric = mergeFabric(scan({ readings, endpoints: [{ name: "n7", macs: [hostMac(7)] }] }));
  expect(fabric.attachments).toMatchObject([{ endpoint: "n7", at: { switch: `behind ${switchMac(1)} p1` } }]);
  expect(fabric.links).toHaveLength(2);
});

test("one machine on the way may have moved: no switch is made up for it", () => {
  const readings = [
    reading(1, { learned: learnt(1, switchMac(2), hostMac(7)) }),
    reading(2, { learned: learnt(1, switchMac(1), hostMac(7)) }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toEqual(["s1 p1 - s2 p1, inferred"]);
});

test("a silent switch is placed by its MAC address, which ARP knows", () => {
  const readings = [
    reading(1, { learned: learnt(3, switchMac(9)), arp: [{ address: addressOf(9), mac: switchMac(9) }] }),
  ];
  const silent = [{ address: addressOf(9), reason: "noAnswer" as const }];
  const fabric = mergeFabric(scan({ readings, silent }));
  expect(linksOf(fabric)).toEqual(["s1 p3 - 10.0.0.9 ?, inferred"]);
  expect(fabric.attachments).toEqual([]);
});

test("a silent switch is placed by the machines that hear it", () => {
  const readings = [reading(1, { learned: learnt(3, hostMac(1), hostMac(2)) })];
  const frames = [1, 2].map((host) => heard(`n${host}`, { host, number: 9, far: host }));
  const endpoints = [1, 2].map((host) => ({ name: `n${host}`, macs: [hostMac(host)] }));
  const fabric = mergeFabric(scan({ readings, heard: frames, endpoints }));
  expect(linksOf(fabric)).toEqual(["s1 p3 - s9 ?, inferred"]);
  expect(fabric.attachments.map(({ at }) => at)).toEqual([
    { switch: switchMac(9), port: "p1" },
    { switch: switchMac(9), port: "p2" },
  ]);
  expect(fabric.contradictions).toEqual([]);
});

test("a silent switch between two that were read is what links them", () => {
  const silent = [{ address: addressOf(9), reason: "noAnswer" as const }];
  const arp = [{ address: addressOf(9), mac: switchMac(9) }];
  const readings = [
    reading(1, { learned: learnt(1, switchMac(2), switchMac(9)), arp }),
    reading(2, { learned: learnt(1, switchMac(1), switchMac(9)) }),
  ];
  expect(linksOf(mergeFabric(scan({ readings, silent })))).toEqual([
    "s1 p1 - 10.0.0.9 ?, inferred",
    "s2 p1 - 10.0.0.9 ?, inferred",
  ]);
});

test("what hangs on a switch that LLDP tells of is linked to that", () => {
  const readings = [
    reading(1, { neighbours: [hears(1, 9, 1)], learned: learnt(1, switchMac(2)) }),
    reading(2, { learned: learnt(4, switchMac(1)) }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toEqual([
    "s1 p1 - s9 p1, likely",
    "s2 p4 - s9 ?, inferred",
  ]);
});

test("the MAC address of a management port does not say where its switch is", () => {
  const ports = [port(1), port(2), port(9, { name: "mgmt0", mac: switchMac(20) })];
  const readings = [
    reading(1, { learned: [...learnt(4, switchMac(2)), ...learnt(8, switchMac(20))] }),
    reading(2, { ports, ownMacs: [switchMac(2), switchMac(20)], learned: learnt(2, switchMac(1)) }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 p4 - s2 p2, inferred"]);
  expect(fabric.attachments).toEqual([]);
});

test("a switch of another network is not on the way; one of which nobody knows may be", () => {
  const pair = [
    reading(1, { learned: learnt(4, switchMac(2)) }),
    reading(2, { learned: learnt(2, switchMac(1)) }),
  ];
  const third = (...macs: number[]): ReturnType<typeof reading> =>
    reading(3, { learned: learnt(1, ...macs.map(hostMac)) });
  const strange = mergeFabric(scan({ readings: [...pair, third(31, 32, 33, 34, 35)] }));
  expect(linksOf(strange)).toEqual(["s1 p4 - s2 p2, inferred"]);
  expect(linksOf(mergeFabric(scan({ readings: [...pair, third(31)] })))).toEqual([]);
});

test("the port at the far end comes from MAC tables where LLDP does not say it", () => {
  const readings = [
    reading(1, { neighbours: [hears(1, 2, "")] }),
    reading(2, { learned: learnt(6, switchMac(1)) }),
  ];
  expect(linksOf(mergeFabric(scan({ readings })))).toEqual(["s1 p1 - s2 p6, likely"]);
});

test("LLDP on the cables and the table on the aggregate are one link", () => {
  const ports = [port(1), port(2), port(9, { name: "po9", kind: "lag" })];
  const lags = [lag(9, 1, 2)];
  const readings = [
    reading(1, {
      ports,
      lags,
      neighbours: [hears(1, 2, 1), hears(2, 2, 2)],
      learned: learnt(9, switchMac(2)),
    }),
    reading(2, {
      ports,
      lags,
      neighbours: [hears(1, 1, 1), hears(2, 1, 2)],
      learned: learnt(9, switchMac(1)),
    }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 po9 - s2 po9, certain"]);
  expect(fabric.links[0]?.cables).toHaveLength(2);
  expect(fabric.contradictions).toEqual([]);
});

test("an aggregate that one side alone tells of is one link with its cables", () => {
  const ports = [port(1), port(2), port(9, { name: "po9", kind: "lag" })];
  const readings = [
    reading(1, { ports, lags: [lag(9, 1, 2)], neighbours: [hears(1, 2, 5), hears(2, 2, 6)] }),
  ];
  const { links, contradictions } = mergeFabric(scan({ readings }));
  expect(links).toMatchObject([
    {
      ends: [{ port: "po9" }, { switch: switchMac(2) }],
      cables: [
        [{ port: "p1" }, { port: "p5" }],
        [{ port: "p2" }, { port: "p6" }],
      ],
    },
  ]);
  expect(links[0]?.speedMbit).toBe(2000);
  expect(contradictions).toEqual([]);
});

test("ports towards switches are none of machines, even of switches whose place is not known", () => {
  // s2 says nothing of s1, and what is in between is not known.
  const readings = [
    reading(1, { learned: learnt(4, switchMac(2), hostMac(1)) }),
    reading(2, { learned: learnt(2, hostMac(1)) }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(fabric.attachments).toMatchObject([{ mac: hostMac(1), at: { switch: switchMac(2), port: "p2" } }]);
  expect(kindsOf(fabric)).toEqual([]);
});
