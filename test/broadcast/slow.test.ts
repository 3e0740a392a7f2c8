import { describe, expect, test } from "vitest";
import { allWell, at, Stand, standOf } from "./stand.ts";

const MB = 1e6;

describe("a node that is slow", () => {
  const slowLink = (node: string, second: number) => {
    const share = ["n2", "n3", "n4"].includes(node) ? 0.2 : 1;
    return { receivedBytes: share * 100 * MB * second, writtenRawBytes: share * 100 * MB * second };
  };

  test("by its link becomes the last and feeds nobody; those behind it are not to blame", () => {
    const stand = standOf("n1", "n2", "n3", "n4");
    stand.pass(4, slowLink);
    expect(stand.findings).toEqual([
      { kind: "slow", node: "n2", why: "link", rate: 20 * MB, otherRate: 100 * MB },
    ]);
    expect(stand.firsts()).toMatchObject({ n3: "n1", n4: "n3" });
    stand.pass(4, (node, second) => (node === "n2" ? slowLink(node, second) : allWell(node, second)));
    expect(stand.firsts()).toEqual({ n1: "appliance", n3: "n1", n4: "n3", n2: "n4" });
    expect(stand.findings).toHaveLength(1);
  });

  test("by its disk is found when its memory is nearly full, before it slows anybody", () => {
    const stand = standOf("n1", "n2", "n3");
    stand.pass(5, (node, second) => ({
      ...{ receivedBytes: 100 * MB * second, memoryBytes: 400 * MB },
      writtenRawBytes: (node === "n2" ? 30 : 100) * MB * second,
      heldBytes: node === "n2" ? 70 * MB * second : 0,
    }));
    expect(stand.findings).toEqual([
      { kind: "slow", node: "n2", why: "disk", rate: 30 * MB, otherRate: 100 * MB },
    ]);
  });

  test("by what its card says is moved before it slows anybody", () => {
    const stand = new Stand();
    for (const [node, linkMbit] of Object.entries({ n1: 1000, n2: 100, n3: 1000, n4: 1000 }))
      stand.joinOne({ node, endpoint: at(node), linkMbit });
    stand.settle();
    for (const node of ["n1", "n2", "n3", "n4"]) stand.coordinator.listens(node, at(node));
    stand.pass(4, allWell);
    expect(stand.firsts()).toEqual({ n1: "appliance", n3: "n1", n4: "n3", n2: "n4" });
    expect(stand.findings).toMatchObject([{ kind: "slow", node: "n2", why: "link" }]);
  });

  test("and the head makes room, but no third one, for it may be the appliance that is slow", () => {
    const stand = standOf("n1", "n2", "n3");
    const tired = (_: string, second: number) => ({
      receivedBytes: (second < 5 ? 100 * second : 320 + 20 * second) * MB,
    });
    stand.pass(9, tired);
    expect(stand.firsts()).toEqual({ n2: "appliance", n3: "n2", n1: "n3" });
    stand.pass(30, tired);
    stand.pass(6, tired);
    const settled = stand.firsts();
    expect(settled["n3"]).toBe("appliance");
    stand.pass(30, tired);
    expect(stand.firsts()).toEqual(settled);
    expect(stand.findings).toEqual([]);
  });

  test("is nobody when all are", () => {
    const stand = standOf("n1", "n2", "n3");
    stand.pass(8, (_, second) => ({ receivedBytes: 10 * MB * second, writtenRawBytes: 10 * MB * second }));
    expect(stand.findings).toEqual([]);
  });
});

test.each([
  ["has not written what came, so nothing but itself holds it up", { heldBytes: 300 * MB }],
  ["has all of it and only writes", { upstream: undefined }],
])("the head is not slow when it %s", (_, said) => {
  const stand = standOf("n1", "n2", "n3");
  const firsts = stand.firsts();
  stand.pass(20, (_node, second) => ({
    receivedBytes: (second < 5 ? 100 * second : 480 + 4 * second) * MB,
    ...(second < 5 ? {} : said),
  }));
  expect(stand.firsts()).toEqual(firsts);
  expect(stand.findings).toEqual([]);
});
