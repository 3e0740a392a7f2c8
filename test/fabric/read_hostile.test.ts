/** Walks that no honest switch would give: whatever is in them, a reading comes out, within its bounds. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isStationMac } from "#src/fabric/mac_text.ts";
import { MAX_LEARNED } from "#src/fabric/read_bridge.ts";
import { MAX_MEMBERS } from "#src/fabric/read_entity.ts";
import { MAX_PORTS } from "#src/fabric/read_interfaces.ts";
import { MAX_NEIGHBOURS } from "#src/fabric/read_lldp.ts";
import { READ_COLUMNS, readSwitch } from "#src/fabric/read_switch.ts";
import type { SwitchReading, SwitchWalk } from "#src/fabric/reading.ts";
import type { SnmpValue, Varbind } from "#src/fabric/snmp_value.ts";
import { parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import { ports, rows } from "./small_switch.ts";
import { RECORDED_SWITCHES, recordedWalk, walkOf } from "./snmprec.ts";

const anyValue: fc.Arbitrary<SnmpValue> = fc.oneof(
  fc.record({
    kind: fc.constant("number" as const),
    number: fc.oneof(fc.integer(), fc.double(), fc.nat({ max: 60 })),
  }),
  fc.record({ kind: fc.constant("counter64" as const), count: fc.bigInt() }),
  fc.record({ kind: fc.constant("octets" as const), bytes: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant("octets" as const), bytes: fc.uint8Array({ minLength: 6, maxLength: 6 }) }),
  fc.record({ kind: fc.constant("octets" as const), bytes: fc.string().map((text) => Buffer.from(text)) }),
  fc.record({
    kind: fc.constant("oid" as const),
    oid: fc.oneof(fc.string(), fc.constant("1.3.6.1.2.1.2.2.1.1.1")),
  }),
  fc.record({ kind: fc.constant("address" as const), address: fc.string() }),
  fc.constant({ kind: "none" as const }),
);
const anyIndex = fc.oneof(
  fc.array(fc.nat({ max: 60 }), { maxLength: 12 }).map((numbers) => numbers.join(".")),
  fc.array(fc.nat({ max: 0xffff_ffff }), { maxLength: 140 }).map((numbers) => numbers.join(".")),
  fc.string(),
  fc.constantFrom("0", "1", "", ".", "1.", "4294967296", "-1", "__proto__", "1.3.5.x"),
);
const anyVarbind: fc.Arbitrary<Varbind> = fc.record({
  oid: fc.tuple(fc.constantFrom(...READ_COLUMNS), anyIndex).map(([column, index]) => `${column}.${index}`),
  value: anyValue,
});

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** What every reading promises, whatever it was made of. */
function checkReading(reading: SwitchReading): void {
  const { ports: all, neighbours, learned, members, lags, arp, ownMacs, ownAddresses } = reading;
  expect(all.length).toBeLessThanOrEqual(MAX_PORTS);
  expect(neighbours.length).toBeLessThanOrEqual(2 * MAX_NEIGHBOURS);
  expect(learned.length).toBeLessThanOrEqual(MAX_LEARNED);
  expect(members.length).toBeLessThanOrEqual(MAX_MEMBERS);
  expect(members.length).toBeGreaterThan(0);
  const known = new Set(all.map(({ ifIndex }) => ifIndex));
  expect(known.size).toBe(all.length);
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  const used = [...learned, ...lags, ...neighbours.filter(({ ifIndex }) => ifIndex !== undefined)];
  expect(used.every(({ ifIndex = 0 }) => known.has(ifIndex))).toBe(true);
  const macs = [...ownMacs, ...[...learned, ...arp].map(({ mac }) => mac)];
  expect(macs.every((mac) => parseMac(mac) === mac && isStationMac(mac))).toBe(true);
  const own = new Set<string>(ownMacs);
  expect(learned.some(({ mac }) => own.has(mac))).toBe(false);
  expect([...ownAddresses, ...arp.map(({ address }) => address)].every((one) => parseIpv4(one) === one)).toBe(
    true,
  );
  expect(CONTROL.test(JSON.stringify(Object.values(reading)).replaceAll("\\\\u", ""))).toBe(false);
  expect(textsOf(reading).every((text) => !CONTROL.test(text) && text.length <= 6 * 256)).toBe(true);
}

const textsOf = ({ ports: all, neighbours, system }: SwitchReading): readonly string[] => [
  ...Object.values(system),
  ...all.flatMap(({ name, aliases }) => [name, ...aliases]),
  ...neighbours.flatMap((one) => [one.systemName, one.portDescription, one.portId.text, one.chassisId.text]),
];

