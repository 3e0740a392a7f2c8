import { beforeEach, expect, test } from "vitest";
import { endSessions, LINGER_MS } from "#src/app/session_end.ts";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import type { DeploymentChange } from "#src/deploy/deployment_change.ts";
import { cancelled, failed, recordOf, running } from "../deploy/states.ts";
import { VirtualClock } from "../deploy/virtual_clock.ts";

let clock: VirtualClock;
let revoked: string[];
let holders: Map<string, string>;
let tell: (state: NodeProgress["state"], steps?: readonly string[]) => void;

function start(nodesWithSessions: readonly string[] = []): () => void {
  let listener: (change: DeploymentChange) => void = () => {};
  tell = (state, steps = []) =>
    listener({
      kind: "node",
      deployment: "d1",
      progress: { node: "node1", state, plan: 0, records: steps.map((step) => recordOf(step)) },
      sourceSentBytes: 0,
    });
  return endSessions({
    service: {
      subscribe: (heard) => {
        listener = heard;
        return () => {};
      },
      deploymentOf: (node) => holders.get(node),
    },
    tokens: {
      revoke: async (node) => void revoked.push(`all of ${node}`),
      revokeTokens: async (node) => void revoked.push(`tokens of ${node}`),
      nodesWithSessions: () => nodesWithSessions,
    },
    after: clock.after,
    onFault: (fault) => {
      throw fault;
    },
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  revoked = [];
  holders = new Map();
});

test("a node in its new system has no session any more, at once", () => {
  start();
  tell(running("await-system"), ["sync"]);
  expect(revoked).toEqual([]);
  tell({ kind: "done" }, ["sync", "await-system"]);
  expect(revoked).toEqual(["all of node1"]);
  expect(clock.pending).toBe(0);
});

test.each([
  ["was left there", { kind: "done" }, ["sync"]],
  ["failed", failed("partition"), ["await-agent"]],
  ["was cancelled", cancelled("broadcast"), ["mount"]],
  ["failed on its way out", failed("await-system"), ["leave-ramdisk"]],
] as const)(
  "a node that %s can be taken over for a while, by the boot that it had",
  async (_, state, steps) => {
    start();
    tell(state, steps);
    expect(revoked).toEqual(["tokens of node1"]);
    await clock.until(clock.sleep(LINGER_MS - 1));
    expect(revoked).toHaveLength(1);
    await clock.until(clock.sleep(2));
    expect(revoked).toEqual(["tokens of node1", "all of node1"]);
  },
);

test("a deployment that has taken the node over decides at its own end", async () => {
  start();
  tell(failed("partition"));
  holders.set("node1", "d2");
  await clock.until(clock.sleep(LINGER_MS + 1));
  expect(revoked).toEqual(["tokens of node1"]);
});

test("sessions from before a restart end as well", async () => {
  holders.set("node2", "d9");
  const end = start(["node1", "node2"]);
  expect(clock.pending).toBe(1);
  await clock.until(clock.sleep(LINGER_MS + 1));
  expect(revoked).toEqual(["all of node1"]);
  tell(failed("partition"));
  end();
  expect(clock.pending).toBe(0);
});
