import { describe, expect, test } from "vitest";
import type { CablingFinding } from "#src/fabric/cabling_types.ts";
import { findingsFor } from "#src/fabric/check_scope.ts";
import { chainOrder } from "#src/fabric/order.ts";
import { madeFabric, portRef } from "./made_fabric.ts";

/** core: leaf1 with node1 and node2, leaf2 with node3; between leaf1 and core two cables of one aggregate. */
const fabric = madeFabric({
  links: [
    { ends: "core/lag1 - leaf1/lag1", cables: ["core/1 - leaf1/9", "core/2 - leaf1/10"] },
    { ends: "core/3 - leaf2/9" },
  ],
  at: { appliance: "core/7", node1: "leaf1/1", node2: "leaf1/2", node3: "leaf2/1" },
});
const finding = (text: string, at: readonly string[], node?: string): CablingFinding => ({
  ...{ severity: "error", text, advice: "" },
  fact: { kind: "contradiction", of: "ring", says: text },
  at: at.map(portRef),
  node,
});
const ALL = [
  finding("node1 is missing", [], "node1"),
  finding("node3 is missing", ["leaf1/1"], "node3"),
  finding("node2's port is slow", ["leaf1/2"]),
  finding("a cable of the aggregate", ["leaf1/10"]),
  finding("the aggregate", ["core/lag1"]),
  finding("the other uplink", ["core/3", "leaf2/9"]),
  finding("no such switch in the file", []),
  finding("an unused port", ["leaf1/5"]),
];
const about = (...nodes: readonly string[]): readonly string[] =>
  findingsFor(ALL, fabric, chainOrder(fabric, { appliance: "appliance", nodes }).nodes).map(
    ({ text }) => text,
  );

describe("a finding counts for nodes", () => {
  test("when it is about one of them, its port, or the way to it from the appliance", () => {
    expect(about("node1")).toEqual([
      ...["node1 is missing", "a cable of the aggregate", "the aggregate", "no such switch in the file"],
    ]);
    expect(about("node2")).toEqual([
      ...["node2's port is slow", "a cable of the aggregate", "the aggregate", "no such switch in the file"],
    ]);
  });

  test("and not when it is about others", () => {
    expect(about("node3")).toEqual([
      ...["node3 is missing", "the other uplink", "no such switch in the file"],
    ]);
    expect(about("node9")).toEqual(["no such switch in the file"]);
  });
});
