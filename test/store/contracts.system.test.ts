/** What every implementation of a store promises, run against the one in memory and the one on disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryTokenStore, type StoredToken, type TokenStore } from "#src/access/boot_token.ts";
import { MemoryUserStore, type UserStore } from "#src/access/user.ts";
import { Users } from "#src/access/users.ts";
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import { type DeploymentStore, MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { type GroupWorkflowStore, MemoryGroupWorkflowStore } from "#src/deploy/group_workflows.ts";
import { openStore, type Store } from "#src/store/store.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { MemoryWebhookStore, type WebhookStore } from "#src/webhooks/webhook.ts";
import { PLAN, running as runningAt } from "../deploy/states.ts";

let dir = "";
let store: Store | undefined;

/** The store as it is after the next start: what is only in memory shows here. */
async function disk(): Promise<Store> {
  await store?.close();
  store = await openStore(dir, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });
  return store;
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-contract-"));
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  rmSync(dir, { recursive: true });
});

const running = (node: string): NodeProgress => ({
  node,
  state: runningAt("partition"),
  plan: 0,
  records: [],
});
const done = (node: string): NodeProgress => ({ node, state: { kind: "done" }, plan: 0, records: [] });

const deployment = (id: string, ...nodes: string[]): Deployment => ({
  id,
  request: { image: "debian-12", nodes, authorizedKeys: ["ssh-ed25519 AAAA"], partitionTable: "gpt" },
  imageDigest: "ab".repeat(32),
  imageRawBytes: 9_000_000_000,
  createdAtMs: 5,
  plans: [PLAN],
  nodes: nodes.map(running),
  sourceSentBytes: 0,
});

const memoryDeployments = new MemoryDeploymentStore();
const DEPLOYMENT_STORES: readonly [string, () => Promise<DeploymentStore>][] = [
  ["memory", async () => memoryDeployments],
  ["disk", async () => (await disk()).deployments],
];
describe.each(DEPLOYMENT_STORES)("DeploymentStore in %s", (where, reopen) => {
  const id = (name: string): string => `${where}-${name}`;

  test("gives back what was created, and progress at each transition", async () => {
    const deployments = await reopen();
    const made = deployment(id("d1"), "node2", "node1");
    await deployments.create(made);
    expect(await (await reopen()).byId(made.id)).toEqual(made);
    const progress = { ...done("node1"), hostKey: "ssh-ed25519 AAAA" };
    await (await reopen()).saveNode(made.id, progress);
    expect((await (await reopen()).byId(made.id))?.nodes).toEqual([running("node2"), progress]);
    await (await reopen()).saveNode(made.id, done("node2"));
    await (await reopen()).saveTotals(made.id, { endedAtMs: 9, sourceSentBytes: 7 });
    expect(await (await reopen()).byId(made.id)).toMatchObject({ endedAtMs: 9, sourceSentBytes: 7 });
  });

  test("tells running ones oldest first, the latest newest first", async () => {
    const deployments = await reopen();
    for (const name of ["r9", "r10", "r11"]) await deployments.create(deployment(id(name), name));
    await deployments.saveTotals(id("r10"), { endedAtMs: 9, sourceSentBytes: 0 });
    const again = await reopen();
    expect((await again.running()).map((one) => one.id)).toEqual([id("r9"), id("r11")]);
    expect((await again.latest(2)).map((one) => one.id)).toEqual([id("r11"), id("r10")]);
    const older = async (after: string) => (await again.latest(1, after)).map((one) => one.id);
    expect(await older(id("r11"))).toEqual([id("r10")]);
    expect(await older(id("r99"))).toEqual([]);
    for (const name of ["r9", "r11"]) await again.saveTotals(id(name), { endedAtMs: 9, sourceSentBytes: 0 });
  });

  test("takes late nodes behind the others, with their plans, or not at all", async () => {
    const deployments = await reopen();
    const made = deployment(id("l1"), "late2", "late1");
    await deployments.create(made);
    const late = deployment(id("l1"), "late0").nodes.map((node) => ({ ...node, plan: 1 }));
    await deployments.addNodes(id("l1"), { plans: [PLAN, PLAN], nodes: late });
    const again = await reopen();
    const read = await again.byId(id("l1"));
    expect(read?.nodes).toEqual([...made.nodes, ...late]);
    expect(read?.plans).toHaveLength(2);
    await expect(again.addNodes(id("l1"), { plans: [], nodes: late })).rejects.toThrow();
    await expect(again.addNodes(id("l9"), { plans: [], nodes: late })).rejects.toThrow("no such deployment");
    expect((await again.byId(id("l1")))?.plans).toHaveLength(2);
  });

  test("refuses a taken id and what it does not know", async () => {
    const deployments = await reopen();
    await deployments.create(deployment(id("t1"), "node7"));
    await expect(deployments.create(deployment(id("t1"), "node8"))).rejects.toThrow();
    await expect(deployments.saveNode(id("t1"), done("node9"))).rejects.toThrow("no such node");
    await expect(deployments.saveNode(id("t9"), done("node7"))).rejects.toThrow("no such");
    await expect(deployments.saveTotals(id("t9"), { sourceSentBytes: 0 })).rejects.toThrow(
      "no such deployment",
    );
    expect(await deployments.byId(id("t9"))).toBeUndefined();
  });
});

