import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Chain } from "#src/broadcast/chain.ts";
import { hasRing, SOURCE } from "./rings.ts";

const at = (node: string): string => `${node}:7801`;

/** A chain of members that all listen. */
function chainOf(...nodes: readonly string[]): Chain {
  const chain = new Chain(() => SOURCE);
  for (const node of nodes) {
    chain.join(node, at(node));
    chain.listens(node, at(node));
  }
  chain.changes();
  return chain;
}
const changesOf = (chain: Chain): Record<string, string> =>
  Object.fromEntries([...chain.changes()].map(([node, list]) => [node, list.slice(0, -1).join(" ")]));

describe("Chain", () => {
  test("gives nobody to the next before it listens", () => {
    const chain = chainOf("n1");
    chain.join("n2", at("n2"));
    chain.join("n3", at("n3"));
    expect(changesOf(chain)).toEqual({ n2: "n1:7801", n3: "n1:7801" });
    chain.listens("n2", "n2:9999");
    expect(changesOf(chain)).toEqual({ n3: "n2:9999 n1:7801" });
    expect(changesOf(chain)).toEqual({});
  });

  test("closes over a member that left, and only those behind it hear of that", () => {
    const chain = chainOf("n1", "n2", "n3");
    chain.drop("n2");
    expect(changesOf(chain)).toEqual({ n3: "n1:7801" });
  });

  test("passes by a member that is out of reach until it is back in its place", () => {
    const chain = chainOf("n1", "n2", "n3");
    chain.reachable("n2", false);
    expect(changesOf(chain)).toEqual({ n3: "n1:7801" });
    chain.reachable("n2", true);
    expect(changesOf(chain)).toEqual({ n3: "n2:7801 n1:7801" });
  });

  test("takes back a node that booted anew at its end", () => {
    const chain = chainOf("n1", "n2", "n3");
    chain.join("n1", at("n1"));
    expect(changesOf(chain)).toEqual({ n1: "n3:7801 n2:7801", n2: "", n3: "n2:7801" });
  });
});

describe("Chain, with members that cannot be trusted,", () => {
  test("takes a node off all lists at its second bad chunk, also after it joined again", () => {
    const chain = chainOf("n1", "n2", "n3");
    expect(chain.blame(at("n2"))).toBe("n2");
    expect(changesOf(chain)).toEqual({});
    expect(chain.blame(at("n2"))).toBe("n2");
    expect(changesOf(chain)).toEqual({ n3: "n1:7801" });
    chain.join("n2", at("n2"));
    chain.listens("n2", at("n2"));
    chain.join("n4", at("n4"));
    expect(changesOf(chain)).toMatchObject({ n4: "n3:7801 n1:7801" });
  });

  test("blames nobody for what the appliance sent", () => {
    expect(chainOf("n1").blame(SOURCE)).toBeUndefined();
  });

  test("does not hand on a copy that went wrong", () => {
    const chain = chainOf("n1", "n2");
    chain.stopsFeeding("n1");
    expect(changesOf(chain)).toEqual({ n2: "" });
  });
});

const MISHAPS: Readonly<Record<string, (chain: Chain, node: string) => void>> = {
  join: (chain, node) => chain.join(node, at(node)),
  listens: (chain, node) => chain.listens(node, at(node)),
  drop: (chain, node) => chain.drop(node),
  lost: (chain, node) => chain.reachable(node, false),
  back: (chain, node) => chain.reachable(node, true),
  blame: (chain, node) => void chain.blame(at(node)),
};

test("a chain never makes a ring of what its members were told, whatever happens", () => {
  const happening = fc.record({
    node: fc.integer({ min: 1, max: 8 }).map((number) => `n${number}`),
    what: fc.constantFrom(...Object.keys(MISHAPS)),
  });
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (all) => {
      const chain = new Chain(() => SOURCE);
      let told = new Map<string, readonly string[]>();
      for (const { node, what } of all) {
        MISHAPS[what]?.(chain, node);
        told = new Map([...told, ...chain.changes()].filter(([to]) => chain.nodes.includes(to)));
        expect(hasRing(told)).toBe(false);
      }
    }),
  );
});
