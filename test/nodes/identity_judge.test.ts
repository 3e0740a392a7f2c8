import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeFinding, type Finding, findingKey, nodesOf, settleCommand } from "#src/nodes/finding.ts";
import type { Mac } from "#src/value/mac.ts";
import { judge, learnedBy, mac, placed, port, type Seen, uuid } from "./judged.ts";

describe("nothing is found, and what is new is learned", () => {
  test("a machine that calls for the first time", () => {
    const judgement = judge([{ said: { serial: "SN-0001", uuid: uuid("1") } }], { 1: [1] });
    expect(judgement.findings).toEqual([]);
    expect(learnedBy(judgement)).toEqual({
      n1: { serial: "SN-0001", uuid: expect.any(String), places: { [mac(1)]: port(1) } },
    });
  });

  test("the same machine again", () => {
    const seen = { said: { serial: "SN-0001", uuid: uuid("1") } };
    const identity = judge([seen], { 1: [1] }).learned[0]?.identity;
    expect(judge([{ ...seen, identity: identity ?? {} }], { 1: [1] })).toEqual({ findings: [], learned: [] });
  });

  test("a machine whose firmware got another UUID keeps its serial number", () => {
    const judgement = judge([
      { identity: { serial: "SN-0001", uuid: "old" }, said: { serial: "SN-0001", uuid: uuid("1") } },
    ]);
    expect(judgement.findings).toEqual([]);
    expect(learnedBy(judgement)).toMatchObject({
      n1: { serial: "SN-0001", uuid: expect.not.stringMatching("old") },
    });
  });

  test("a switch that was renamed is the same place", () => {
    const before = { switchId: "s1", switchName: "old", port: "Eth1" };
    const judgement = judge([{ identity: { places: { [mac(1)]: before } } }], { 1: [1] });
    expect(judgement.findings).toEqual([]);
    expect(learnedBy(judgement)).toEqual({ n1: { places: { [mac(1)]: port(1) } } });
  });

  test("boards that nobody gave a number", () => {
    const words = { serial: "To Be Filled By O.E.M.", uuid: "03000200-0400-0500-0006-000700080009" };
    expect(judge([{ said: words }, { said: words }, { said: words }])).toEqual({ findings: [], learned: [] });
  });

  test("a link to the BMC that has the same MAC in each machine", () => {
    const usb = mac(9);
    const said = (number: number) => ({ serial: `SN-000${number}`, macs: [mac(number), usb] });
    const seen = [1, 2, 3].map((number) => ({ said: said(number) }));
    expect(judge([...seen, { status: "discovered", macs: [usb] }]).findings).toEqual([]);
  });
});