test("on disk, one node is never in two running deployments", async () => {
  const { deployments } = await disk();
  await deployments.create(deployment("d1", "node1", "node2"));
  await expect(deployments.create(deployment("d2", "node3", "node2"))).rejects.toThrow();
  expect(await deployments.byId("d2")).toBeUndefined();
  const next = runningAt("format");
  for (const state of [{ kind: "paused", next }, { kind: "spare" }] as const) {
    await deployments.saveNode("d1", { ...done("node2"), state });
    await expect(deployments.create(deployment("d2", "node3", "node2"))).rejects.toThrow();
  }
  await deployments.saveNode("d1", done("node2"));
  await deployments.create(deployment("d2", "node3", "node2"));
});

const token = (hash: string): StoredToken => ({
  hash,
  node: "node1",
  mac: "52:54:00:77:00:01" as Mac,
  address: "10.77.0.101" as Ipv4,
  deployment: "d1",
  expiresAtMs: 5,
});

describe.each([
  [
    "memory",
    (() => {
      const only = new MemoryTokenStore();
      return async () => only;
    })(),
  ],
  ["disk", async () => (await disk()).tokens],
] satisfies [string, () => Promise<TokenStore>][])("TokenStore in %s", (_, reopen) => {
  test("keeps tokens and sessions, and changes them together", async () => {
    const first = await reopen();
    await first.save({ putTokens: [token("a"), token("b")] });
    const { expiresAtMs: _unused, ...binding } = token("s");
    const session = { ...binding, bootId: "ff", token: "a", confirmed: false };
    const second = await reopen();
    await second.save({
      putTokens: [{ ...token("a"), usedBy: "ff" }],
      removeTokens: ["b"],
      putSessions: [session],
    });
    const third = await reopen();
    expect(third.tokens()).toEqual([{ ...token("a"), usedBy: "ff" }]);
    expect(third.sessions()).toEqual([session]);
    await third.save({ removeSessions: ["s"], putSessions: [{ ...session, hash: "t", confirmed: true }] });
    expect((await reopen()).sessions()).toEqual([{ ...session, hash: "t", confirmed: true }]);
  });
});

test.each(DEPLOYMENT_STORES)(
  "knows in %s which key the system has that was put on a node last",
  async (where, reopen) => {
    const id = (name: string): string => `${where}-${name}`;
    const deployments = await reopen();
    const node = id("keyed");
    expect(await deployments.lastHostKeyOf(node)).toBeUndefined();
    const after = [{ hostKey: "ssh-ed25519 OLD" }, { hostKey: "ssh-ed25519 NEW" }, {}];
    for (const [place, facts] of after.entries()) {
      const made = deployment(id(`k${place}`), node, "other");
      await deployments.create(made);
      await deployments.saveNode(made.id, { ...done(node), ...facts });
      await deployments.saveNode(made.id, { ...done("other"), hostKey: "ssh-ed25519 OTHER" });
      await deployments.saveTotals(made.id, { endedAtMs: 9, sourceSentBytes: 0 });
    }
    expect(await (await reopen()).lastHostKeyOf(node)).toBe("ssh-ed25519 NEW");
  },
);

