import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chainCount } from "#src/broadcast/chain_count.ts";
import { crossings, type Order, orderByName, type Place } from "#src/broadcast/order.ts";
import { hasRing, SOURCE } from "./rings.ts";
import { allWell, at, Stand, standOf } from "./stand.ts";

/** `n1: "a"`: n1 stands at switch a, which hangs on the appliance's; positions in the order of mention. */
function fabricOf(switches: Record<string, string>): Order {
  const places = new Map<string, Place>(
    Object.entries(switches).map(([node, name], position) => [node, { position, path: ["root", name] }]),
  );
  return { placeOf: (node) => places.get(node) ?? { position: 0, path: [] }, count: places.size };
}

describe("nodes that join at about the same time", () => {
  test("go by name, as people count", () => {
    expect(new Stand().join("n10", "n2", "n1")).toEqual({ n1: "", n2: "n1", n10: "n2 n1" });
  });

  test("are all asked at once, head first, and none but the head is given the appliance before the next serves", () => {
    const stand = new Stand();
    for (const node of ["n3", "n1", "n2"]) stand.joinOne({ node, endpoint: at(node) });
    expect(stand.settle()).toEqual(["n1", "n2", "n3"]);
    expect([...stand.told.values()]).toEqual([[SOURCE], [at("n1")], [at("n2"), at("n1")]]);
    for (const node of ["n1", "n2", "n3"]) stand.coordinator.listens(node, at(node));
    stand.settle();
    expect(stand.told.get("n3")).toEqual([at("n2"), at("n1"), SOURCE]);
  });

  test("do not wait for one that never serves", () => {
    const stand = new Stand();
    for (const node of ["n1", "n2", "n3"]) stand.joinOne({ node, endpoint: at(node) });
    stand.settle();
    for (const node of ["n1", "n3"]) stand.coordinator.listens(node, at(node));
    stand.nowMs = 1000;
    stand.settle();
    expect(stand.firsts()).toEqual({ n1: "appliance", n2: "n1", n3: "n1" });
  });

  test("go through each switch once, whoever came first", () => {
    const order = fabricOf({ n1: "a", n3: "a", n5: "a", n2: "b", n4: "b", n6: "b" });
    const stand = new Stand(order);
    for (const node of ["n4", "n1", "n6", "n3", "n2", "n5"]) {
      stand.join(node);
      stand.nowMs += 100;
    }
    const links = Object.entries(stand.firsts()).filter(
      ([node, first]) => first !== "appliance" && crossings(order.placeOf(node), order.placeOf(first)) > 0,
    );
    expect(links).toHaveLength(1);
  });

  test("never push the head away, whose bytes come out of the appliance", () => {
    const stand = standOf("n5");
    stand.nowMs = 500;
    expect(stand.join("n1", "n9")).toEqual({ n5: "", n1: "n5", n9: "n1 n5" });
  });
});

describe("a late node", () => {
  test("is fed by the end of the chain, whatever its name", () => {
    const stand = standOf("n2", "n3", "n4");
    stand.pass(5, allWell);
    expect(stand.join("n1")).toEqual({ n2: "", n3: "n2", n4: "n3 n2", n1: "n4 n3 n2" });
  });

  test("is fed from its own switch when somebody there has nothing to do", () => {
    const stand = new Stand(fabricOf({ n1: "a", n2: "a", n3: "b", n4: "a" }));
    stand.join("n1", "n2", "n3");
    stand.pass(5, allWell);
    for (const node of ["n1", "n2", "n3"]) stand.coordinator.finished(node, true);
    stand.join("n4");
    expect(stand.firsts()["n4"]).toBe("n2");
  });

  test("is not put between two that are far ahead of it", () => {
    const stand = standOf("n1", "n3");
    stand.pass(5, allWell);
    stand.join("n2");
    expect(stand.firsts()).toEqual({ n1: "appliance", n3: "n1", n2: "n3" });
  });
});

