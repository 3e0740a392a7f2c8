/** Boxes that nobody manages: what stands between one port and several nodes. */
import { expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import { chainOrder } from "#src/fabric/order.ts";
import type { Endpoint } from "#src/fabric/reading.ts";
import { hears, hostMac, learnt, macPort, reading, scan, switchMac, textChassis } from "./hand_made.ts";

const endpoints: readonly Endpoint[] = [1, 2, 3, 4, 5].map((number) => ({
  name: `n${number}`,
  macs: [hostMac(number)],
}));
const place = `behind ${switchMac(1)} p2`;

test("two nodes on one port have a switch in between", () => {
  const readings = [
    reading(1, { learned: [...learnt(2, hostMac(1), hostMac(3)), ...learnt(5, hostMac(2))] }),
  ];
  const { switches, links, attachments } = mergeFabric(scan({ readings, endpoints }));
  expect(switches.map(({ id, knowledge }) => [id, knowledge])).toEqual([
    [switchMac(1), "read"],
    [place, "inferred"],
  ]);
  expect(links).toEqual([
    {
      ends: [{ switch: switchMac(1), port: "p2" }, { switch: place }],
      cables: [],
      speedMbit: 1000,
      confidence: "inferred",
      evidence: [{ source: "macTable", by: switchMac(1) }],
    },
  ]);
  const places = attachments.map(({ endpoint, at, speedMbit }) => [endpoint, at, speedMbit]);
  expect(places).toEqual([
    ["n1", { switch: place }, undefined],
    ["n2", { switch: switchMac(1), port: "p5" }, 1000],
    ["n3", { switch: place }, undefined],
  ]);
});

test("so a chain goes through each such port once, whatever the nodes are called", () => {
  const learned = [
    ...learnt(2, hostMac(1), hostMac(3)),
    ...learnt(6, hostMac(2), hostMac(4)),
    ...learnt(8, hostMac(5)),
  ];
  const fabric = mergeFabric(scan({ readings: [reading(1, { learned })], endpoints }));
  const { nodes } = chainOrder(fabric, { appliance: "n5", nodes: ["n1", "n2", "n3", "n4"] });
  expect(nodes.map(({ node }) => node)).toEqual(["n1", "n3", "n2", "n4"]);
});

test.each([
  ["several addresses of one node", [hostMac(1), hostMac(11)]],
  ["a node and machines that nobody knows", [hostMac(1), hostMac(21), hostMac(22)]],
])("%s are no reason for one", (_, macs) => {
  const ofTwo = [{ name: "n1", macs: [hostMac(1), hostMac(11)] }];
  const readings = [reading(1, { learned: learnt(2, ...macs) })];
  const fabric = mergeFabric(scan({ readings, endpoints: ofTwo }));
  expect(fabric.links).toEqual([]);
  expect(new Set(fabric.attachments.map(({ at }) => at.port))).toEqual(new Set(["p2"]));
});

test("where a machine says over LLDP that it is on the port, the others are inside of it", () => {
  const host = hears(2, 9, "eth0", {
    chassisId: textChassis("n1"),
    portId: macPort(hostMac(1)),
    isBridge: false,
  });
  const learned = learnt(2, hostMac(1), hostMac(3));
  const fabric = mergeFabric(scan({ readings: [reading(1, { neighbours: [host], learned })], endpoints }));
  expect(fabric.links).toEqual([]);
});

test("while nobody knows how two switches hang together, the port may lead to the other one", () => {
  const readings = [reading(1, { learned: learnt(2, hostMac(1), hostMac(3)) }), reading(2)];
  expect(mergeFabric(scan({ readings, endpoints })).links).toEqual([]);
});
