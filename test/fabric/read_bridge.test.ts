import { describe, expect, test } from "vitest";
import { ports, readRows, rows } from "./small_switch.ts";

const MAC = "0.17.34.51.68"; // 00:11:22:33:44:NN
const learnt = (text: string): readonly string[] =>
  readRows(text).learned.map(({ mac, ifIndex, vlanId }) => `${mac.slice(-2)} ${ifIndex} ${vlanId ?? "-"}`);

const GI = ports({ 1: "gi1", 2: "gi2", 3: "gi3" });

describe("where the table is", () => {
  test("BRIDGE-MIB", () => {
    expect(learnt(`${GI}\nBRIDGE.fdbPort.${MAC}.1|2|2`)).toEqual(["01 2 -"]);
  });

  test("Q-BRIDGE-MIB, by the VLAN that an FDB is of", () => {
    const text = `${GI}
      Q_BRIDGE.vlanFdbId.0.100|66|7
      Q_BRIDGE.vlanFdbId.0.200|66|8
      Q_BRIDGE.vlanFdbId.0.201|66|8
      Q_BRIDGE.fdbPort.7.${MAC}.1|2|1
      Q_BRIDGE.fdbPort.8.${MAC}.2|2|2
      Q_BRIDGE.fdbPort.9.${MAC}.3|2|3`;
    expect(learnt(text)).toEqual(["01 1 100", "02 2 -", "03 3 -"]);
  });

  test("Q-BRIDGE-MIB, whose FDB ids are VLANs where nothing else is said", () => {
    expect(learnt(`${GI}\nQ_BRIDGE.fdbPort.30.${MAC}.1|2|1\nQ_BRIDGE.fdbPort.262144.${MAC}.2|2|1`)).toEqual([
      "01 1 30",
      "02 1 -",
    ]);
  });

  test("both: what BRIDGE-MIB repeats without a VLAN is not new", () => {
    const text = `${GI}
      Q_BRIDGE.fdbPort.30.${MAC}.1|2|1
      Q_BRIDGE.fdbPort.31.${MAC}.1|2|1
      BRIDGE.fdbPort.${MAC}.1|2|1
      BRIDGE.fdbPort.${MAC}.2|2|1`;
    expect(learnt(text)).toEqual(["01 1 30", "01 1 31", "02 1 -"]);
  });

  test("per VLAN, each with its own numbers of ports", () => {
    const reading = readRows(ports({ 10101: "Gi1/0/1", 10102: "Gi1/0/2" }), {
      perVlan: [
        { vlanId: 10, varbinds: rows(`BRIDGE.portIfIndex.1|2|10101\nBRIDGE.fdbPort.${MAC}.1|2|1`) },
        { vlanId: 20, varbinds: rows(`BRIDGE.portIfIndex.1|2|10102\nBRIDGE.fdbPort.${MAC}.1|2|1`) },
      ],
    });
    expect(reading.learned).toEqual([
      { mac: "00:11:22:33:44:01", ifIndex: 10101, vlanId: 10 },
      { mac: "00:11:22:33:44:01", ifIndex: 10102, vlanId: 20 },
    ]);
  });
});