describe("a node that booted anew", () => {
  test("keeps its place while an old list may hold it, and feeds nobody", () => {
    const stand = standOf("n1", "n2", "n3");
    stand.coordinator.drop("n2");
    stand.settle();
    expect(stand.firsts()["n3"]).toBe("n1");
    stand.join("n2");
    expect(stand.firsts()).toMatchObject({ n2: "n1", n3: "n1" });
  });

  test("goes to the end when all others have shown that they know", () => {
    const stand = standOf("n1", "n2", "n3");
    stand.coordinator.drop("n2");
    stand.settle();
    stand.told.delete("n2");
    stand.pass(3, allWell);
    stand.join("n2");
    expect(stand.firsts()).toMatchObject({ n3: "n1", n2: "n3" });
  });
});

describe("healing", () => {
  test("is followed: nobody is sent back to an upstream that it left, which is named", () => {
    const stand = standOf("n1", "n2", "n3", "n4");
    stand.pass(2, allWell);
    stand.pass(3, (node, second) => {
      if (node === "n2") return undefined;
      return { ...allWell(node, second), ...(node === "n3" ? { upstream: at("n1") } : {}) };
    });
    expect(stand.findings).toEqual([{ kind: "leftUpstream", node: "n3", from: "n2", to: "n1" }]);
    expect(stand.told.get("n3")?.[0]).toBe(at("n1"));
  });

  test("by one that was cut off itself blames nobody", () => {
    const stand = standOf("n1", "n2", "n3");
    stand.pass(2, allWell);
    stand.pass(4, (node, second) => (node === "n3" ? undefined : allWell(node, second)));
    stand.pass(1, (node, second) => ({
      ...allWell(node, second),
      ...(node === "n3" ? { upstream: at("n1") } : {}),
    }));
    expect(stand.findings).toEqual([]);
  });

  test("a lost agent keeps those that it feeds for a while", () => {
    const stand = standOf("n1", "n2", "n3");
    stand.coordinator.lost("n2", 0);
    stand.nowMs = 4900;
    stand.settle();
    expect(stand.firsts()["n3"]).toBe("n2");
    stand.nowMs = 5000;
    stand.settle();
    expect(stand.firsts()["n3"]).toBe("n1");
  });

  test("a lost agent that still feeds is left alone", () => {
    const stand = standOf("n1", "n2", "n3");
    stand.coordinator.lost("n2", 0);
    stand.pass(8, (node, second) => (node === "n2" ? undefined : allWell(node, second)));
    expect(stand.firsts()["n3"]).toBe("n2");
  });
});

describe("members that cannot be trusted", () => {
  test("feed nobody from their second bad chunk on, also after they joined again", () => {
    const stand = standOf("n1", "n2", "n3");
    expect(stand.coordinator.blame(at("n2"))).toBe("n2");
    expect(stand.settle()).toEqual([]);
    stand.coordinator.blame(at("n2"));
    stand.settle();
    expect(stand.firsts()["n3"]).toBe("n1");
    expect(stand.findings).toEqual([{ kind: "distrusted", node: "n2" }]);
    stand.join("n2");
    expect(stand.join("n4")["n4"]?.split(" ")).not.toContain("n2");
  });

  test("are nobody when the appliance sent it, and a copy that went wrong goes to nobody", () => {
    const stand = standOf("n1", "n2");
    expect(stand.coordinator.blame(SOURCE)).toBeUndefined();
    stand.coordinator.finished("n1", false);
    stand.settle();
    expect(stand.firsts()["n2"]).toBe("appliance");
  });
});

test.each([
  { what: "links are alike", sourceMbit: 1000, nodeMbit: [1000], nodes: 100, chains: 1 },
  { what: "nothing is known", sourceMbit: undefined, nodeMbit: [1000], nodes: 100, chains: 1 },
  { what: "the nodes' links are not known", sourceMbit: 10_000, nodeMbit: [], nodes: 100, chains: 1 },
  { what: "the source is 2.5 times faster", sourceMbit: 2500, nodeMbit: [1000], nodes: 100, chains: 2 },
  {
    what: "one node is as fast as the source",
    sourceMbit: 10_000,
    nodeMbit: [1000, 10_000],
    nodes: 100,
    chains: 1,
  },
  { what: "the source is far faster", sourceMbit: 100_000, nodeMbit: [1000], nodes: 100, chains: 4 },
  { what: "nodes are few", sourceMbit: 10_000, nodeMbit: [1000], nodes: 9, chains: 1 },
])("there are $chains chains when $what", ({ chains, ...speeds }) => {
  expect(chainCount(speeds)).toBe(chains);
});

