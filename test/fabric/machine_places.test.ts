import { expect, test } from "vitest";
import type { Attachment, Contradiction, Evidence, Fabric, PortRef } from "#src/fabric/graph.ts";
import { machinePlaces } from "#src/fabric/machine_places.ts";
import { mergeFabric } from "#src/fabric/merge.ts";
import type { SwitchReading } from "#src/fabric/reading.ts";
import type { Mac } from "#src/value/mac.ts";
import { addressOf, heard, hears, hostMac, learnt, reading, scan, switchMac } from "./hand_made.ts";

const MAC = "52:54:00:00:00:01" as Mac;
const OTHER = "52:54:00:00:00:02" as Mac;
const SCANNED_MS = 1000;

const at = (port: number, name = "s1"): PortRef => ({ switch: name, port: `Eth${port}` });
const table = (by = "s1"): Evidence => ({ source: "macTable", by });
const word: Evidence = { source: "lldp", by: "n1" };

const attached = (mac: Mac, ref: PortRef, ...evidence: readonly Evidence[]): Attachment => ({
  ...{ endpoint: "n1", mac, at: ref, confidence: "likely", evidence },
});

const twice = (mac: Mac, ...refs: readonly PortRef[]): Contradiction => ({
  ...{ kind: "macOnTwoPorts", mac, at: refs, text: "…" },
});

const fabric = (
  attachments: readonly Attachment[],
  contradictions: readonly Contradiction[] = [],
): Fabric => ({
  ...{ takenAtMs: SCANNED_MS, links: [], attachments, contradictions },
  switches: [
    {
      ...{ id: "s1", name: "rack1-sw", description: "", addresses: [], macs: [], members: [] },
      ...{ ports: [{ name: "Eth7", member: 2 }], knowledge: "read" },
    },
  ],
});

const portsOf = (one: Fabric, heardAtMs: number, mac = MAC): readonly string[] =>
  machinePlaces(one, () => heardAtMs)
    .placesOf(mac)
    .map(({ switchName, port, member }) =>
      [switchName, port, member].filter((part) => part !== undefined).join(" "),
    );

const EARLIER = 1;
const LATER = 2000;

test.each<readonly [what: string, fabric: Fabric, heardAtMs: number, ports: readonly string[]]>([
  ["a machine that a switch has learnt", fabric([attached(MAC, at(1), table())]), EARLIER, ["rack1-sw Eth1"]],
  ["the member of a stack", fabric([attached(MAC, at(7), table())]), EARLIER, ["rack1-sw Eth7 2"]],
  ["a switch that has no name", fabric([attached(MAC, at(1, "x"), table("x"))]), EARLIER, ["x Eth1"]],
  ["a machine that nobody saw", fabric([]), EARLIER, []],
  ["only its switch is known", fabric([attached(MAC, { switch: "s1" }, word)]), EARLIER, []],
  [
    "two switches that have learnt it",
    fabric([attached(MAC, at(1), table())], [twice(MAC, at(1), at(2, "s2"))]),
    LATER,
    ["rack1-sw Eth1", "s2 Eth2"],
  ],
  [
    "a machine that was carried elsewhere since it spoke",
    fabric([attached(MAC, at(1), word)], [twice(MAC, at(1), at(7))]),
    EARLIER,
    ["rack1-sw Eth7 2"],
  ],
  [
    "a machine that was carried elsewhere since the switch was asked",
    fabric([attached(MAC, at(1), word)], [twice(MAC, at(1), at(7))]),
    LATER,
    ["rack1-sw Eth1"],
  ],
  [
    "a machine that spoke, and that its switch has not learnt since",
    fabric([attached(MAC, at(1), word), attached(OTHER, at(2), table())]),
    EARLIER,
    [],
  ],
  ["a machine whose switch nobody can ask", fabric([attached(MAC, at(1), word)]), EARLIER, ["rack1-sw Eth1"]],
  [
    "a machine that speaks after its switch was asked",
    fabric([attached(MAC, at(1), word), attached(OTHER, at(2), table())]),
    LATER,
    ["rack1-sw Eth1"],
  ],
  [
    "another's contradiction",
    fabric([attached(MAC, at(1), table())], [twice(OTHER, at(1), at(2))]),
    EARLIER,
    ["rack1-sw Eth1"],
  ],
])("%s", (_, one, heardAtMs, ports) => {
  expect(portsOf(one, heardAtMs)).toEqual(ports);
});

