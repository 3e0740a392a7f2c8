import { expect, test } from "vitest";
import { portAt, ports, readRows } from "./small_switch.ts";

test.each([
  {
    what: "ifHighSpeed",
    rows: "INTERFACES.speedMbit.1|66|40000\nINTERFACES.speedBits.1|66|4294967295",
    mbit: 40_000,
  },
  {
    what: "ifSpeed where ifHighSpeed is 0",
    rows: "INTERFACES.speedMbit.1|66|0\nINTERFACES.speedBits.1|66|100000000",
    mbit: 100,
  },
  { what: "ifSpeed alone", rows: "INTERFACES.speedBits.1|66|1000000000", mbit: 1000 },
  {
    what: "ifSpeed where ifHighSpeed is in bits",
    rows: "INTERFACES.speedMbit.1|66|1000000000\nINTERFACES.speedBits.1|66|1000000000",
    mbit: 1000,
  },
  { what: "no speed that ifSpeed cannot say", rows: "INTERFACES.speedBits.1|66|4294967295", mbit: undefined },
  {
    what: "no speed of 0",
    rows: "INTERFACES.speedMbit.1|66|0\nINTERFACES.speedBits.1|66|0",
    mbit: undefined,
  },
  { what: "no speed that is a text", rows: "INTERFACES.speedMbit.1|4|fast", mbit: undefined },
  {
    what: "no negative speed",
    rows: "INTERFACES.speedMbit.1|2|-1\nINTERFACES.speedBits.1|2|-1000000",
    mbit: undefined,
  },
])("speed: $what", ({ rows, mbit }) => {
  expect(portAt(readRows(`${ports({ 1: "eth1" })}\n${rows}`), 1)?.speedMbit).toBe(mbit);
});

test.each([
  { ifType: 6, name: "Ethernet1/1", kind: "ethernet" },
  { ifType: 117, name: "1/1", kind: "ethernet" },
  { ifType: 161, name: "shop-trunk", kind: "lag" },
  { ifType: 53, name: "port-channel10", kind: "lag" },
  { ifType: 6, name: "Po1", kind: "lag" },
  { ifType: 6, name: "bond0", kind: "lag" },
  { ifType: 54, name: "_FlInK1_MLAG0_", kind: "lag" },
  { ifType: 6, name: "port1", kind: "ethernet" },
  { ifType: 6, name: "Pod1", kind: "ethernet" },
  { ifType: 53, name: "Vlanif60", kind: "vlan" },
  { ifType: 6, name: "Vlan-interface254", kind: "vlan" },
  { ifType: 136, name: "Vlan13", kind: "vlan" },
  { ifType: 135, name: "GigabitEthernet0/0/2.1", kind: "vlan" },
  { ifType: 24, name: "lo0", kind: "other" },
  { ifType: 209, name: "bridge1", kind: "other" },
  { ifType: 53, name: "pfe-0/0/0.16383", kind: "other" },
])("$name with ifType $ifType is $kind", ({ ifType, name, kind }) => {
  const reading = readRows(`INTERFACES.name.1|4|${name}\nINTERFACES.type.1|2|${ifType}`);
  expect(portAt(reading, 1)?.kind).toBe(kind);
});

test("a name is ifName, else ifDescr, else the number; one that several have is followed by the ifIndex", () => {
  const reading = readRows(`
    ${ports({ 1: "a" })}
    INTERFACES.name.2|4|
    INTERFACES.description.2|4|Slot 0, port 2
    INTERFACES.type.3|2|6
    INTERFACES.description.4|4|Ethernet Interface
    INTERFACES.description.5|4|Ethernet Interface
    INTERFACES.description.6|4|Ethernet Interface#4
  `);
  expect(reading.ports.map(({ name }) => name)).toEqual([
    "a",
    "Slot 0, port 2",
    "port 3",
    "Ethernet Interface#4#",
    "Ethernet Interface#5",
    "Ethernet Interface#4",
  ]);
});

test("aliases find one port, never two", () => {
  const reading = readRows(`
    ${ports({ 1: "gi1", 2: "gi2" })}
    INTERFACES.description.1|4|GigabitEthernet1
    INTERFACES.description.2|4|GigabitEthernet2
    INTERFACES.alias.1|4|uplink
    INTERFACES.alias.2|4|uplink
    LLDP.ownPortId.1|4x|0200aabbcc01
    LLDP.ownPortSubtype.1|2|3
    LLDP.ownPortId.2|4x|0200aabbcc02
    LLDP.ownPortSubtype.2|2|3
    INTERFACES.description.3|4|gi1
  `);
  expect(portAt(reading, 1)?.aliases).toEqual(["GigabitEthernet1", "02:00:aa:bb:cc:01"]);
  expect(portAt(reading, 2)?.aliases).toEqual(["GigabitEthernet2", "02:00:aa:bb:cc:02"]);
  expect(portAt(reading, 3)).toMatchObject({ name: "gi1#3", aliases: [] });
});

test("what a row says beside its name", () => {
  const reading = readRows(`
    ${ports({ 1: "eth1" })}
    INTERFACES.mac.1|4|0:1b:21:bb:e6:f0
    INTERFACES.duplex.1|2|2
    INTERFACES.inErrors.1|65|7
    INTERFACES.inDiscards.1|65|5
    INTERFACES.inPackets.1|70|9007199254740991
    INTERFACES.inPackets.2|70|18446744073709551615
    INTERFACES.type.2|2|6
    INTERFACES.operStatus.2|2|6
    INTERFACES.duplex.2|2|1
  `);
  expect(portAt(reading, 1)).toMatchObject({
    mac: "00:1b:21:bb:e6:f0",
    duplex: "half",
    inErrors: 12,
    inDiscards: 5,
    inPackets: Number.MAX_SAFE_INTEGER,
    isUp: true,
  });
  expect(portAt(reading, 2)).toEqual({
    ifIndex: 2,
    name: "port 2",
    aliases: [],
    kind: "ethernet",
    isUp: false,
  });
});

test("texts of strangers are made inert, and cut", () => {
  const coloured = Buffer.from("\u001b[31mred").toString("hex");
  const reading = readRows(`
    INTERFACES.name.1|4x|${coloured}
    INTERFACES.name.2|4x|${Buffer.from("é".repeat(400)).toString("hex")}
    INTERFACES.name.3|4x|${Buffer.from("gi3\0\0").toString("hex")}
    INTERFACES.description.4|4x|${Buffer.from("a\r\nswitch \n").toString("hex")}
  `);
  expect(reading.ports.map(({ name }) => name)).toEqual([
    "\\u001b[31mred",
    "é".repeat(127),
    "gi3",
    "a switch",
  ]);
});

test("rows whose index is none are passed over", () => {
  const reading = readRows(`
    INTERFACES.name.0|4|zero
    INTERFACES.name.1.2|4|two
    INTERFACES.name.4294967296|4|large
    INTERFACES.name.5|4|five
  `);
  expect(reading.ports.map(({ ifIndex }) => ifIndex)).toEqual([5]);
});