const FOUND: readonly (readonly [
  what: string,
  ReturnType<typeof judge>,
  Partial<Finding>,
  settle: string,
])[] = [
  [
    "a discovered card that the node's agent lists",
    judge([{ said: { serial: "SN-0001", macs: [mac(1), mac(2)] } }, { status: "discovered" }]),
    { kind: "secondCard", node: "n1", other: "d2", by: "inventory" },
    "brigade node merge n1 d2",
  ],
  [
    "one machine that was registered twice",
    judge([
      { said: { serial: "SN-0001", macs: [mac(1), mac(2)] } },
      { said: { serial: "SN-0001", macs: [mac(1), mac(2)] } },
    ]),
    { kind: "secondCard", node: "n1", other: "n2" },
    "brigade node merge n1 n2",
  ],
  [
    "a board without a serial number, and with another UUID",
    judge([{ identity: { uuid: "u" }, said: { uuid: uuid("1") } }]),
    { kind: "boardChanged", what: "UUID" },
    "brigade node accept n1",
  ],
  [
    "another board with the same cards",
    judge([{ identity: { serial: "SN-0001" }, said: { serial: "SN-0009" } }]),
    { kind: "boardChanged", node: "n1", was: "SN-0001", is: "SN-0009" },
    "brigade node accept n1",
  ],
  [
    "the only card of one node in the machine of another",
    judge([
      { identity: { serial: "SN-0001" }, said: { serial: "SN-0002" } },
      { identity: { serial: "SN-0002" }, said: { serial: "SN-0002", order: 0 } },
    ]),
    { kind: "cardMoved", node: "n1", other: "n2", mac: mac(1), hasMore: false },
    "brigade node merge n2 n1 --force",
  ],
  [
    "a second card of one node in the machine of another",
    judge([
      { macs: [mac(1), mac(5)], identity: { serial: "SN-0001" }, said: { serial: "SN-0001" } },
      { identity: { serial: "SN-0002" }, said: { serial: "SN-0002", macs: [mac(2), mac(5)] } },
    ]),
    { kind: "cardMoved", node: "n1", other: "n2", mac: mac(5), hasMore: true },
    `brigade node split n1 --macs ${mac(5)} --to n2`,
  ],
  [
    "cards that were exchanged",
    judge([
      { identity: { serial: "SN-0001" }, said: { serial: "SN-0002" } },
      { identity: { serial: "SN-0002" }, said: { serial: "SN-0001" } },
    ]),
    { kind: "cardsSwapped", node: "n1", other: "n2" },
    "brigade node swap-macs n1 n2",
  ],
  [
    "a cable in another port",
    judge([{ identity: placed(1) }], { 1: [7] }),
    { kind: "moved", node: "n1", mac: mac(1), from: port(1), to: port(7) },
    "brigade node accept n1",
  ],
  [
    "a cable in the port of another, whose own is nowhere",
    judge([{ identity: placed(1) }, { identity: placed(2) }], { 1: [2] }),
    { kind: "moved", node: "n1", to: port(2) },
    "brigade node accept n1",
  ],
  [
    "two cables that were exchanged",
    judge([{ identity: placed(1) }, { identity: placed(2) }], { 1: [2], 2: [1] }),
    { kind: "cablesSwapped", node: "n1", other: "n2", place: port(2), otherPlace: port(1) },
    "brigade node accept n[1-2]",
  ],
  [
    "a new machine where a node was",
    judge([{ identity: placed(1) }, { status: "discovered" }], { 2: [1] }),
    { kind: "newcomer", node: "n1", other: "d2", place: port(1) },
    "brigade node replace n1 --with d2",
  ],
  [
    "a MAC on two ports",
    judge([{ identity: placed(1) }], { 1: [1, 7] }),
    { kind: "macOnTwoPorts", node: "n1", places: [port(1), port(7)] },
    "brigade node accept n1",
  ],
  [
    "three machines with one UUID that is on no list",
    judge([1, 2, 3].map((number) => ({ said: { serial: `SN-000${number}`, uuid: uuid("1") } }))),
    { kind: "shared", what: "UUID", nodes: ["n1", "n2", "n3"] },
    "brigade node accept n[1-3]",
  ],
  [
    "the sleds of one chassis with its serial number",
    judge([{ said: { serial: "CHASSIS-1" } }, { said: { serial: "CHASSIS-1" } }]),
    { kind: "shared", what: "serial number", nodes: ["n1", "n2"] },
    "brigade node accept n[1-2]",
  ],
];

test.each(FOUND)("found once, with the command that settles it: %s", (_, { findings }, finding, settle) => {
  expect(findings).toMatchObject([finding]);
  expect(findings.map(settleCommand)).toEqual([settle]);
  for (const name of nodesOf(findings[0] as Finding))
    expect(describeFinding(findings[0] as Finding)).toContain(
      findings[0]?.kind === "shared" ? "have the same" : name,
    );
});

describe("what is known stays as long as it is in doubt", () => {
  test.each(FOUND.filter(([, , { kind }]) => kind !== "shared"))("%s", (_, judgement) => {
    for (const { node, identity } of judgement.learned) {
      expect(identity?.serial).toBe(node.identity?.serial ?? identity?.serial);
      for (const [card, place] of Object.entries(node.identity?.places ?? {}))
        expect(identity?.places?.[card as Mac]).toEqual(place);
    }
  });

  test("a shared UUID is no identity, also where it was one before", () => {
    const judgement = judge([
      { identity: { serial: "SN-0001", uuid: "u" }, said: { serial: "SN-0001", uuid: uuid("1") } },
      { said: { serial: "SN-0002", uuid: uuid("1") } },
    ]);
    expect(learnedBy(judgement)).toEqual({ n1: { serial: "SN-0001" }, n2: { serial: "SN-0002" } });
  });
});

