import { describe, expect, test } from "vitest";
import type { Fabric } from "#src/fabric/graph.ts";
import { check, known, RACK } from "./check_helpers.ts";
import { type MadeFabric, madeFabric } from "./made_fabric.ts";

const RIGHT = "n1: e1/1\nn2: E1/gigabitethernet1/0/2\nn3: e2/Gi1/0/3";

describe.each<readonly [string, MadeFabric | Fabric, string, readonly string[]]>([
  ["all as it should be, in the spellings of people", RACK, RIGHT, []],
  [
    "a node that is not seen",
    RACK,
    "n9: e1/2\nn8: e1/9",
    ["error 1: n9 is not seen at e1/Gi1/0/2", "error 2: n8 is not seen at e1/Gi1/0/9, and that port is down"],
  ],
  [
    "two nodes that changed places",
    RACK,
    "n1: e1/2\nn2: e1/1",
    [
      "error 1: n1 should be at e1/Gi1/0/2 and is at e1/Gi1/0/1; n2 is there instead",
      "error 2: n2 should be at e1/Gi1/0/1 and is at e1/Gi1/0/2; n1 is there instead",
    ],
  ],
  [
    "a node at another switch",
    RACK,
    "n3: e1/9",
    ["error 1: n3 should be at e1/Gi1/0/9 and is at e2/Gi1/0/3"],
  ],
  [
    "a node that is slower than wanted",
    RACK,
    "n1: e1/1 10G\nn2: e1/2 1G",
    ["error 1: n1 runs at 1 Gbit/s, where the file wants 10 Gbit/s"],
  ],
  [
    "a switch and a port that do not exist, told once",
    RACK,
    "n1: e9/1\nn2: e9/2\nn3: e2/77\nn4: e2/77",
    ["error 1: No switch is called e9", "error 3: e2 has no port 77"],
  ],
  [
    "a switch that did not answer",
    known(madeFabric(RACK), "e2", "silent"),
    "n9: e2/7\nn3: e2/3",
    [
      "note 1: n9 at e2/7 is not seen, but nothing is known of that for sure: e2 was not read in full",
      "note: e2 did not answer",
    ],
  ],
  [
    "links",
    RACK,
    "- core/1 - e1/49 10G\n- e2/49 - core/2 40G\n- core/1 - e2/Gi1/0/3\n- core/a - e1/9",
    [
      "error 2: Link e2/49 - core/2 runs at 10 Gbit/s, where the file wants 40 Gbit/s",
      "error 3: Link core/1 - e2/Gi1/0/3 is not seen; the cable goes core/1 - e1/49",
      "error 4: Link core/a - e1/Gi1/0/9 is not seen, and a port of it is down",
    ],
  ],
  [
    "a link to a switch that was not read",
    known(madeFabric(RACK), "e2", "seen"),
    "- core/a - e2/Gi1/0/3",
    [
      "note 1: Link core/a - e2/Gi1/0/3 is not seen, but nothing is known of that for sure: e2 was not read in full",
    ],
  ],
])("%s", (_, made, text, expected) => {
  test("is found", () => expect(check(made, text)).toEqual(expected));
});

