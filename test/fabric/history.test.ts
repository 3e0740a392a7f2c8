import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Fabric } from "#src/fabric/graph.ts";
import { diffFabric } from "#src/fabric/history.ts";
import { describeChange } from "#src/fabric/history_text.ts";
import { type MadeFabric, madeFabric } from "./made_fabric.ts";
import { fabricOfTree, randomTree, shuffled } from "./random_tree.ts";

/** Every link is announced by both of its ends, every machine found in the table of its switch. */
function announced(fabric: Fabric): Fabric {
  return {
    ...fabric,
    links: fabric.links.map((link) => ({
      ...link,
      evidence: link.ends.map((end) => ({ source: "lldp" as const, by: end.switch })),
    })),
    attachments: fabric.attachments.map((one) => ({
      ...one,
      evidence: [{ source: "macTable" as const, by: one.at.switch }],
    })),
  };
}

/** What a scan brings home that a switch did not answer: what only that one tells is not there. */
function withSilent(fabric: Fabric, id: string): Fabric {
  return {
    ...fabric,
    switches: fabric.switches.map((one) =>
      one.id === id ? { ...one, knowledge: "silent", ports: [] } : one,
    ),
    links: fabric.links
      .map((link) => ({ ...link, evidence: link.evidence.filter(({ by }) => by !== id) }))
      .filter(({ evidence }) => evidence.length > 0),
    attachments: fabric.attachments.filter(({ at }) => at.switch !== id),
  };
}

const without = (fabric: Fabric, id: string): Fabric => ({
  ...fabric,
  switches: fabric.switches.filter((one) => one.id !== id),
  links: fabric.links.filter(({ ends }) => !ends.some((end) => end.switch === id)),
  attachments: fabric.attachments.filter(({ at }) => at.switch !== id),
});

const RACK: MadeFabric = {
  links: [
    { ends: "core/1 - e1/49", speedMbit: 10_000 },
    { ends: "core/2 - e2/49", speedMbit: 10_000 },
  ],
  at: { n1: "e1/1", n2: "e1/2", n3: "e2/3" },
};
const rack = (changed: Partial<MadeFabric> = {}): Fabric => announced(madeFabric({ ...RACK, ...changed }));
const texts = (before: Fabric, after: Fabric): readonly string[] =>
  diffFabric(before, after).map(describeChange);
const NOT_SEEN = "was not seen this time, and nobody who would tell was read";

describe.each<readonly [string, Fabric, Fabric, readonly string[], readonly string[]]>([
  ["nothing", rack(), rack(), [], []],
  [
    "a node that moved",
    ...[rack(), rack({ at: { ...RACK.at, n1: "e2/1" } })],
    ["n1 has moved from e1/1 to e2/1"],
    ["n1 has moved from e2/1 to e1/1"],
  ] as const,
  [
    "a node",
    ...[rack(), rack({ at: { n1: "e1/1", n2: "e1/2" } })],
    ["n3 at e2/3 is gone"],
    ["n3 at e2/3 is new"],
  ] as const,
  [
    "a link",
    ...[rack(), rack({ links: RACK.links?.slice(0, 1) ?? [], switches: ["e2"] })],
    ["Link core/2 - e2/49 is gone"],
    ["Link core/2 - e2/49 is new"],
  ] as const,
  [
    "the speed of a link",
    ...[rack(), rack({ links: RACK.links?.map((one) => ({ ...one, speedMbit: 1000 })) ?? [] })],
    [
      "Link core/1 - e1/49 runs at 1 Gbit/s; it was 10 Gbit/s",
      "Link core/2 - e2/49 runs at 1 Gbit/s; it was 10 Gbit/s",
    ],
    [
      "Link core/1 - e1/49 runs at 10 Gbit/s; it was 1 Gbit/s",
      "Link core/2 - e2/49 runs at 10 Gbit/s; it was 1 Gbit/s",
    ],
  ] as const,
  [
    "a switch that was taken out",
    ...[rack(), without(rack(), "e1")],
    ["Switch e1 is gone, with 1 link and 2 nodes"],
    ["Switch e1 is new, with 1 link and 2 nodes"],
  ] as const,
  [
    "a switch that did not answer",
    ...[rack(), withSilent(rack(), "e1")],
    [`Switch e1 ${NOT_SEEN}, with 2 nodes`],
    ["Switch e1 is seen, and the scan before could not have seen it, with 2 nodes"],
  ] as const,
  [
    "a switch behind one that did not answer",
    ...[rack(), without(withSilent(rack(), "core"), "e1")],
    [`Switch core ${NOT_SEEN}, with 1 link`, `Switch e1 ${NOT_SEEN}, with 1 link and 2 nodes`],
    [
      "Switch core is seen, and the scan before could not have seen it, with 1 link",
      "Switch e1 is seen, and the scan before could not have seen it, with 1 link and 2 nodes",
    ],
  ] as const,
  [
    "a port that lost its link",
    ...[rack({ ports: { "e1/1": { isUp: true } } }), rack({ ports: { "e1/1": { isUp: false } } })],
    ["Port e1/1 went down: n1"],
    ["Port e1/1 came up: n1"],
  ] as const,
  [
    "a link that became an aggregate with another cable",
    ...[
      rack(),
      rack({
        links: [
          { ends: "core/ae - e1/ae", speedMbit: 20_000, cables: ["core/1 - e1/49", "core/9 - e1/50"] },
          ...(RACK.links?.slice(1) ?? []),
        ],
      }),
    ],
    ["Link core/ae - e1/ae runs at 20 Gbit/s; it was 10 Gbit/s"],
    ["Link core/1 - e1/49 runs at 10 Gbit/s; it was 20 Gbit/s"],
  ] as const,
])("%s", (_, before, after, there, back) => {
  test("there", () => expect(texts(before, after)).toEqual(there));
  test("and back", () => expect(texts(after, before)).toEqual(back));
});