describe("what a port number means", () => {
  test.each([
    {
      when: "as dot1dBasePortIfIndex says",
      rows: "BRIDGE.portIfIndex.1|2|3\nBRIDGE.portIfIndex.3|2|1",
      used: [1, 3],
      found: ["01 3 -", "03 1 -"],
    },
    { when: "the ifIndex where there is no such table", rows: "", used: [2], found: ["02 2 -"] },
    {
      when: "the ifIndex for a port that the table lacks and that is so for the others",
      rows: "BRIDGE.portIfIndex.1|2|1",
      used: [1, 2],
      found: ["01 1 -", "02 2 -"],
    },
    {
      when: "nothing for a port that the table lacks and that is not so for the others",
      rows: "BRIDGE.portIfIndex.1|2|3",
      used: [1, 2],
      found: ["01 3 -"],
    },
    {
      when: "by dot1dBasePort where the index only counts rows (FortiSwitch)",
      rows: "BRIDGE.portIfIndex.1|2|3\nBRIDGE.portNumber.1|2|32768",
      used: [],
      more: "BRIDGE.fdbPort.1|2|32768\nBRIDGE.fdbMac.1|4x|001122334409",
      found: ["09 3 -"],
    },
    {
      when: "one more than the bridge port for all (Dell OS9)",
      rows: "BRIDGE.portIfIndex.975|2|2\nBRIDGE.portIfIndex.953|2|3\nBRIDGE.portIfIndex.1|2|1",
      used: [],
      more: `BRIDGE.fdbPort.${MAC}.1|2|976\nBRIDGE.fdbPort.${MAC}.2|2|954`,
      found: ["01 2 -", "02 3 -"],
    },
    {
      when: "not one more where one number fits as it is",
      rows: `${ports({ 4: "gi4" })}\nBRIDGE.portIfIndex.1|2|1\nBRIDGE.portIfIndex.2|2|3\nBRIDGE.portIfIndex.3|2|2\nBRIDGE.portIfIndex.5|2|4`,
      used: [2, 4, 6],
      found: ["02 3 -"],
    },
    {
      when: "counted from the first bridge port on (TP-Link)",
      rows: "BRIDGE.portIfIndex.49153|2|1\nBRIDGE.portIfIndex.49154|2|2\nBRIDGE.portIfIndex.49155|2|3",
      used: [1, 3],
      found: ["01 1 -", "03 3 -"],
    },
    {
      when: "by dot1dStpPort",
      rows: "BRIDGE.portIfIndex.49153|2|3\nBRIDGE.portIfIndex.49157|2|1\nBRIDGE.stpPort.49153|2|11\nBRIDGE.stpPort.49157|2|12",
      used: [11, 12],
      found: ["11 3 -", "12 1 -"],
    },
  ])("$when", ({ rows: table, used, more = "", found }) => {
    const fdb = used.map((port) => `BRIDGE.fdbPort.${MAC}.${Number.parseInt(String(port), 16)}|2|${port}`);
    expect(learnt(`${GI}\n${table}\n${fdb.join("\n")}\n${more}`)).toEqual(found);
  });

  test("a part of a port is the port", () => {
    const text = `${ports({ 1: "ge-0/0/1", 2: "ge-0/0/2" })}
      INTERFACES.name.501|4|ge-0/0/1.0
      INTERFACES.type.501|2|53
      INTERFACES.name.502|4|irb.7
      INTERFACES.type.502|2|53
      BRIDGE.portIfIndex.1|2|501
      BRIDGE.portIfIndex.2|2|502
      BRIDGE.fdbPort.${MAC}.1|2|1
      BRIDGE.fdbPort.${MAC}.2|2|2`;
    expect(learnt(text)).toEqual(["01 1 -", "02 502 -"]);
  });

  test("one that nobody knows leaves a gap", () => {
    const reading = readRows(`${GI}\nBRIDGE.fdbPort.${MAC}.1|2|77`);
    expect(reading.learned).toEqual([]);
    expect(reading.gaps).toEqual([{ table: "dot1dBasePortTable", reason: "malformed" }]);
  });

  test("one that is the switch itself leaves none", () => {
    const reading = readRows(
      `${GI}\nINTERFACES.name.18|4|bridge1\nINTERFACES.type.18|2|209\nBRIDGE.fdbPort.${MAC}.1|2|18`,
    );
    expect(reading).toMatchObject({ learned: [], gaps: [] });
  });
});

describe("what counts", () => {
  test.each([
    { status: 1, found: ["01 1 -"] },
    { status: 2, found: [] },
    { status: 3, found: ["01 1 -"] },
    { status: 4, found: [] },
    { status: 5, found: ["01 1 -"] },
  ])("status $status", ({ status, found }) => {
    expect(learnt(`${GI}\nBRIDGE.fdbPort.${MAC}.1|2|1\nBRIDGE.fdbStatus.${MAC}.1|2|${status}`)).toEqual(
      found,
    );
  });

  test("its own are told apart, wherever they show", () => {
    const reading = readRows(`
      ${GI}
      INTERFACES.mac.3|4x|001122334402
      BRIDGE.fdbPort.${MAC}.1|2|1
      BRIDGE.fdbStatus.${MAC}.1|2|4
      BRIDGE.fdbPort.${MAC}.2|2|1
      BRIDGE.fdbPort.${MAC}.3|2|1
    `);
    expect(reading.ownMacs).toEqual(["00:11:22:33:44:02", "00:11:22:33:44:01"]);
    expect(reading.learned.map(({ mac }) => mac)).toEqual(["00:11:22:33:44:03"]);
  });

  test.each([
    { what: "of a group", row: "BRIDGE.fdbPort.1.0.94.0.0.1|2|1" },
    { what: "of nobody", row: "BRIDGE.fdbPort.0.0.0.0.0.0|2|1" },
    { what: "on port 0", row: `BRIDGE.fdbPort.${MAC}.1|2|0` },
    { what: "on port -1", row: `BRIDGE.fdbPort.${MAC}.1|2|-1` },
    { what: "of too many bytes", row: `BRIDGE.fdbPort.${MAC}.1.1|2|1` },
    { what: "of numbers that are no bytes", row: `BRIDGE.fdbPort.${MAC}.256|2|1` },
    { what: "whose port is a text", row: `BRIDGE.fdbPort.${MAC}.1|4|1` },
  ])("not a MAC $what", ({ row }) => {
    expect(readRows(`${GI}\n${row}`)).toMatchObject({ learned: [], gaps: [] });
  });

  test("a MAC with its length before it (Aruba CX)", () => {
    expect(learnt(`${GI}\nBRIDGE.fdbPort.6.${MAC}.1|2|1`)).toEqual(["01 1 -"]);
  });
});
