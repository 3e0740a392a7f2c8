/** What cannot all be true is kept: what was believed is in the graph, and a sentence says what was not. */
import { expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import { kindsOf, linksOf } from "./fabric_text.ts";
import {
  heard,
  hears,
  hostMac,
  lag,
  learnt,
  port,
  reading,
  scan,
  switchMac,
  textChassis,
} from "./hand_made.ts";

test("each side is believed on its own port, not on that of the other", () => {
  const readings = [
    reading(1, { neighbours: [hears(1, 2, 3)] }),
    reading(2, { neighbours: [hears(3, 1, 8)] }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, certain"]);
  expect(fabric.contradictions).toMatchObject([
    {
      kind: "endsDisagree",
      at: [
        { switch: switchMac(1), port: "p1" },
        { switch: switchMac(2), port: "p3" },
      ],
    },
  ]);
  expect(fabric.contradictions[0]?.text).toContain('"s2" port "p3" says that it is linked to "s1" port "p8"');
});

test("a port on which its switch hears somebody else is not believed", () => {
  const readings = [
    reading(1, { neighbours: [hears(1, 2, 3)] }),
    reading(2, { neighbours: [hears(3, 4, 1)] }),
    reading(4, { neighbours: [hears(1, 2, 3)] }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 ?, likely", "s2 p3 - s4 p1, certain"]);
  expect(kindsOf(fabric)).toEqual(["endsDisagree"]);
});

test("CDP that came through a switch which speaks LLDP is not believed", () => {
  const far = hears(1, 4, 1, {
    protocol: "cdp",
    chassisId: textChassis("s4"),
    systemName: "",
    addresses: [],
  });
  const fabric = mergeFabric(scan({ readings: [reading(1, { neighbours: [hears(1, 2, 3), far] })] }));
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, likely"]);
  expect(kindsOf(fabric)).toEqual(["twoNeighbours"]);
});

test("two neighbours on one port are both shown", () => {
  const readings = [reading(1, { neighbours: [hears(1, 2, 3), hears(1, 4, 3)] })];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, likely", "s1 p1 - s4 p3, likely"]);
  expect(kindsOf(fabric)).toEqual(["twoNeighbours"]);
});

test("three that hear each other on one port each are plugged into one that passes LLDP on", () => {
  const all = [1, 2, 3];
  const readings = all.map((number) =>
    reading(number, {
      neighbours: all.filter((other) => other !== number).map((other) => hears(4, other, 4)),
    }),
  );
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(all.map((number) => `s${number} p4 - behind ${switchMac(1)} p4 ?, likely`));
  expect(fabric.contradictions).toEqual([]);
});

test("a switch that hears itself has two ports joined", () => {
  const readings = [reading(1, { neighbours: [hears(1, 1, 2), hears(2, 1, 1)] })];
  const fabric = mergeFabric(scan({ readings }));
  expect(fabric.links).toEqual([]);
  expect(kindsOf(fabric)).toEqual(["ring", "ring"]);
});

test("a ring of three is a tree and a link that closes it; all are shown", () => {
  const readings = [
    reading(1, { neighbours: [hears(1, 2, 1), hears(2, 3, 1)] }),
    reading(2, { neighbours: [hears(1, 1, 1), hears(2, 3, 2)] }),
    reading(3, { neighbours: [hears(1, 1, 2), hears(2, 2, 2)] }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(fabric.links).toHaveLength(3);
  expect(fabric.contradictions).toMatchObject([
    { kind: "ring", at: [{ switch: switchMac(2) }, { switch: switchMac(3) }] },
  ]);
});

test("in a ring, tables go the way that is not blocked, and machines are at their ports", () => {
  // s2 p2 - s3 p2 is blocked.
  const readings = [
    reading(1, {
      neighbours: [hears(1, 2, 1), hears(2, 3, 1)],
      learned: [...learnt(1, switchMac(2), hostMac(2)), ...learnt(2, switchMac(3), hostMac(3))],
    }),
    reading(2, {
      neighbours: [hears(1, 1, 1), hears(2, 3, 2)],
      learned: [...learnt(1, switchMac(1), switchMac(3), hostMac(3)), ...learnt(5, hostMac(2))],
    }),
    reading(3, {
      neighbours: [hears(1, 1, 2), hears(2, 2, 2)],
      learned: [...learnt(1, switchMac(1), switchMac(2), hostMac(2)), ...learnt(5, hostMac(3))],
    }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(fabric.links).toHaveLength(3);
  expect(kindsOf(fabric)).toEqual(["ring"]);
  expect(fabric.attachments.map(({ at }) => at)).toEqual([
    { switch: switchMac(2), port: "p5" },
    { switch: switchMac(3), port: "p5" },
  ]);
});

test("an aggregate to a pair of switches that are linked is no ring", () => {
  const ports = [port(1), port(2), port(9, { name: "po9", kind: "lag" })];
  const readings = [
    reading(1, { ports, lags: [lag(9, 1, 2)], neighbours: [hears(1, 2, 1), hears(2, 3, 1)] }),
    reading(2, { neighbours: [hears(1, 1, 1), hears(8, 3, 8)] }),
    reading(3, { neighbours: [hears(1, 1, 2), hears(8, 2, 8)] }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual([
    "s1 po9 - s2 p1, certain",
    "s1 po9 - s3 p1, certain",
    "s2 p8 - s3 p8, certain",
  ]);
  expect(fabric.contradictions).toEqual([]);
});

test("LLDP is believed before the MAC table", () => {
  const readings = [
    reading(1, { neighbours: [hears(1, 2, 3)], learned: learnt(5, switchMac(2)) }),
    reading(2, { neighbours: [hears(3, 1, 1)] }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, certain"]);
  expect(fabric.contradictions).toMatchObject([
    { kind: "macTableDisagrees", at: [{ port: "p1" }, { port: "p5" }, { switch: switchMac(2) }] },
  ]);
});

test("machines that both ends of a link have on it are said", () => {
  const both = [hostMac(7), hostMac(8)];
  const readings = [
    reading(1, { neighbours: [hears(1, 2, 3)], learned: learnt(1, ...both) }),
    reading(2, { neighbours: [hears(3, 1, 1)], learned: learnt(3, ...both) }),
  ];
  const fabric = mergeFabric(scan({ readings }));
  expect(linksOf(fabric)).toEqual(["s1 p1 - s2 p3, certain"]);
  expect(kindsOf(fabric)).toEqual(["macTableDisagrees"]);
});

test("a machine is where LLDP says, and the other port is said", () => {
  const readings = [reading(1, { learned: learnt(6, hostMac(1)) })];
  const frames = [heard("n1", { host: 1, number: 1, far: 2 })];
  const endpoints = [{ name: "n1", macs: [hostMac(1)] }];
  const fabric = mergeFabric(scan({ readings, heard: frames, endpoints }));
  expect(fabric.attachments).toMatchObject([{ endpoint: "n1", at: { port: "p2" }, confidence: "likely" }]);
  expect(fabric.contradictions).toMatchObject([
    { kind: "macOnTwoPorts", mac: hostMac(1), at: [{ port: "p2" }, { port: "p6" }] },
  ]);
});

test("a port that may lead to the other switch is no second place of a machine", () => {
  const readings = [
    reading(1, { learned: learnt(1, hostMac(1)) }),
    reading(2, { learned: learnt(5, hostMac(1)) }),
  ];
  expect(kindsOf(mergeFabric(scan({ readings })))).toEqual([]);
});

test("a machine on an aggregate of two switches that act as one is on both", () => {
  const pair = ([one, other]: readonly [number, number]) =>
    reading(one, {
      ports: [...[1, 5, 6].map((number) => port(number)), port(9, { kind: "lag" })],
      lags: [lag(9, 5)],
      neighbours: [hears(1, other, 1)],
      learned: [...learnt(9, hostMac(1)), ...learnt(6, hostMac(2))],
    });
  const fabric = mergeFabric(scan({ readings: [pair([1, 2]), pair([2, 1])] }));
  expect(fabric.contradictions).toMatchObject([{ kind: "macOnTwoPorts", mac: hostMac(2) }]);
});

test("LLDP and the MAC table that agree are certain of a machine", () => {
  const readings = [reading(1, { learned: learnt(2, hostMac(1)) })];
  const frames = [heard("n1", { host: 1, number: 1, far: 2 })];
  const endpoints = [{ name: "n1", macs: [hostMac(1)] }];
  const fabric = mergeFabric(scan({ readings, heard: frames, endpoints }));
  expect(fabric.attachments).toMatchObject([{ at: { port: "p2" }, confidence: "certain" }]);
  expect(fabric.contradictions).toEqual([]);
});

test("switches of one name are told apart in sentences", () => {
  const twin = { systemName: "sw", addresses: [] };
  const readings = [reading(1, { neighbours: [hears(1, 2, 3, twin), hears(1, 4, 3, twin)] })];
  const [note] = mergeFabric(scan({ readings })).contradictions;
  expect(note?.text).toContain(`"sw" (${switchMac(2)}) port "p3" and "sw" (${switchMac(4)}) port "p3"`);
});

test("a network that is all wrong is not told of for ever", () => {
  const many = Array.from({ length: 1200 }, (_, index) => hostMac(index + 1));
  const readings = [reading(1, { learned: [...learnt(1, ...many), ...learnt(2, ...many)] })];
  expect(mergeFabric(scan({ readings })).contradictions).toHaveLength(500);
});
