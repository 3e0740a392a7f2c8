import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Member, planUpstreams } from "#src/broadcast/plan.ts";
import { hasRing, SOURCE } from "./rings.ts";

const at = (node: string): string => `${node}:7801`;
const member = (node: string, joined: number, feeds = true): Member => ({
  node,
  endpoint: at(node),
  joined,
  feeds,
});

const CASES: readonly {
  when: string;
  members: readonly Member[];
  expected: Record<string, readonly string[]>;
}[] = [
  { when: "alone", members: [member("n1", 0)], expected: { n1: [] } },
  {
    when: "five in a row",
    members: ["n1", "n2", "n3", "n4", "n5"].map((node, joined) => member(node, joined)),
    expected: { n1: [], n2: ["n1"], n3: ["n2", "n1"], n4: ["n3", "n2", "n1"], n5: ["n4", "n3", "n2"] },
  },
  {
    when: "joined at once: by name, as people count",
    members: [member("n10", 0), member("n2", 0), member("n1", 0)],
    expected: { n1: [], n2: ["n1"], n10: ["n2", "n1"] },
  },
  {
    when: "joined late: behind all, whatever its name",
    members: [member("n1", 7), member("n2", 1), member("n3", 2)],
    expected: { n2: [], n3: ["n2"], n1: ["n3", "n2"] },
  },
  {
    when: "the second does not feed: a leaf, and the chain grows past it",
    members: [member("n1", 0), member("n2", 1, false), member("n3", 2), member("n4", 3)],
    expected: { n1: [], n2: ["n1"], n3: ["n1"], n4: ["n3", "n1"] },
  },
  {
    when: "nobody feeds: all from the appliance",
    members: [member("n1", 0, false), member("n2", 1, false)],
    expected: { n1: [], n2: [] },
  },
];

const anyMembers: fc.Arbitrary<Member[]> = fc
  .uniqueArray(fc.record({ number: fc.nat(99), joined: fc.nat(20), feeds: fc.boolean() }), {
    maxLength: 40,
    selector: ({ number }) => number,
  })
  .map((all) => all.map(({ number, joined, feeds }) => member(`n${number}`, joined, feeds)));

describe("planUpstreams", () => {
  test.each(CASES)("$when", ({ members, expected }) => {
    const lists = Object.fromEntries(planUpstreams(members, SOURCE));
    const whole = Object.entries(expected).map(([node, peers]) => [node, [...peers.map(at), SOURCE]]);
    expect(lists).toEqual(Object.fromEntries(whole));
  });

  test("never closes a ring, always ends with the appliance, lists only who feeds", () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        const lists = planUpstreams(members, SOURCE);
        expect(lists.size).toBe(members.length);
        expect(hasRing(lists)).toBe(false);
        const feeding = new Set(members.filter(({ feeds }) => feeds).map(({ endpoint }) => endpoint));
        for (const list of lists.values()) {
          expect(list.at(-1)).toBe(SOURCE);
          expect(list.length).toBeLessThanOrEqual(4);
          expect(new Set(list).size).toBe(list.length);
          for (const peer of list.slice(0, -1)) expect(feeding).toContain(peer);
        }
      }),
    );
  });

  test("with nothing failing: one takes from the appliance, everybody else from a node of its own", () => {
    fc.assert(
      fc.property(anyMembers, (members) => {
        fc.pre(members.length > 0);
        const lists = [
          ...planUpstreams(
            members.map((one) => ({ ...one, feeds: true })),
            SOURCE,
          ).values(),
        ];
        const first = lists.map((list) => list[0]);
        expect(new Set(first).size).toBe(members.length);
        expect(first).toContain(SOURCE);
      }),
    );
  });
});