test("another name of a switch, and names that cannot act on a terminal", () => {
  const fabric = rack();
  const switches = fabric.switches.map((one) => (one.id === "e1" ? { ...one, name: "rack\u001b[2J7" } : one));
  expect(texts(fabric, { ...fabric, switches })).toEqual(["Switch e1 is called rack\\u001b[2J7 now"]);
});

test("a node that only its own frames placed is not gone when it is off", () => {
  const heard = madeFabric(RACK);
  const attachments = heard.attachments.map((one) => ({
    ...one,
    evidence: [{ source: "lldp" as const, by: one.endpoint ?? "" }],
  }));
  expect(texts({ ...heard, attachments }, { ...heard, attachments: attachments.slice(1) })).toEqual([
    `n1 at e1/1 ${NOT_SEEN}`,
  ]);
});

test("a node with two cards: one cable moves, one card is changed, one is taken out", () => {
  const two = (first: string, second: string | undefined): Fabric => {
    const made = madeFabric({ at: { a: first, ...(second === undefined ? {} : { b: second }) } });
    const attachments = made.attachments.map((one) => ({ ...one, endpoint: "n1" }));
    return announced({ ...made, attachments });
  };
  const switches = madeFabric({ switches: ["s"] }).switches;
  const bare = (fabric: Fabric): Fabric => ({ ...fabric, switches });
  expect(texts(two("s/1", "s/2"), two("s/1", "s/3"))).toEqual(["n1 has moved from s/2 to s/3"]);
  const swapped = two("s/1", "s/2");
  const cards = swapped.attachments.map((one, at) =>
    at === 0 ? { ...one, mac: "02:ff:00:00:00:01" as typeof one.mac } : one,
  );
  expect(texts(swapped, { ...swapped, attachments: cards })).toEqual([]);
  expect(texts(bare(two("s/1", "s/2")), bare(two("s/1", undefined)))).toEqual(["n1 at s/2 is gone"]);
});

test("a scan is never different from itself, in whatever order its parts come", () => {
  fc.assert(
    fc.property(randomTree, fc.integer(), (tree, seed) => {
      const fabric = announced(fabricOfTree(tree));
      expect(diffFabric(fabric, shuffled(fabric, seed))).toEqual([]);
    }),
  );
});

test("a silent switch makes nothing gone and nothing new", () => {
  fc.assert(
    fc.property(randomTree, fc.nat(), (tree, pick) => {
      const fabric = announced(fabricOfTree(tree));
      const silent = withSilent(fabric, `s${pick % tree.above.length}`);
      const how = (before: Fabric, after: Fabric) =>
        new Set(diffFabric(before, after).map((one) => ("how" in one ? one.how : one.kind)));
      expect(how(fabric, silent)).toEqual(new Set(["notSeen"]));
      expect(how(silent, fabric)).toEqual(new Set(["found"]));
    }),
  );
});

test("one node less is one change, wherever it was", () => {
  fc.assert(
    fc.property(randomTree, fc.nat(), (tree, pick) => {
      const fabric = announced(fabricOfTree(tree));
      const node = `n${pick % tree.switchOf.length}`;
      const after = {
        ...fabric,
        attachments: fabric.attachments.filter(({ endpoint }) => endpoint !== node),
      };
      expect(diffFabric(fabric, after)).toMatchObject([{ kind: "node", how: "gone", node }]);
      expect(diffFabric(after, fabric)).toMatchObject([{ kind: "node", how: "appeared", node }]);
    }),
  );
});

test("one end that was read is enough to miss a link that both had announced; what tables say needs all of them", () => {
  const before = rack();
  const silent = withSilent(before, "core");
  const cut = {
    ...silent,
    links: silent.links.filter(({ ends }) => ends.every((end) => end.switch !== "e1")),
  };
  const told = diffFabric(before, cut).flatMap((one) =>
    one.kind === "switch" ? [`${one.how} ${one.links}`] : [one.kind],
  );
  expect(told).toEqual(["notSeen 1"]);
  const partial = {
    ...before,
    switches: before.switches.map((one) =>
      one.id === "core" ? { ...one, knowledge: "partial" as const } : one,
    ),
  };
  const less = { ...partial, links: partial.links.slice(1) };
  expect(texts(before, less)).toEqual(["Link core/1 - e1/49 is gone"]);
  const tables = (fabric: Fabric): Fabric => ({
    ...fabric,
    links: fabric.links.map((link) => ({
      ...link,
      evidence: link.ends.map((end) => ({ source: "macTable" as const, by: end.switch })),
    })),
  });
  expect(texts(tables(before), tables(less))).toEqual([`Link core/1 - e1/49 ${NOT_SEEN}`]);
});

test("two cards that change ports are told each by its address, and a new card at a new place is a move", () => {
  const cards = (first: string, second: string): Fabric => {
    const made = madeFabric({ at: { a: first, b: second } });
    return { ...made, attachments: made.attachments.map((one) => ({ ...one, endpoint: "n1" })) };
  };
  expect(texts(cards("s/1", "s/2"), cards("s/4", "s/3"))).toEqual([
    "n1 has moved from s/1 to s/4",
    "n1 has moved from s/2 to s/3",
  ]);
  const [one, other] = [cards("s/1", "s/2"), cards("s/1", "s/5")];
  const attachments = other.attachments.map((card, at) =>
    at === 1 ? { ...card, mac: "02:ff:00:00:00:01" as typeof card.mac } : card,
  );
  expect(texts(one, { ...other, attachments })).toEqual(["n1 has moved from s/2 to s/5"]);
});