test("a fast node that comes later closes the chains up", () => {
  const nodes = Array.from({ length: 16 }, (_, number) => `n${number + 1}`);
  const stand = new Stand(orderByName([...nodes, "n99"]), 2000);
  for (const node of nodes) stand.joinOne({ node, endpoint: at(node), linkMbit: 1000 });
  stand.settle();
  expect(Object.values(stand.firsts()).filter((first) => first === "appliance")).toHaveLength(2);
  for (const node of nodes) stand.coordinator.listens(node, at(node));
  stand.joinOne({ node: "n99", endpoint: at("n99"), linkMbit: 2000 });
  stand.settle();
  expect(Object.values(stand.firsts()).filter((first) => first === "appliance")).toHaveLength(1);
});

test("chains are as the order says, however fast the nodes are", () => {
  const nodes = Array.from({ length: 6 }, (_, number) => `n${number + 1}`);
  const order = { ...orderByName(nodes), chainOf: (node: string) => (node < "n3" ? 0 : 1) };
  const stand = new Stand(order, 10_000);
  for (const node of nodes) stand.joinOne({ node, endpoint: at(node), linkMbit: 10_000 });
  stand.settle();
  for (const node of nodes) stand.coordinator.listens(node, at(node));
  stand.settle();
  expect(stand.firsts()).toEqual({
    ...{ n1: "appliance", n2: "n1" },
    ...{ n3: "appliance", n4: "n3", n5: "n4", n6: "n5" },
  });
});

const MISHAPS: Readonly<Record<string, (stand: Stand, node: string) => void>> = {
  join: ({ coordinator, nowMs }, node) => coordinator.join({ node, endpoint: at(node) }, nowMs),
  listens: ({ coordinator }, node) => coordinator.listens(node, at(node)),
  drop: ({ coordinator }, node) => coordinator.drop(node),
  lost: ({ coordinator, nowMs }, node) => coordinator.lost(node, nowMs),
  back: ({ coordinator, nowMs }, node) => coordinator.back(node, nowMs),
  blame: ({ coordinator }, node) => void coordinator.blame(at(node)),
  report: (stand, node) => stand.report(node),
  second: (stand) => {
    stand.nowMs += 1000;
  },
};

/** All lists that a node may go by: the newest that it has surely read, and those that came after. */
class InForce {
  readonly #lists = new Map<string, { readonly list: readonly string[]; readonly atMs: number }[]>();

  told(node: string, list: readonly string[], atMs: number): void {
    this.#lists.set(node, [...(this.#lists.get(node) ?? []), { list, atMs }]);
  }

  reported(node: string, nowMs: number): void {
    const lists = this.#lists.get(node) ?? [];
    const read = lists.findLastIndex(({ atMs }) => nowMs - atMs >= 1000);
    this.#lists.set(node, lists.slice(Math.max(0, read)));
  }

  forget(node: string): void {
    this.#lists.delete(node);
  }

  all(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#lists].map(([node, lists]) => [node, lists.flatMap(({ list }) => list)]));
  }
}

test("lists never make a ring, not even with all that was told before and may be in force still", () => {
  const happening = fc.record({
    node: fc.integer({ min: 1, max: 8 }).map((number) => `n${number}`),
    what: fc.constantFrom(...Object.keys(MISHAPS)),
  });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 80 }), (all) => {
      const stand = new Stand();
      const inForce = new InForce();
      for (const { node, what } of all) {
        MISHAPS[what]?.(stand, node);
        if (what === "report") inForce.reported(node, stand.nowMs);
        if (what === "join" || what === "drop") inForce.forget(node);
        for (const told of stand.settle()) inForce.told(told, stand.told.get(told) ?? [], stand.nowMs);
        expect(hasRing(inForce.all())).toBe(false);
      }
    }),
    { numRuns: Number(process.env["BRIGADE_SIMULATIONS"] ?? 200) },
  );
});
