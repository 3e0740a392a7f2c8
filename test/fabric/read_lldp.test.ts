import { describe, expect, test } from "vitest";
import { readSwitch } from "#src/fabric/read_switch.ts";
import type { SwitchNeighbour } from "#src/fabric/reading.ts";
import { ports, readRows, rows } from "./small_switch.ts";
import { walkOf } from "./snmprec.ts";

/** A neighbour with MAC 02:00:00:00:00:NN whose port is `gi1`. @param at the index */
const neighbour = (at: string, nn: string, group = "LLDP"): string => `
  ${group}.chassisSubtype.${at}|2|4
  ${group}.chassisId.${at}|4x|0200000000${nn}
  ${group}.portSubtype.${at}|2|5
  ${group}.portId.${at}|4|gi1`;

const ownPorts = (ids: Readonly<Record<number, string>>, column = "ownPortId"): string =>
  Object.entries(ids)
    .map(([number, id]) => `LLDP.${column}.${number}|4|${id}`)
    .join("\n");

const heardAt = (neighbours: readonly SwitchNeighbour[]): readonly (number | undefined)[] =>
  neighbours.map(({ ifIndex }) => ifIndex);

describe("local port numbers", () => {
  const SHIFTED = ports({ 1: "loopback0", 5: "gi1", 6: "gi2", 7: "gi3" });
  const BASE = "BRIDGE.portIfIndex.1|2|5\nBRIDGE.portIfIndex.2|2|6\nBRIDGE.portIfIndex.3|2|7";

  test.each([
    {
      when: "the ids are ifName",
      rows: `${SHIFTED}\n${ownPorts({ 1: "gi1", 2: "gi2", 3: "gi3" })}`,
      heard: [5, 6],
    },
    {
      when: "the ids are ifDescr",
      rows: `${ports({ 5: "1/1", 6: "1/2" })}\nINTERFACES.description.5|4|Slot 1, port 1\nINTERFACES.description.6|4|Slot 1, port 2\n${ownPorts({ 1: "Slot 1, port 1", 2: "Slot 1, port 2" })}`,
      heard: [5, 6],
    },
    {
      when: "the descriptions are ifName and the ids one MAC on every port",
      rows: `${SHIFTED}\nLLDP.ownPortId.1|4x|02aabbccddee\nLLDP.ownPortId.2|4x|02aabbccddee\n${ownPorts({ 1: "gi1", 2: "gi2" }, "ownPortDescription")}`,
      heard: [5, 6],
    },
    {
      when: "the ids are ifPhysAddress",
      rows: `${SHIFTED}\nINTERFACES.mac.5|4x|02aabbccdd05\nINTERFACES.mac.6|4x|02aabbccdd06\nLLDP.ownPortId.1|4x|02aabbccdd05\nLLDP.ownPortId.2|4x|02aabbccdd06`,
      heard: [5, 6],
    },
    {
      when: "the ids are the ifIndex in digits",
      rows: `${SHIFTED}\n${ownPorts({ 1: "5", 2: "6" })}`,
      heard: [5, 6],
    },
    { when: "nothing tells and there are bridge ports", rows: `${SHIFTED}\n${BASE}`, heard: [5, 6] },
    { when: "nothing tells at all", rows: ports({ 1: "gi1", 2: "gi2" }), heard: [1, 2] },
    {
      when: "bridge ports are down, and ports with that ifIndex up",
      rows: `${ports({ 1: "gi1", 2: "gi2" })}\n${ports({ 5: "a", 6: "b" })
        .replaceAll("|2|1\n", "|2|2\n")
        .replace(/\|2\|1$/, "|2|2")}\nBRIDGE.portIfIndex.1|2|5\nBRIDGE.portIfIndex.2|2|6`,
      heard: [1, 2],
    },
    {
      when: "no port can be meant",
      rows: ports({ 101: "gi1", 102: "gi2" }),
      heard: [undefined, undefined],
    },
    {
      when: "the table of own ports lacks one that the others do not contradict",
      rows: `${ports({ 1: "gi1", 2: "gi2", 3: "gi3" })}\n${ownPorts({ 1: "gi1", 3: "gi3" })}`,
      heard: [1, 2],
    },
    {
      when: "the table of own ports lacks one, and the others show that numbers are no ifIndex",
      rows: `${ports({ 1: "gi1", 2: "gi2", 3: "gi3" })}\n${ownPorts({ 1: "gi3", 3: "gi1" })}`,
      heard: [3, undefined],
    },
  ])("$when", ({ rows: said, heard }) => {
    const reading = readRows(`${said}\n${neighbour("0.1.1", "01")}\n${neighbour("0.2.1", "02")}`);
    expect(heardAt(reading.neighbours)).toEqual(heard);
  });

  test("of the second version of the MIB are ifIndex, with the number of the destination behind them", () => {
    const reading = readRows(`${ports({ 7: "gi7" })}\n${neighbour("0.7.1.3", "01", "LLDP_V2")}`);
    expect(reading.neighbours).toMatchObject([{ ifIndex: 7, chassisId: { text: "02:00:00:00:00:01" } }]);
  });

  test("are in no index of MikroTik, which has a table for them", () => {
    const reading = readRows(`
      ${ports({ 15: "sfp15" })}
      ${neighbour("8", "01")}
      MIKROTIK.neighbourIfIndex.8|2|15
      ${neighbour("9", "02")}
      MIKROTIK.neighbourIfIndex.9|2|99
    `);
    expect(heardAt(reading.neighbours)).toEqual([15, undefined]);
  });
});

