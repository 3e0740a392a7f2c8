/** Seeds go to their node and nobody else; a call is acknowledged when it is durable. */
import { expect, test } from "vitest";
import { type NodePagesOptions, nodePage } from "#src/app/node_pages.ts";
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import type { DeploymentChange } from "#src/deploy/deployment_change.ts";
import type { NodeState } from "#src/deploy/node_state.ts";
import { PhoneHome } from "#src/deploy/probes/phone_home.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { nodeNamed } from "../deploy/fake_lab.ts";
import { PLAN, recordOf, running } from "../deploy/states.ts";

const OWN = "10.77.0.103" as Ipv4;
const OTHER = "10.77.0.104" as Ipv4;
const SECRET = "hunter2";

const progressOf = (state: NodeState): NodeProgress => ({
  ...{ node: "node3", state, plan: 0 },
  records: [recordOf("sync", { round: 2 })],
});

function setup(state: NodeState, more: Partial<NodePagesOptions> = {}) {
  const listeners = new Set<(change: DeploymentChange) => void>();
  const progress = progressOf(state);
  const deployment = {
    ...{ id: "d7", plans: [PLAN], nodes: [progress], imageDigest: "", imageRawBytes: 1 },
    ...{ createdAtMs: 1, sourceSentBytes: 0 },
    request: {
      ...{ image: "i", nodes: ["node3"], authorizedKeys: [], partitionTable: "gpt" },
      seed: { kind: "cloud-init", userData: `#cloud-config\npassword: ${SECRET}\nhost: {node}\n` },
    },
  } as const satisfies Deployment;
  const phoneHome = new PhoneHome({ key: Buffer.from("key"), serverOf: () => "http://10.77.0.1:8080" });
  const options: NodePagesOptions = {
    deployments: {
      installationOf: async () => ({ deployment, progress }),
      running: () => [deployment],
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    phoneHome,
    nodeByName: (name) => (name === "node3" ? nodeNamed(name) : undefined),
    holds: (_mac, address) => address === OWN,
    whyHeld: () => undefined,
    ...more,
  };
  const tell = (next: NodeState): void => {
    for (const listener of listeners)
      listener({ kind: "node", deployment: "d7", progress: progressOf(next), sourceSentBytes: 0 });
  };
  const ask = (path: string, peer = OWN) => nodePage(options, { path, peer });
  const path = new URL(phoneHome.urlFor({ deployment: "d7", node: "node3", round: 2 }) ?? "").pathname;
  return { ask, tell, path, phoneHome };
}

test("a node reads its own seed", async () => {
  const { ask } = setup({ kind: "done" });
  expect(await ask("/seed/node3/user-data")).toEqual({
    status: 200,
    text: `#cloud-config\npassword: ${SECRET}\nhost: node3\n`,
  });
  expect((await ask("/seed/node3/meta-data")).text).toContain('"instance-id":"brigade-d7-node3-2"');
  expect((await ask("/seed/node3/config.ign")).status).toBe(404);
  expect((await ask("/seed/node3/../user-data")).status).toBe(404);
});

test.each([
  { who: "another address", path: "/seed/node3/user-data", peer: OTHER, more: {} },
  { who: "a node that is unknown", path: "/seed/node4/user-data", peer: OWN, more: {} },
  {
    who: "a node that may be another machine",
    path: "/seed/node3/user-data",
    peer: OWN,
    more: { whyHeld: () => "it moved" },
  },
])("$who gets no seed", async ({ path, peer, more }) => {
  const reply = await setup({ kind: "done" }, more).ask(path, peer);
  expect(reply.status).toBe(403);
  expect(reply.text + reply.because).not.toContain(SECRET);
});

test("there is no seed where no image was brought", async () => {
  const { ask } = setup({ kind: "done" }, {});
  expect((await ask("/seed/node3/user-data")).status).toBe(200);
  const none = setup({ kind: "done" });
  const without = { deployments: { ...none, installationOf: async () => undefined } };
  expect((await setup({ kind: "done" }, without as never).ask("/seed/node3/user-data")).status).toBe(404);
});

test("a call is acknowledged when the node is done, and not before", async () => {
  const { ask, tell, path, phoneHome } = setup(running("await-system", { round: 2 }));
  let answered = false;
  const call = ask(path, OTHER).finally(() => {
    answered = true;
  });
  await Promise.resolve();
  expect(phoneHome.hasCalled({ deployment: "d7", node: "node3", round: 2 })).toBe(true);
  tell(running("await-system", { round: 2 }));
  await Promise.resolve();
  expect(answered).toBe(false);
  tell({ kind: "done" });
  expect((await call).status).toBe(200);
});

test.each([
  { when: "before the system starts", state: running("broadcast", { round: 2 }), status: 409 },
  { when: "of another journey", state: running("await-system", { round: 3 }), status: 404 },
  { when: "a second time", state: { kind: "done" } as const, status: 200 },
])("a call $when gets $status", async ({ state, status }) => {
  const { ask, path, phoneHome } = setup(state);
  expect((await ask(path)).status).toBe(status);
  expect(phoneHome.hasCalled({ deployment: "d7", node: "node3", round: 2 })).toBe(false);
});

test("a guess is no call", async () => {
  const { ask, path } = setup(running("await-system", { round: 2 }));
  expect((await ask(`${path.slice(0, -1)}x`)).status).toBe(404);
  expect((await ask(`/phone-home/d7/node3/${"0".repeat(32)}`)).status).toBe(404);
});
