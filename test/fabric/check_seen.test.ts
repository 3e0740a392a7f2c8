import { expect, test } from "vitest";
import { checkCabling } from "#src/fabric/check.ts";
import type { Fabric, FabricPort } from "#src/fabric/graph.ts";
import { check, known, RACK, told } from "./check_helpers.ts";
import { type MadeFabric, madeFabric } from "./made_fabric.ts";

/** Without a file. */
test.each<readonly [string, MadeFabric | Fabric, readonly string[]]>([
  ["nothing is wrong", RACK, []],
  [
    "one node of many is slow",
    {
      at: {
        n1: ["s/1", 10_000],
        n2: ["s/2", 10_000],
        n3: ["s/3", 10_000],
        n4: ["s/4", 1000],
        x1: ["s/5", 100],
      },
    },
    ["warning: n4 at s/4 runs at 1 Gbit/s, where those beside it run at 10 Gbit/s"],
  ],
  [
    "nodes of two kinds",
    { at: { n1: ["s/1", 10_000], n2: ["s/2", 10_000], n3: ["s/3", 1000], n4: ["s/4", 1000] } },
    [],
  ],
  [
    "one uplink of many is slow",
    {
      links: [1, 2, 3, 4].map((at) => ({
        ends: `core/${at} - e${at}/up`,
        speedMbit: at === 3 ? 1000 : 10_000,
      })),
    },
    ["warning: Link core/3 - e3/up runs at 1 Gbit/s, where those beside it run at 10 Gbit/s"],
  ],
  [
    "a port could do more",
    { at: { n1: ["s/Te1/1/1", 1000], n2: ["s/Gi1/0/1", 100] } },
    ["note: n1 at s/Te1/1/1 runs at 1 Gbit/s, and by its name the port does 10 Gbit/s"],
  ],
  [
    "duplex",
    {
      links: [{ ends: "a/1 - b/1" }],
      ports: {
        "a/1": { duplex: "half" },
        "b/1": { duplex: "full" },
        "b/2": { duplex: "half" },
        "b/3": { duplex: "half", isUp: false },
      },
    },
    [
      "error: a/1 runs at half duplex, and b/1 at the other end of its cable at full duplex",
      "warning: b/2 runs at half duplex",
    ],
  ],
  [
    "errors",
    { ports: { "a/1": { inErrors: 90_000 }, "a/2": { inErrors: 10 }, "a/3": { inErrors: 0 } } },
    ["warning: a/1 has counted 90000 broken packets, more than a sound cable has"],
  ],
  [
    "an aggregate that lost a cable",
    {
      links: [{ ends: "a/ae - b/ae", cables: ["a/1 - b/1", "a/2 - b/2"] }],
      ports: { "b/2": { isUp: false } },
    },
    ["warning: Link a/ae - b/ae runs on 1 of its 2 cables; down: a/2 - b/2"],
  ],
  [
    "a switch that answered in part",
    known(madeFabric(RACK), "e1", "partial"),
    ["note: e1 answered in part only"],
  ],
])("%s", (_, made, expected) => expect(check(made)).toEqual(expected));

test.each<readonly [string, Partial<FabricPort>, readonly string[]]>([
  ["one in ten thousand is broken", { inErrors: 1000, inPackets: 9_999_000 }, ["lossy"]],
  ["fewer are broken", { inErrors: 1000, inPackets: 9_999_001 }, []],
  ["a few are broken of a few", { inErrors: 999, inPackets: 1000 }, []],
  [
    "one in a hundred came whole and was thrown away",
    { inErrors: 1000, inDiscards: 1000, inPackets: 99_000 },
    ["discards"],
  ],
  ["fewer were thrown away", { inErrors: 1000, inDiscards: 1000, inPackets: 99_001 }, []],
  ["some of both", { inErrors: 9000, inDiscards: 5000, inPackets: 100_000 }, ["lossy", "discards"]],
  ["broken ones where packets are not counted", { inErrors: 20_000 }, ["lossy"]],
  ["as many as its neighbours have times twenty, less one", { inErrors: 19_999 }, []],
  ["thrown away where packets are not counted", { inErrors: 90_000, inDiscards: 90_000 }, []],
])("counters: %s", (_, port, expected) => {
  const fabric = madeFabric({
    ports: { "a/1": port, "a/2": { inErrors: 1000, inPackets: 1e9 }, "a/3": { inErrors: 1000 } },
  });
  expect(checkCabling(fabric).map(({ fact }) => fact.kind)).toEqual(expected);
});

test("an aggregate is not told beside its cables", () => {
  const ports = {
    "a/1": { inErrors: 90_000, inPackets: 1, lag: "ae" },
    "a/ae": { inErrors: 90_000, inPackets: 1 },
  };
  expect(check({ ports })).toEqual([
    "warning: a/1 has counted 90000 broken packets, more than a sound cable has",
  ]);
});

test("machines that share a port are not told to be slow: the port is of something that nobody sees", () => {
  const fast = Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((number) => [`n${number}`, [`s/${number}`, 10_000] as const]),
  );
  expect(check({ at: { ...fast, n7: ["s/7", 1000], n8: ["s/7", 1000] } })).toEqual([]);
});

test("a link that only one side hears, where the other side hears others", () => {
  const made = madeFabric({ links: [{ ends: "a/1 - b/1", confidence: "likely" }, { ends: "b/2 - c/1" }] });
  const by = (link: number, ids: readonly string[]): Fabric["links"][number][] =>
    made.links
      .slice(link, link + 1)
      .map((one) => ({ ...one, evidence: ids.map((id) => ({ source: "lldp", by: id })) }));
  const fabric = { ...made, links: [...by(0, ["a"]), ...by(1, ["b", "c"])] };
  const expected =
    "warning: Link a/1 - b/1 is announced one way only: a hears b, which was read too and does not hear it";
  expect(check(fabric)).toEqual([expected]);
  expect(check(known(fabric, "b", "seen"))).toEqual([]);
  expect(check({ ...fabric, links: [...by(0, ["a"]), ...by(1, ["c"])] })).toEqual([]);
  expect(check({ ...fabric, links: [...by(0, ["a", "b"]), ...by(1, ["b", "c"])] })).toEqual([]);
});

test("with an earlier scan only new errors count, also behind a restart of the switch", () => {
  const scan = (inErrors: number): Fabric =>
    madeFabric({ ports: { "a/1": { inErrors }, "a/2": { inErrors: 1 } } });
  const since = (count: number) => [`warning: a/1 has counted ${count} broken packets since the scan before`];
  expect(check(scan(90_050), undefined, { before: scan(90_000) })).toEqual([]);
  expect(check(scan(90_100), undefined, { before: scan(90_000) })).toEqual(since(100));
  expect(check(scan(500), undefined, { before: scan(90_000) })).toEqual(since(500));
});

test("contradictions are shown, each with its own advice", () => {
  const at = [{ switch: "a", port: "1" }];
  const contradictions = [
    { kind: "ring", at, text: "A ring" } as const,
    { kind: "sameIdentity", at, text: "Two of one id" } as const,
  ];
  const findings = checkCabling({ ...madeFabric({}), contradictions });
  expect(told(findings)).toEqual(["warning: A ring", "warning: Two of one id"]);
  expect(findings.map(({ advice }) => advice.split(" ").slice(0, 2).join(" "))).toEqual([
    "See that",
    "Give each",
  ]);
});