describe("neighbours", () => {
  test("a row with all that it says", () => {
    const reading = readRows(`
      ${ports({ 1: "gi1" })}
      ${neighbour("0.1.1", "01")}
      LLDP.portDescription.0.1.1|4|to the core
      LLDP.systemName.0.1.1|4|edge1
      LLDP.systemDescription.0.1.1|4x|${Buffer.from("A switch\r\nversion 2").toString("hex")}
      LLDP.capabilitiesEnabled.0.1.1|4x|2000
      LLDP.managementAddress.0.1.1.1.4.10.0.0.2|2|2
    `);
    expect(reading.neighbours).toEqual([
      {
        protocol: "lldp",
        ifIndex: 1,
        chassisId: {
          subtype: "macAddress",
          subtypeCode: 4,
          value: { kind: "mac", mac: "02:00:00:00:00:01" },
          text: "02:00:00:00:00:01",
        },
        portId: {
          subtype: "interfaceName",
          subtypeCode: 5,
          value: { kind: "octets", hex: "676931" },
          text: "gi1",
        },
        portDescription: "to the core",
        systemName: "edge1",
        systemDescription: "A switch version 2",
        addresses: ["10.0.0.2"],
        isBridge: true,
      },
    ]);
  });

  test("one under several time marks is one, as it was seen last", () => {
    const reading = readRows(`
      ${ports({ 1: "gi1" })}
      ${neighbour("100.1.1", "01")}
      ${neighbour("300.1.4", "01")}
      ${neighbour("200.1.2", "01")}
      LLDP.systemName.100.1.1|4|old
      LLDP.systemName.300.1.4|4|new
      LLDP.systemName.200.1.2|4|middle
    `);
    expect(reading.neighbours.map(({ systemName }) => systemName)).toEqual(["new"]);
  });

  test("what comes last in a walk out of order is not later for that", () => {
    const { varbinds } = walkOf(
      rows(`
        ${ports({ 1: "gi1" })}
        ${neighbour("100.1.1", "01")}
        ${neighbour("300.1.4", "01")}
        LLDP.systemName.100.1.1|4|old
        LLDP.systemName.300.1.4|4|new
      `),
    );
    const reading = readSwitch({ takenAtMs: 0, varbinds: varbinds.toReversed(), perVlan: [], gaps: [] });
    expect(reading.neighbours.map(({ systemName }) => systemName)).toEqual(["new"]);
  });

  test("two ports of one neighbour on a port stay two, and so do two neighbours", () => {
    const reading = readRows(`
      ${ports({ 1: "gi1" })}
      ${neighbour("0.1.1", "01")}
      ${neighbour("0.1.2", "01").replace("|4|gi1", "|4|gi2")}
      ${neighbour("0.1.3", "02")}
    `);
    expect(reading.neighbours).toHaveLength(3);
  });

  test("one known by its name alone is kept, one without any id is not", () => {
    const reading = readRows(`
      ${ports({ 1: "gi1", 2: "gi2" })}
      LLDP.systemName.0.1.1|4|server-sw
      LLDP.chassisSubtype.0.1.1|2|4
      LLDP.chassisId.0.2.1|4|
      LLDP.chassisId.0.1.2.3.4|4x|020000000009
    `);
    expect(reading.neighbours).toMatchObject([{ chassisId: { subtype: "local", text: "server-sw" } }]);
  });

  test("ids without a subtype are guessed", () => {
    const reading = readRows(`
      ${ports({ 1: "gi1", 2: "gi2" })}
      LLDP.chassisId.0.1.1|4x|020000000009
      LLDP.chassisId.0.2.1|4|port10
    `);
    expect(reading.neighbours.map(({ chassisId }) => chassisId.value.kind)).toEqual(["mac", "octets"]);
  });
});