describe("readSwitch", () => {
  test("reads rows of all columns with anything in them", () => {
    fc.assert(
      fc.property(
        fc.array(anyVarbind, { maxLength: 120 }),
        fc.array(anyVarbind, { maxLength: 20 }),
        (varbinds, vlan) => {
          checkReading(
            readSwitch({ takenAtMs: 0, varbinds, perVlan: [{ vlanId: 7, varbinds: vlan }], gaps: [] }),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("reads a whole small switch, some rows of it changed", () => {
    const honest = walkOf(
      rows(`
        ${ports({ 1: "gi1", 2: "gi2", 3: "gi3" })}
        BRIDGE.portIfIndex.1|2|1
        BRIDGE.portIfIndex.2|2|2
        BRIDGE.fdbPort.0.17.34.51.68.1|2|1
        Q_BRIDGE.fdbPort.7.0.17.34.51.68.2|2|2
        LLDP.ownPortId.1|4|gi1
        LLDP.chassisSubtype.0.1.1|2|4
        LLDP.chassisId.0.1.1|4x|001122334499
        LLDP.portId.0.1.1|4|gi9
        LLDP.managementAddress.0.1.1.1.4.10.0.0.9|2|2
        CDP.deviceId.2.1|4|other
        IF_STACK.status.3.1|2|1
        ENTITY.class.1|2|11
        ENTITY.class.2|2|3
        ENTITY.containedIn.2|2|1
      `),
    ).varbinds;
    const change = fc.tuple(fc.nat({ max: honest.length - 1 }), anyVarbind);
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const varbinds = [...honest];
        for (const [at, varbind] of changes) varbinds[at] = { ...varbinds[at], ...varbind };
        checkReading(readSwitch(walkOf(varbinds)));
      }),
      { numRuns: 1000 },
    );
  });

  test.skipIf(RECORDED_SWITCHES.length === 0)(
    "reads recordings with values swapped (skipped without them)",
    () => {
      const walks: readonly SwitchWalk[] = ["dlink_dgs-3627g", "procurve", "routeros_crs317"].map(
        recordedWalk,
      );
      const swap = fc.tuple(fc.nat(), fc.nat());
      fc.assert(
        fc.property(
          fc.constantFrom(...walks),
          fc.array(swap, { minLength: 50, maxLength: 400 }),
          (walk, swaps) => {
            const varbinds = [...walk.varbinds];
            for (const [to, from] of swaps) {
              const [one, other] = [varbinds[to % varbinds.length], varbinds[from % varbinds.length]];
              if (one && other) varbinds[to % varbinds.length] = { oid: one.oid, value: other.value };
            }
            checkReading(readSwitch({ ...walk, varbinds }));
          },
        ),
        { numRuns: 40 },
      );
    },
  );
});

describe("limits", () => {
  const column = (
    oid: string,
    count: number,
    value: SnmpValue,
    index = (at: number) => String(at + 1),
  ): readonly Varbind[] => Array.from({ length: count }, (_, at) => ({ oid: `${oid}.${index(at)}`, value }));
  const mac = (at: number): string => `2.0.0.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
  const name: SnmpValue = { kind: "octets", bytes: Buffer.from("x") };
  const one: SnmpValue = { kind: "number", number: 1 };

  test("of ports, all of one name", () => {
    const reading = readSwitch(walkOf([...column("1.3.6.1.2.1.31.1.1.1.1", MAX_PORTS + 100, name)]));
    checkReading(reading);
    expect(reading.ports).toHaveLength(MAX_PORTS);
  });

  test("of MACs", () => {
    const reading = readSwitch({
      takenAtMs: 0,
      varbinds: [
        ...rows(ports({ 1: "gi1" })),
        ...column("1.3.6.1.2.1.17.4.3.1.2", MAX_LEARNED + 100, one, mac),
      ],
      perVlan: [],
      gaps: [],
    });
    expect(reading.learned).toHaveLength(MAX_LEARNED);
  });

  test("of bridge ports, all of one interface", () => {
    const base = column("1.3.6.1.2.1.17.1.4.1.2", 131_072, one, (at) => String(at + 10));
    const learnt = [5, 6].map((number) => ({
      oid: `1.3.6.1.2.1.17.4.3.1.2.${mac(number)}`,
      value: { kind: "number" as const, number },
    }));
    const reading = readSwitch({
      takenAtMs: 0,
      varbinds: [...rows(ports({ 1: "gi1" })), ...base, ...learnt],
      perVlan: [],
      gaps: [],
    });
    checkReading(reading);
    expect(reading.ports).toHaveLength(1);
  });

  test("of neighbours", () => {
    const reading = readSwitch(
      walkOf([
        ...column("1.0.8802.1.1.2.1.4.1.1.5", MAX_NEIGHBOURS + 100, name, (at) => `0.1.${at}`),
        ...column("1.0.8802.1.1.2.1.4.1.1.7", MAX_NEIGHBOURS + 100, name, (at) => `0.1.${at}`),
      ]),
    );
    expect(reading.neighbours.length).toBeLessThanOrEqual(MAX_NEIGHBOURS);
  });

  test("of members", () => {
    const three: SnmpValue = { kind: "number", number: 3 };
    expect(readSwitch(walkOf(column("1.3.6.1.2.1.47.1.1.1.1.5", 1000, three))).members).toHaveLength(
      MAX_MEMBERS,
    );
  });
});
