import { expect, test } from "vitest";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import type { NodeState } from "#src/deploy/node_state.ts";
import { isEnded, outcomeOf } from "#src/deploy/outcome.ts";
import { requestFor } from "./fake_appliance.ts";
import { cancelled, failed, running } from "./states.ts";

const node = (name: string, state: NodeState): NodeProgress => ({ node: name, state, plan: 0, records: [] });

const request = requestFor();

const NODES = [
  node("node10", { kind: "done" }),
  node("node2", { kind: "done" }),
  node("node3", failed("partition", "Node has no disk")),
  node("node4", cancelled("broadcast")),
];

test("names who is OK and who is not, as people count, with step and reason", () => {
  expect(outcomeOf({ nodes: NODES, request })).toEqual({
    ok: ["node2", "node10"],
    ko: [
      { node: "node3", step: "partition", why: "Node has no disk" },
      { node: "node4", step: "broadcast", why: "cancelled" },
    ],
    running: [],
    spare: [],
    places: 4,
    needed: 4,
    succeeded: false,
  });
});

test("a deployment ends with its last node", () => {
  expect(isEnded({ nodes: NODES })).toBe(true);
  const late = node("node5", running("sync", { round: 2 }));
  expect(isEnded({ nodes: [...NODES, late] })).toBe(false);
  const paused = node("node6", { kind: "paused", next: running("sync") });
  const spare = node("node7", { kind: "spare" });
  expect(isEnded({ nodes: [...NODES, paused] })).toBe(false);
  expect(isEnded({ nodes: [...NODES, spare] })).toBe(true);
  const outcome = outcomeOf({ nodes: [...NODES, late, paused, spare], request });
  expect([outcome.running, outcome.spare]).toEqual([["node5", "node6"], ["node7"]]);
});
