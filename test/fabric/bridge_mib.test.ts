/** The MAC tables that virtual switches show: those of a real bridge, in the order that SNMP wants. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Bridge, bridgeRows, readForwarding } from "./bridge_mib.ts";
import { answer, compareOids, oidOf } from "./pass_persist.ts";

/** Of a bridge with two ports, as /sys/class/net/br0/brforward had it. */
const FORWARDING = Buffer.from(
  [
    "525400870101" + "0100" + "0b000000" + "00000000",
    "001b21870406" + "0701" + "00000000" + "00000000",
    "001b21870407" + "0701" + "00000000" + "01000000",
  ].join(""),
  "hex",
);
const BRIDGE: Bridge = {
  address: Buffer.from("001b21870400", "hex"),
  ports: [
    { number: 1, ifIndex: 1008 },
    { number: 7, ifIndex: 1006 },
  ],
  entries: readForwarding(FORWARDING),
};

test("the kernel's entries are read, ports above 255 too", () => {
  expect(BRIDGE.entries.map(({ port, isOwn }) => ({ port, isOwn }))).toEqual([
    { port: 1, isOwn: false },
    { port: 7, isOwn: true },
    { port: 263, isOwn: true },
  ]);
  expect(Buffer.from(BRIDGE.entries[0]?.mac ?? []).toString("hex")).toBe("525400870101");
});

test("a MAC that was learned says where, in both tables", () => {
  const rows = bridgeRows(BRIDGE, "both");
  const shown = (oid: string) => answer(rows, "get", oidOf(oid));
  expect(shown("1.3.6.1.2.1.17.1.1.0")).toEqual([".1.3.6.1.2.1.17.1.1.0", "octet", "00 1b 21 87 04 00"]);
  expect(shown("1.3.6.1.2.1.17.1.4.1.2.7")[2]).toBe("1006");
  expect(shown("1.3.6.1.2.1.17.4.3.1.2.82.84.0.135.1.1")[2]).toBe("1");
  expect(shown("1.3.6.1.2.1.17.4.3.1.3.82.84.0.135.1.1")[2]).toBe("3");
  expect(shown("1.3.6.1.2.1.17.7.1.2.2.1.2.7.82.84.0.135.1.1")[2]).toBe("1");
  expect(shown("1.3.6.1.2.1.17.4.3.1.2.82.84.0.135.1.2")).toEqual(["NONE"]);
});

test.each(["bridge", "qBridge", "both"] as const)("a walk of %s meets each row once, in order", (tables) => {
  const rows = bridgeRows(BRIDGE, tables);
  const walked: string[] = [];
  for (let oid: readonly number[] = [1, 3, 6, 1, 2, 1, 17]; ; ) {
    const [next = "NONE"] = answer(rows, "getnext", oid);
    if (next === "NONE") break;
    walked.push(next);
    oid = oidOf(next);
  }
  expect(walked).toEqual(rows.map(({ oid }) => `.${oid.join(".")}`));
  expect(walked.some((oid) => oid.startsWith(".1.3.6.1.2.1.17.4."))).toBe(tables !== "qBridge");
  expect(walked.some((oid) => oid.startsWith(".1.3.6.1.2.1.17.7."))).toBe(tables !== "bridge");
});

test("OIDs are ordered number by number", () => {
  const oids = fc.array(fc.nat(3), { maxLength: 4 });
  fc.assert(
    fc.property(oids, oids, (left, right) => {
      const text = (oid: readonly number[]): string => oid.join("");
      expect(Math.sign(compareOids(left, right))).toBe(
        text(left) < text(right) ? -1 : text(left) > text(right) ? 1 : 0,
      );
    }),
  );
});