describe("more of what a file can say", () => {
  const LAG: MadeFabric = {
    links: [{ ends: "core/ae0 - e1/po1", speedMbit: 20_000, cables: ["core/1 - e1/49", "core/2 - e1/50"] }],
    at: { n1: "e1/po7" },
    ports: { "e1/7": { lag: "po7" }, "e1/8": { lag: "po7" } },
  };
  test("cables of an aggregate are found one by one, and each has its share of the speed", () =>
    expect(
      check(
        LAG,
        "nodes:\n  n1: [e1/7, e1/8]\nlinks:\n- core/1 - e1/49 10G\n- core/2 - e1/50 40G\n- core/1 - e1/50",
      ),
    ).toEqual([
      "error 5: Link core/2 - e1/50 runs at 10 Gbit/s, where the file wants 40 Gbit/s",
      "error 6: Link core/1 - e1/50 is not seen; the cable goes core/1 - e1/49",
    ]));

  test("what the file does not have is told where asked, and never of the appliance", () => {
    const text = "nodes:\n  n1: e1/1\nlinks:\n  - core/1 - e1/49";
    expect(check(RACK, text)).toEqual([]);
    expect(check(RACK, text, { unexpected: true, appliance: "appliance" })).toEqual([
      "warning: n2 is at e1/Gi1/0/2, which the file does not say",
      "warning: n3 is at e2/Gi1/0/3, which the file does not say",
      "warning: Link core/2 - e2/49 is seen, which the file does not have",
    ]);
    const two = madeFabric(RACK);
    const [one] = two.attachments.filter(({ endpoint }) => endpoint === "n2");
    const both = {
      ...two,
      attachments: [...two.attachments, { ...one, endpoint: "n1" } as NonNullable<typeof one>],
    };
    expect(check(both, "n1: e1/1\nn2: e1/2\nn3: e2/3", { unexpected: true, appliance: "appliance" })).toEqual(
      ["warning: n1 is at e1/Gi1/0/2, which the file does not say"],
    );
  });

  test("a switch goes by its name without the domain, its id and its address; two of one name are not told apart", () => {
    const fabric = madeFabric({ at: { n1: "s1/1", n2: "s2/1" } });
    const switches = fabric.switches.map((one) => ({
      ...one,
      name: `sw.${one.id}.example`,
      addresses: [`10.0.0.${one.id.slice(1)}`],
    }));
    const named = { ...fabric, switches } as unknown as Fabric;
    expect(check(named, "n1: SW.s1.example/1\nn2: 10.0.0.2/1")).toEqual([]);
    expect(check(named, "n1: s1/1\nn2: sw/1")).toEqual(["error 2: 2 switches are called sw"]);
    const one = {
      ...named,
      switches: named.switches.slice(0, 1),
      attachments: named.attachments.slice(0, 1),
    };
    expect(check(one, "n1: sw/1")).toEqual([]);
  });

  test("a port that may be several is not guessed", () =>
    expect(
      check({ at: { n1: "s/Gi1/0/7", n2: "s/Te1/1/7", n3: "s/Gi2/0/7" } }, "n1: s/7\nn2: s/te7\nn3: s/2/0/7"),
    ).toEqual(["error 1: s has several ports that 7 may mean: Gi1/0/7, Te1/1/7, Gi2/0/7"]));
});

test("an id goes before a name, and what MAC tables hint at is not unexpected", () => {
  const fabric = madeFabric({
    links: [{ ends: "a/1 - b/1" }, { ends: "a/2 - c/1", confidence: "inferred" }, { ends: "a/3 - d" }],
    at: { n1: "a/7", n2: "b/7" },
  });
  const same = { ...fabric, switches: fabric.switches.map((one) => ({ ...one, name: "a" })) };
  const text = "nodes: {n1: a/7, n2: b/7}\nlinks: [a/1 - b/1]";
  expect(check(same, text, { unexpected: true })).toEqual([]);
});

test("a port that is down is sure to be without its cable, also on a switch that answered in part", () => {
  const partial = known(madeFabric(RACK), "e1", "partial");
  expect(check(partial, "nodes: {n8: e1/9}\nlinks: [core/a - e1/9, core/a - e1/Gi1/0/1]")).toEqual([
    "error 1: n8 is not seen at e1/Gi1/0/9, and that port is down",
    "error 2: Link core/a - e1/Gi1/0/9 is not seen, and a port of it is down",
    "note 2: Link core/a - e1/Gi1/0/1 is not seen, but nothing is known of that for sure: e1 was not read in full",
    "note: e1 answered in part only",
  ]);
});

test("a link between two switches of which no port is known is taken for the one that the file has", () => {
  expect(check({ links: [{ ends: "a - b" }], ports: { "a/1": {}, "b/1": {} } }, "- a/1 - b/1")).toEqual([]);
});

test("of ports with the same last number the one with as many numbers is meant, and never an aggregate", () => {
  const ports = { "s/Te1/7": {}, "s/Te2/1/7": {}, "s/ge8": { lag: "ae9" }, "s/ge9": {}, "s/ae9": {} };
  expect(check({ ports, at: { n1: "s/Te1/7", n2: "s/ge9" } }, "n1: s/1/7\nn2: s/9")).toEqual([]);
});