describe("guesses that would be wrong", () => {
  test("many new machines with the UUID of a registered one are no cards of it", () => {
    const learned = judge([{ said: { uuid: uuid("1") } }]).learned[0]?.identity ?? {};
    const strangers = Array.from({ length: 4 }, () => ({ status: "discovered", identity: learned }) as const);
    const { findings } = judge([{ identity: learned, said: { uuid: uuid("1") } }, ...strangers]);
    expect(findings).toMatchObject([{ kind: "shared", nodes: ["n1", "d2", "d3", "d4", "d5"] }]);
  });

  test("one new machine with it may be one, and both are told", () => {
    const learned = judge([{ said: { uuid: uuid("1") } }]).learned[0]?.identity ?? {};
    const { findings } = judge([{ identity: learned }, { status: "discovered", identity: learned }]);
    expect(findings).toMatchObject([{ kind: "secondCard", node: "n1", other: "d2", by: "uuid" }]);
  });

  test("a card that came back before its machine was asked again", () => {
    const { findings } = judge([
      { macs: [mac(1), mac(5)], identity: { serial: "SN-0001" }, said: { serial: "SN-0001", order: 9 } },
      { identity: { serial: "SN-0002" }, said: { serial: "SN-0002", macs: [mac(2), mac(5)], order: 3 } },
    ]);
    expect(findings).toEqual([]);
  });

  test("a new machine behind a port that several have", () => {
    const identity = { places: { [mac(1)]: port(1) } };
    const other = { places: { [mac(2)]: port(1) } };
    expect(judge([{ identity }, { identity: other }, { status: "discovered" }], { 3: [1] }).findings).toEqual(
      [],
    );
  });

  test("a second card is no new machine", () => {
    const { findings } = judge(
      [
        { identity: placed(1), said: { serial: "SN-0001", macs: [mac(1), mac(2)] } },
        { status: "discovered" },
      ],
      { 2: [1] },
    );
    expect(findings).toMatchObject([{ kind: "secondCard" }]);
  });
});

test("whatever machines show: each finding is told once, names nodes that are there, and says what to do", () => {
  const number = fc.integer({ min: 1, max: 4 });
  const serial = fc.constantFrom("", "SN-0001", "SN-0002", "SN-0003", "Default string");
  const anySeen: fc.Arbitrary<Seen> = fc.record({
    status: fc.constantFrom("registered", "discovered"),
    identity: fc.record(
      {
        serial: fc.constantFrom("SN-0001", "SN-0002", "SN-0003"),
        places: number.chain((at) => number.map((card) => ({ [mac(card)]: port(at) }))),
      },
      { requiredKeys: [] },
    ),
    said: fc.record({
      serial,
      uuid: fc.constantFrom("", uuid("1"), uuid("2")),
      macs: fc.array(number.map(mac), { maxLength: 3 }),
      order: number,
    }),
  });
  const anyPlaces = fc.dictionary(
    number.map(String),
    fc.array(number, { maxLength: 2 }).map((list) => [...new Set(list)]),
  );
  fc.assert(
    fc.property(fc.array(anySeen, { minLength: 1, maxLength: 4 }), anyPlaces, (seen, at) => {
      const { findings, learned } = judge(seen, at);
      const keys = findings.map(findingKey);
      expect(new Set(keys).size).toBe(keys.length);
      const names = seen.map(({ status }, index) => `${status === "registered" ? "n" : "d"}${index + 1}`);
      for (const finding of findings) {
        expect(names).toEqual(expect.arrayContaining([...nodesOf(finding)]));
        expect(settleCommand(finding)).toMatch(/^brigade node [a-z-]+ [nd]/);
      }
      // What was recorded of a serial number only an operator changes.
      for (const { node, identity } of learned)
        if (node.identity?.serial !== undefined) expect(identity?.serial).toBe(node.identity.serial);
    }),
    { numRuns: 500 },
  );
});
