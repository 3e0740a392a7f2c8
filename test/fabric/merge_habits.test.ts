/** What makers of switches, phones and cards do, each in its own way. */
import { expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import {
  hears,
  hostMac,
  lag,
  macChassis,
  macPort,
  port,
  reading,
  scan,
  textChassis,
  textPort,
} from "./hand_made.ts";

test.each([
  { what: "a card without a name", chassis: macChassis(hostMac(9)), port: macPort(hostMac(9)), name: "" },
  {
    what: "a laptop with its name for an id",
    chassis: textChassis("LT-24392"),
    port: macPort(hostMac(9)),
    name: "",
  },
  { what: "somebody who names no port", chassis: macChassis(hostMac(9)), port: textPort(""), name: "" },
  {
    what: "a phone of Cisco",
    chassis: macChassis(hostMac(9)),
    port: textPort("Port 1"),
    name: "SEP02AA00000009",
  },
])("$what, who claims nothing, is no switch", ({ chassis, port: portId, name }) => {
  const machine = hears(1, 9, 1, {
    chassisId: chassis,
    portId,
    systemName: name,
    isBridge: undefined,
    addresses: [],
  });
  const fabric = mergeFabric(scan({ readings: [reading(1, { neighbours: [machine] })] }));
  expect(fabric.switches).toHaveLength(1);
  expect(fabric.attachments).toMatchObject([{ mac: hostMac(9), at: { port: "p1" } }]);
});

test("a named neighbour that claims nothing is a switch: some leave that out", () => {
  const quiet = hears(1, 9, 1, { isBridge: undefined });
  expect(mergeFabric(scan({ readings: [reading(1, { neighbours: [quiet] })] })).switches).toHaveLength(2);
});

test("an aggregate to two switches that act as one is two links, each of its own cable", () => {
  const ports = [port(1), port(2), port(100, { name: "po1", kind: "lag", speedMbit: 2000 })];
  const neighbours = [hears(1, 8, 1), hears(2, 9, 1)];
  const fabric = mergeFabric(scan({ readings: [reading(1, { ports, lags: [lag(100, 1, 2)], neighbours })] }));
  expect(fabric.links.map(({ speedMbit, cables }) => [speedMbit, cables.length])).toEqual([
    [1000, 1],
    [1000, 1],
  ]);
  expect(fabric.contradictions).toEqual([]);
});

test("an aggregate of two ports with three neighbours is a contradiction", () => {
  const ports = [port(1), port(2), port(100, { name: "po1", kind: "lag" })];
  const neighbours = [hears(100, 7, 1), hears(100, 8, 1), hears(100, 9, 1)];
  const fabric = mergeFabric(scan({ readings: [reading(1, { ports, lags: [lag(100, 1, 2)], neighbours })] }));
  expect(fabric.contradictions).toMatchObject([{ kind: "twoNeighbours", at: [{ port: "po1" }, {}, {}, {}] }]);
});

test.each(["ManagementEthernet 1/1", "mgmt0", "MEth0/0/1", "Management1", "fxp0", "oobm"])(
  "a cable at %s closes no ring",
  (name) => {
    const ports = [port(1), port(2, { name })];
    const fabric = mergeFabric(
      scan({ readings: [reading(1, { ports, neighbours: [hears(1, 9, 1), hears(2, 9, 2)] })] }),
    );
    expect(fabric.links).toHaveLength(2);
    expect(fabric.contradictions).toEqual([]);
  },
);

test("MikroTik, one MAC an interface: the name makes them one", () => {
  const router = {
    systemName: "router.example",
    systemDescription: "MikroTik RouterOS 6.44.2",
    addresses: [],
  };
  const neighbours = [1, 2].map((at) => hears(at, at + 10, `ether${at}`, router));
  const factory = neighbours.map((one) => ({ ...one, systemName: "MikroTik" }));
  expect(mergeFabric(scan({ readings: [reading(1, { neighbours })] })).switches).toHaveLength(2);
  expect(mergeFabric(scan({ readings: [reading(1, { neighbours: factory })] })).switches).toHaveLength(3);
});