test.each([
  {
    which: "with the length",
    rows: "LLDP.managementAddress.5.1.2.1.4.172.20.5.87|2|0",
    found: ["172.20.5.87"],
  },
  {
    which: "without it (FortiSwitch)",
    rows: "LLDP.managementAddress.5.1.2.1.172.22.92.1|2|2",
    found: ["172.22.92.1"],
  },
  {
    which: "of MACs and IPv6 not",
    rows: "LLDP.managementAddress.5.1.2.6.6.0.10.247.236.209.97|2|0\nLLDP.managementAddress.5.1.2.2.16.42.4.65.192.0.0.0.0.0.0.0.0.0.0.0.1|2|3",
    found: [],
  },
  {
    which: "of nobody not",
    rows: "LLDP.managementAddress.5.1.2.1.4.0.0.0.0|2|2\nLLDP.managementAddress.5.1.2.1.4.127.0.0.1|2|2",
    found: [],
  },
  {
    which: "that are none not",
    rows: "LLDP.managementAddress.5.1.2.1.4.300.0.0.1|2|2\nLLDP.managementAddress.5.1.2.1|2|2",
    found: [],
  },
])("management addresses $which", ({ rows: said, found }) => {
  const reading = readRows(`${ports({ 1: "gi1" })}\n${neighbour("5.1.2", "01")}\n${said}`);
  expect(reading.neighbours.map(({ addresses }) => addresses)).toEqual([found]);
});

test("the switch itself: chassis id, name, MACs", () => {
  const reading = readRows(`
    LLDP.ownChassisSubtype.0|2|4
    LLDP.ownChassisId.0|4|02 00 00 00 00 FE
    LLDP.ownSystemName.0|4|core
    BRIDGE.address.0|4x|0200000000FF
    ${ports({ 1: "gi1", 2: "gi2", 3: "virtual", 4: "inside" })}
    BRIDGE.portIfIndex.2|2|2
    INTERFACES.mac.1|4x|00aabbccdd01
    INTERFACES.mac.2|4x|02aabbccdd02
    INTERFACES.mac.3|4x|00005e000107
    INTERFACES.mac.4|4x|02000000000a
  `);
  expect(reading.system).toEqual({ name: "core", description: "", objectId: "" });
  expect(reading.chassisId?.text).toBe("02:00:00:00:00:fe");
  expect(reading.ownMacs).toEqual([
    "02:00:00:00:00:ff",
    "02:00:00:00:00:fe",
    "00:aa:bb:cc:dd:01",
    "02:aa:bb:cc:dd:02",
  ]);
});

test("TP-Link's own table, where all is text", () => {
  const reading = readRows(`
    ${ports({ 49180: "gigabitEthernet 1/0/28" })}
    TPLINK_LLDP.chassisSubtype.49180.1|4|MAC address
    TPLINK_LLDP.chassisId.49180.1|4|E8:28:C1:26:B9:C0
    TPLINK_LLDP.portSubtype.49180.1|4|Interface name
    TPLINK_LLDP.portId.49180.1|4|gi1/0/1
    TPLINK_LLDP.systemName.49180.1|4|soada-sw22
    TPLINK_LLDP.capabilitiesEnabled.49180.1|4|Bridge Router
    TPLINK_LLDP.managementAddress.49180.1|4|169.254.254.22
    TPLINK_LLDP.chassisId.5.1|4|phone
    TPLINK_LLDP.capabilitiesEnabled.5.1|4|Bridge Telephone
    TPLINK_LLDP.chassisId.6.1|4|
  `);
  expect(reading.neighbours.toReversed()).toMatchObject([
    {
      ifIndex: 49180,
      chassisId: { subtype: "macAddress", value: { kind: "mac", mac: "e8:28:c1:26:b9:c0" } },
      portId: { subtype: "interfaceName", text: "gi1/0/1" },
      systemName: "soada-sw22",
      addresses: ["169.254.254.22"],
      isBridge: true,
    },
    { chassisId: { subtype: "local", text: "phone" }, isBridge: false },
  ]);
});
