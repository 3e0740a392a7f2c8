/** What both stores of deployments say of one node. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import { type DeploymentStore, MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { openStore } from "#src/store/store.ts";
import { PLAN } from "../deploy/states.ts";

const done = (node: string): NodeProgress => ({ node, state: { kind: "done" }, plan: 0, records: [] });
const deployment = (id: string): Deployment => {
  const nodes = [`${id}-before`, "shared", `${id}-behind`];
  return {
    request: { image: "debian-12", nodes, authorizedKeys: [], partitionTable: "gpt" },
    ...{ id, imageDigest: "ab".repeat(32), imageRawBytes: 9, createdAtMs: 5, endedAtMs: 9 },
    ...{ plans: [PLAN], nodes: nodes.map(done), sourceSentBytes: 0 },
  };
};

async function check(store: DeploymentStore): Promise<void> {
  for (const id of ["d9", "d10", "d11"]) await store.create(deployment(id));
  const found = await store.ofNode("shared", 2);
  const alone = (id: string): Deployment => ({ ...deployment(id), nodes: [done("shared")] });
  expect(found).toEqual([alone("d11"), alone("d10")]);
  expect(await store.ofNode("d9-behind", 2)).toEqual([{ ...deployment("d9"), nodes: [done("d9-behind")] }]);
  expect(await store.ofNode("nobody", 2)).toEqual([]);
}

test("the deployments of a node come newest first, with that node alone: in memory", async () => {
  await check(new MemoryDeploymentStore());
});

test("the deployments of a node come newest first, with that node alone: on disk", async () => {
  const dir = mkdtempSync(join(tmpdir(), "brigade-of-node-"));
  const store = await openStore(dir, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });
  try {
    await check(store.deployments);
  } finally {
    await store.close();
    rmSync(dir, { recursive: true });
  }
});
