import { expect, test } from "vitest";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import { isEnded, outcomeOf } from "#src/deploy/outcome.ts";
import type { NodeState } from "#src/deploy/steps.ts";

const node = (name: string, state: NodeState): NodeProgress => ({ node: name, state, records: [] });

const NODES = [
  node("node10", { kind: "done" }),
  node("node2", { kind: "done" }),
  node("node3", { kind: "failed", step: "partition", why: "Node has no disk" }),
  node("node4", { kind: "cancelled", step: "broadcast" }),
];

test("names who is OK and who is not, as people count, with step and reason", () => {
  expect(outcomeOf({ nodes: NODES })).toEqual({
    ok: ["node2", "node10"],
    ko: [
      { node: "node3", step: "partition", why: "Node has no disk" },
      { node: "node4", step: "broadcast", why: "cancelled" },
    ],
    running: [],
  });
});

test("a deployment ends with its last node", () => {
  expect(isEnded({ nodes: NODES })).toBe(true);
  const late = node("node5", { kind: "running", step: "sync", attempt: 1, round: 2 });
  expect(isEnded({ nodes: [...NODES, late] })).toBe(false);
  expect(outcomeOf({ nodes: [...NODES, late] }).running).toEqual(["node5"]);
});
