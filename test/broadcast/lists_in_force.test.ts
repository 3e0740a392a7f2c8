/** What follows from agents saying by which list they go. */
import { describe, expect, test } from "vitest";
import { orderByName } from "#src/broadcast/order.ts";
import { allWell, at, Stand, standOf } from "./stand.ts";

describe("an agent that says by which list it goes", () => {
  /** n2 is to step back; n3 was told so. */
  const withStepping = (): { readonly stand: Stand; readonly older: string } => {
    const stand = standOf("n1", "n2", "n3");
    for (const node of ["n1", "n2", "n3"]) stand.report(node, { list: stand.names.get(node) });
    const older = stand.names.get("n3") ?? "";
    stand.coordinator.blame(at("n2"));
    stand.coordinator.blame(at("n2"));
    stand.settle();
    return { stand, older };
  };

  test("is believed at once", () => {
    const { stand } = withStepping();
    expect(stand.firsts()).toMatchObject({ n3: "n1", n2: "n1" });
    expect(
      stand.coordinator.report("n3", {
        ...{ atMs: stand.nowMs, receivedBytes: 0, writtenRawBytes: 0, upstream: at("n1") },
        list: stand.names.get("n3"),
      }),
    ).toBe(true);
    stand.settle();
    expect(stand.firsts()).toMatchObject({ n3: "n1", n2: "n3" });
  });

  test("may go by the older one for as long as it says so", () => {
    const { stand, older } = withStepping();
    stand.pass(20, (node, second) => ({
      ...allWell(node, second),
      list: node === "n3" ? older : stand.names.get(node),
      upstream: at("n1"),
    }));
    expect(stand.firsts()["n2"]).toBe("n1");
  });
});

describe("after a restart of the appliance", () => {
  const RECOVERY_MS = 3000;
  /** What agents say that were told by an appliance before: n3 was moved behind n4. */
  const earlier = (): Stand => {
    const stand = standOf("n1", "n2", "n3", "n4");
    stand.coordinator.blame(at("n3"));
    stand.coordinator.blame(at("n3"));
    stand.settle();
    stand.pass(4, allWell);
    expect(stand.firsts()).toEqual({ n1: "appliance", n2: "n1", n4: "n2", n3: "n4" });
    return stand;
  };
  const comeBack = (stand: Stand, old: Stand, ...nodes: readonly string[]): void => {
    for (const node of nodes) {
      const upstreams = old.told.get(node) ?? [];
      stand.joinOne({
        ...{ node, endpoint: at(node) },
        running: { upstream: upstreams[0], upstreams, list: old.names.get(node) },
      });
      stand.coordinator.listens(node, at(node));
    }
  };

  test("everybody stands where the lists from before suppose, in whatever order they come back", () => {
    const old = earlier();
    const stand = new Stand(orderByName([]), undefined, "run2");
    comeBack(stand, old, "n3", "n4", "n1", "n2");
    stand.settle();
    stand.nowMs += RECOVERY_MS;
    expect(stand.join("n5")["n5"]).toBe("n3 n4 n2");
  });

  test("one that was away then is still before those that were told of it", () => {
    const old = earlier();
    const stand = new Stand(orderByName([]), undefined, "run2");
    comeBack(stand, old, "n1", "n4", "n3");
    stand.settle();
    stand.nowMs += RECOVERY_MS;
    stand.settle();
    expect(stand.lists()).toMatchObject({ n4: "n1" });
    comeBack(stand, old, "n2");
    stand.settle();
    expect(stand.lists()).toMatchObject({ n4: "n2 n1" });
  });

  test("a new node waits while somebody goes by a list that names one who is away", () => {
    const old = earlier();
    const stand = new Stand(orderByName([]), undefined, "run2");
    comeBack(stand, old, "n1", "n4", "n3");
    stand.settle();
    stand.nowMs += RECOVERY_MS;
    stand.joinOne({ node: "n5", endpoint: at("n5") });
    expect(stand.settle()).not.toContain("n5");
    stand.pass(1, (node, second) => ({ ...allWell(node, second), list: stand.names.get(node) }));
    expect(stand.firsts()["n5"]).toBe("n3");
  });
});