/** A core `s1` with two machines of its own, and `s2` on its port 8 with machines 1 and 2. */
function tree(isRead: boolean, hasLldp = true, gaps: SwitchReading["gaps"] = []): Fabric {
  const core = reading(1, {
    neighbours: hasLldp ? [hears(8, 2, 8)] : [],
    learned: [...learnt(1, hostMac(3)), ...learnt(8, hostMac(1), hostMac(2), switchMac(2))],
  });
  const edge = reading(2, {
    gaps,
    neighbours: hasLldp ? [hears(8, 1, 8)] : [],
    learned: [...learnt(1, hostMac(1)), ...learnt(2, hostMac(2)), ...learnt(8, hostMac(3), switchMac(1))],
  });
  const endpoints = [1, 2, 3].map((number) => ({ name: `n${number}`, macs: [hostMac(number)] }));
  return mergeFabric(
    scan(
      isRead
        ? { readings: [core, edge], endpoints }
        : { readings: [core], silent: [{ address: addressOf(2), reason: "noAnswer" }], endpoints },
    ),
  );
}

test.each([true, false])("machines behind a switch that is silent are nowhere, with LLDP: %s", (hasLldp) => {
  const before = machinePlaces(tree(true, hasLldp), () => 0);
  const after = machinePlaces(tree(false, hasLldp), () => 0);
  for (const number of [1, 2]) {
    expect(before.placesOf(hostMac(number))).toMatchObject([{ switchName: "s2", port: `p${number}` }]);
    expect(after.placesOf(hostMac(number))).toEqual([]);
    expect(after.hasLeft(hostMac(number), "02:bb:00:00:00:02")).toBe(false);
  }
  expect(after.placesOf(hostMac(3))).toMatchObject([{ switchName: "s1", port: "p1" }]);
  expect(before.hasLeft(hostMac(1), "02:bb:00:00:00:02")).toBe(true);
});

test("a machine leaves a switch that told not all only by its own word, which another switch confirms", () => {
  const whole = tree(true, true, [{ table: "dot1qTpFdbTable", reason: "deadline" }]);
  const [first] = whole.attachments;
  if (!first) throw new Error("Nobody is attached");
  const id = "02:bb:00:00:00:02";
  const hasLeft = (attachment: Partial<Attachment>): boolean =>
    machinePlaces({ ...whole, attachments: [{ ...first, ...attachment }] }, () => 0).hasLeft(first.mac, id);
  const elsewhere = { at: { switch: "02:bb:00:00:00:01", port: "p2" } };
  expect(hasLeft({ ...elsewhere, confidence: "likely" })).toBe(false);
  expect(hasLeft({ ...elsewhere, confidence: "certain" })).toBe(true);
  expect(hasLeft({ at: { switch: id, port: "p2" }, confidence: "certain" })).toBe(false);
});

test("where no switch is asked, the word of machines is enough", () => {
  const one = fabric([attached(MAC, at(7), word)]);
  const seen = { ...one, switches: one.switches.map((known) => ({ ...known, knowledge: "seen" as const })) };
  expect(machinePlaces(seen, () => LATER).hasLeft(MAC, "s1")).toBe(true);
});

test.each([
  { silent: [], places: ["p8", "p8"] },
  { silent: [{ address: addressOf(2), reason: "noAnswer" as const }], places: ["p8", undefined] },
])(
  "beside a machine that says itself where it is another one is as well, unless a switch is silent: $places",
  (seen) => {
    const core = reading(1, { learned: learnt(8, hostMac(1), hostMac(2)) });
    const endpoints = [1, 2].map((number) => ({ name: `n${number}`, macs: [hostMac(number)] }));
    const frames = [heard("n1", { host: 1, number: 1, far: 8 })];
    const one = mergeFabric(scan({ readings: [core], silent: seen.silent, heard: frames, endpoints }));
    const { placesOf } = machinePlaces(one, () => LATER);
    expect([1, 2].map((number) => placesOf(hostMac(number))[0]?.port)).toEqual(seen.places);
  },
);
