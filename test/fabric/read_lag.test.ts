import { expect, test } from "vitest";
import { portAt, ports, readRows } from "./small_switch.ts";

const GI = ports({ 1: "gi1", 2: "gi2", 3: "gi3" });
const PO = "INTERFACES.name.1001|4|Po1\nINTERFACES.type.1001|2|161";

test.each([
  { by: "attached aggregate", rows: "LAG.portAttached.1|2|1001\nLAG.portAttached.2|2|1001", members: [1, 2] },
  { by: "selected aggregate", rows: "LAG.portSelected.2|2|1001\nLAG.portSelected.1|2|1001", members: [1, 2] },
  {
    by: "attached before selected aggregate: a port that waits is in none",
    rows: "LAG.portAttached.1|2|1001\nLAG.portAttached.2|2|0\nLAG.portSelected.1|2|1001\nLAG.portSelected.2|2|1001",
    members: [1],
  },
  { by: "PAgP group", rows: "PAGP.group.1|2|1001\nPAGP.group.2|2|1001\nPAGP.group.3|2|3", members: [1, 2] },
  {
    by: "stack of interfaces",
    rows: "IF_STACK.status.1001.1|2|1\nIF_STACK.status.1001.3|2|1",
    members: [1, 3],
  },
  {
    by: "stack upside down",
    rows: "IF_STACK.status.1.1001|2|1\nIF_STACK.status.3.1001|2|1",
    members: [1, 3],
  },
  {
    by: "bitmap of bridge ports",
    rows: "LAG.listPorts.1001|4x|A0\nBRIDGE.portIfIndex.1|2|1\nBRIDGE.portIfIndex.3|2|3",
    members: [1, 3],
  },
])("members by $by", ({ rows, members }) => {
  expect(readRows(`${GI}\n${PO}\n${rows}`).lags).toEqual([{ ifIndex: 1001, members }]);
});

test.each([
  { what: "a port that names itself", rows: "LAG.portAttached.1|2|1" },
  { what: "a port that names none", rows: "LAG.portAttached.1|2|0" },
  { what: "an aggregate that is no interface", rows: "LAG.portAttached.1|2|4711" },
  {
    what: "a physical port as the aggregate of another",
    rows: "LAG.portAttached.1|2|2\nLAG.portAttached.2|2|0",
  },
  { what: "a stack that is not active", rows: "IF_STACK.status.1001.1|2|2" },
  {
    what: "a VLAN above ports",
    rows: "INTERFACES.name.9|4|Vlan9\nINTERFACES.type.9|2|136\nIF_STACK.status.9.1|2|1",
  },
  { what: "values of wrong types", rows: "LAG.portAttached.1|4|1001\nIF_STACK.status.1001|2|1" },
])("no aggregate by $what", ({ rows }) => {
  expect(readRows(`${GI}\n${PO}\n${rows}`).lags).toEqual([]);
});

test("a port is in one aggregate, and an interface that aggregates is shown as one", () => {
  const reading = readRows(`
    ${GI}
    INTERFACES.name.1001|4|uplink
    INTERFACES.type.1001|2|1
    INTERFACES.name.1002|4|Po2
    INTERFACES.type.1002|2|161
    LAG.portAttached.1|2|1001
    IF_STACK.status.1002.1|2|1
    IF_STACK.status.1002.2|2|1
  `);
  expect(reading.lags).toEqual([
    { ifIndex: 1001, members: [1] },
    { ifIndex: 1002, members: [2] },
  ]);
  expect(portAt(reading, 1001)?.kind).toBe("lag");
});

test("a bond with a name of its own is known by its ports, and by having no row itself", () => {
  const reading = readRows(`
    ${GI}
    ${ports({ 9: "to-the-core" })}
    LAG.portAttached.1|2|9
    LAG.portAttached.2|2|9
  `);
  expect(reading.lags).toEqual([{ ifIndex: 9, members: [1, 2] }]);
  expect(portAt(reading, 9)?.kind).toBe("lag");
});