const memoryWorkflows = new MemoryGroupWorkflowStore();
describe.each([
  ["memory", async () => memoryWorkflows],
  ["disk", async () => (await disk()).groupWorkflows],
] satisfies [string, () => Promise<GroupWorkflowStore>][])("GroupWorkflowStore in %s", (_, reopen) => {
  test("gives back what was put last, and nothing of what was removed", async () => {
    const store = await reopen();
    await store.put("rack1", { installRetries: 1 });
    await store.put("rack1", {
      ramdisk: [{ way: "kexec", retries: 2 }],
      steps: { sync: { maxAttempts: 3 } },
    });
    await store.put("rack2", {});
    const again = await reopen();
    expect([...again.all()]).toEqual([
      ["rack1", { ramdisk: [{ way: "kexec", retries: 2 }], steps: { sync: { maxAttempts: 3 } } }],
      ["rack2", {}],
    ]);
    await again.remove("rack1");
    await again.remove("rack9");
    expect([...(await reopen()).all().keys()]).toEqual(["rack2"]);
  });
});

describe.each([
  [
    "memory",
    (() => {
      const only = new MemoryUserStore();
      return async () => only;
    })(),
  ],
  ["disk", async () => (await disk()).users],
] satisfies [string, () => Promise<UserStore>][])("UserStore in %s", (_, reopen) => {
  test("keeps users and tokens, and changes them together", async () => {
    const alice = { name: "alice", role: "user", createdAtMs: 5, disabled: false } as const;
    const made = { label: "laptop", user: "alice", createdAtMs: 6 };
    const tokens = ["a", "b"].map((id) => ({
      ...made,
      id,
      hash: id,
      expiresAtMs: id === "a" ? 7 : undefined,
    }));
    await (await reopen()).save({ putUsers: [alice, { ...alice, name: "bob" }], putTokens: tokens });
    await (await reopen()).saveUse("a", 9);
    const changed = await reopen();
    expect(changed.users()).toEqual([alice, { ...alice, name: "bob" }]);
    expect(changed.tokens()).toEqual([{ ...tokens[0], lastUsedAtMs: 9 }, tokens[1]]);
    const disabled = { ...alice, role: "admin", disabled: true } as const;
    await changed.save({ putUsers: [disabled], removeUsers: ["bob"], removeTokens: ["a"] });
    const last = await reopen();
    expect(last.users()).toEqual([disabled]);
    expect(last.tokens()).toEqual([tokens[1]]);
  });
});

describe.each([
  [
    "memory",
    (() => {
      const only = new MemoryWebhookStore();
      return async () => only;
    })(),
  ],
  ["disk", async () => (await disk()).webhooks],
] satisfies [string, () => Promise<WebhookStore>][])("WebhookStore in %s", (_, reopen) => {
  const webhook = (id: string) => ({
    ...{ id, url: "https://hooks.test/", kinds: ["node*", "*"], secret: `canary-${id}` },
    ...{ allowLocal: id === "w2", createdAtMs: 5 },
  });
  const delivery = (id: string, of: string) => ({ id, webhook: of, body: `{"${id}":1}`, createdAtMs: 6 });

  test("keeps webhooks with their secrets, and what waits in order", async () => {
    const first = await reopen();
    await first.put(webhook("w1"));
    await first.put(webhook("w2"));
    await first.save({
      put: ["z", "a", "m"].map((id) => delivery(id, id === "m" ? "w2" : "w1")),
      remove: [],
    });
    const second = await reopen();
    expect(second.webhooks()).toEqual([webhook("w1"), webhook("w2")]);
    expect(second.deliveries().map(({ id }) => id)).toEqual(["z", "a", "m"]);
    expect(second.deliveries()[0]).toEqual(delivery("z", "w1"));
    await second.save({ put: [delivery("n", "w2")], remove: ["m", "unknown"] });
    await second.remove("w1");
    const third = await reopen();
    expect(third.webhooks()).toEqual([webhook("w2")]);
    expect(third.deliveries()).toEqual([delivery("n", "w2")]);
  });
});

test("on disk, neither a token nor a webhook's secret can be read in the database", async () => {
  const { users, webhooks } = await disk();
  const secret = "canary-secret-of-a-webhook";
  const opened = new Users({
    ...{ store: users, record: () => {}, nowMs: () => 5, isFileToken: () => false, onFault: () => {} },
  });
  await opened.add({ name: "alice", role: "user" });
  const made = await opened.createToken({ user: "alice", label: "laptop" });
  await webhooks.put({
    ...{ id: "w1", url: "https://hooks.test/", kinds: ["*"], secret },
    ...{ allowLocal: false, createdAtMs: 5 },
  });
  await store?.close();
  const bytes = readdirSync(dir).map((name) => readFileSync(join(dir, name), "latin1"));
  expect(bytes.join("")).toContain("laptop");
  expect(bytes.join("")).not.toContain(secret);
  expect(bytes.join("")).not.toContain(made.ok ? made.value.secret.slice("brigade_".length) : "nothing");
});
