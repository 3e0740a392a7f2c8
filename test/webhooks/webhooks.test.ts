import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EventLog } from "#src/events/event_log.ts";
import type { Attempt } from "#src/webhooks/courier.ts";
import { MemoryWebhookStore } from "#src/webhooks/webhook.ts";
import { Webhooks } from "#src/webhooks/webhooks.ts";

let store = new MemoryWebhookStore();
let posted: { readonly kind: string; readonly headers: Readonly<Record<string, string>> }[] = [];
let answer: () => Promise<Attempt> = async () => ({ ok: true, status: 200 });
let log = new EventLog({ nowMs: () => 1000 });
let faults: unknown[] = [];
const opened: Webhooks[] = [];

beforeEach(() => {
  store = new MemoryWebhookStore();
  posted = [];
  faults = [];
  answer = async () => ({ ok: true, status: 200 });
  log = new EventLog({ nowMs: () => 1000 });
});
afterEach(async () => {
  for (const webhooks of opened.splice(0)) await webhooks[Symbol.asyncDispose]();
});

function open(): Webhooks {
  const webhooks = new Webhooks({
    ...{ store, record: log.record, nowMs: () => 1000 },
    post: async (_, { headers, body }, signal) => {
      posted.push({ kind: JSON.parse(body).kind, headers });
      const gone = new Promise<Attempt>((resolve) =>
        signal.addEventListener("abort", () => resolve({ ok: false, why: "it was broken off" })),
      );
      return Promise.race([answer(), gone]);
    },
    pause: (_, signal) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
    onFault: (fault) => faults.push(fault),
  });
  log.subscribe((logged) => webhooks.hear(logged));
  opened.push(webhooks);
  return webhooks;
}

const WANTED = { url: "https://hooks.test/x", kinds: ["node*"], allowLocal: false };
async function added(webhooks: Webhooks, change: object = {}) {
  const made = await webhooks.add({ ...WANTED, ...change });
  if (!made.ok) throw new Error(made.problem.kind);
  return made.value;
}
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

test("events of the kinds that are wanted are sent, and no others", async () => {
  await added(open());
  log.record({ kind: "nodeAdded", node: "node1" });
  log.record({ kind: "groupAdded", group: "rack1" });
  await settled();
  expect(posted.map(({ kind }) => kind)).toEqual(["nodeAdded"]);
});

test("what webhooks tell of themselves goes to none: it would never end", async () => {
  await added(open(), { kinds: ["*"] });
  log.record({ kind: "webhookDropped", webhook: "w", times: 1 });
  await settled();
  expect(posted).toEqual([]);
});

test("what was not delivered is sent after the next start, with the same id", async () => {
  answer = () => new Promise(() => {});
  const first = open();
  await added(first);
  log.record({ kind: "nodeAdded", node: "node1" });
  log.record({ kind: "nodeRemoved", node: "node1" });
  await settled();
  await first[Symbol.asyncDispose]();
  expect(store.deliveries().length).toBe(2);
  const before = posted[0]?.headers["webhook-id"];
  posted = [];
  answer = async () => ({ ok: true, status: 200 });
  const second = open();
  await settled();
  expect(posted.map(({ kind }) => kind)).toEqual(["nodeAdded", "nodeRemoved"]);
  expect(posted[0]?.headers["webhook-id"]).toBe(before);
  await second[Symbol.asyncDispose]();
  expect(store.deliveries()).toEqual([]);
});

test("a webhook that is removed takes what waits for it along", async () => {
  answer = () => new Promise(() => {});
  const webhooks = open();
  const { id } = await added(webhooks);
  log.record({ kind: "nodeAdded", node: "node1" });
  expect((await webhooks.remove(id)).ok).toBe(true);
  expect([store.webhooks(), store.deliveries(), webhooks.all()]).toEqual([[], [], []]);
  expect(await webhooks.remove(id)).toMatchObject({ problem: { kind: "unknownWebhook" } });
});

describe("an URL is refused that", () => {
  test.each(["http://127.0.0.1/", "http://[::1]:80/", "http://169.254.169.254/", "file:///x", "nonsense"])(
    "is %s",
    async (url) => {
      expect(await open().add({ ...WANTED, url })).toMatchObject({ problem: { kind: "badWebhookUrl" } });
      expect(store.webhooks()).toEqual([]);
    },
  );

  test("unless the appliance itself is meant", async () => {
    expect((await open().add({ ...WANTED, url: "http://127.0.0.1/", allowLocal: true })).ok).toBe(true);
  });
});

test("there are at most 20, also when they come at once", async () => {
  const webhooks = open();
  const results = await Promise.all(Array.from({ length: 25 }, () => webhooks.add(WANTED)));
  expect(results.filter(({ ok }) => ok).length).toBe(20);
});

test("a test is sent past the queue and tells what came of it", async () => {
  const webhooks = open();
  const { id } = await added(webhooks);
  answer = async () => ({ ok: false, why: "the receiver answered 404" });
  expect(await webhooks.test(id)).toEqual({
    ok: true,
    value: { ok: false, why: "the receiver answered 404" },
  });
  expect(posted.map(({ kind }) => kind)).toEqual(["webhookTest"]);
  expect(store.deliveries()).toEqual([]);
});
