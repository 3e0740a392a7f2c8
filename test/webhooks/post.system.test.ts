/** From the event log to a receiver on loopback. */
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import { EventLog } from "#src/events/event_log.ts";
import { postGuarded } from "#src/webhooks/post.ts";
import { MemoryWebhookStore } from "#src/webhooks/webhook.ts";
import { Webhooks } from "#src/webhooks/webhooks.ts";

type Got = { readonly headers: IncomingHttpHeaders; readonly body: string };

let server: Server;
let url = "";
let status = 204;
let headers: Record<string, string> = {};
let got: Got[] = [];
let onGot: (one: Got) => void = () => {};
let webhooks: Webhooks;
let events: ApplianceEvent[] = [];
const log = new EventLog({ nowMs: Date.now });

beforeEach(async () => {
  ({ status, headers, got, events } = { status: 204, headers: {}, got: [], events: [] });
  server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += String(part);
    const one = { headers: request.headers, body };
    got.push(one);
    response.writeHead(status, headers).end("x".repeat(100));
    onGot(one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  webhooks = new Webhooks({
    ...{ store: new MemoryWebhookStore(), post: postGuarded, nowMs: Date.now },
    record: (event) => events.push(event),
    // At once: what is tried again is not the matter here.
    pause: (_, signal) => (signal.aborted ? Promise.reject(signal.reason) : Promise.resolve()),
    onFault: (fault) => {
      throw fault;
    },
  });
  log.subscribe((logged) => webhooks.hear(logged));
});
afterEach(async () => {
  await webhooks[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

const next = (): Promise<Got> =>
  new Promise((resolve) => {
    onGot = resolve;
  });
async function add(change: object = {}) {
  const made = await webhooks.add({ url, kinds: ["node*"], allowLocal: true, ...change });
  if (!made.ok) throw new Error(made.problem.kind);
  return made.value;
}

test("an event arrives whole, signed with the secret", async () => {
  const { secret } = await add();
  const arrived = next();
  log.record({ kind: "nodeAdded", node: "node1" });
  const { headers: told, body } = await arrived;
  expect(JSON.parse(body)).toMatchObject({
    ...{ kind: "nodeAdded", sentence: "Node node1 was added", event: { node: "node1" } },
  });
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = `${told["webhook-id"]}.${told["webhook-timestamp"]}.${body}`;
  expect(told["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  expect(Math.abs(Number(told["webhook-timestamp"]) - Date.now() / 1000)).toBeLessThan(60);
  expect(told["authorization"]).toBeUndefined();
});

test("what was refused comes again with the same id, and a redirect is a refusal", async () => {
  await add();
  status = 302;
  headers = { location: `${url}/elsewhere` };
  const first = next();
  log.record({ kind: "nodeAdded", node: "node1" });
  const { headers: told } = await first;
  status = 200;
  headers = {};
  const again = await next();
  expect(again.headers["webhook-id"]).toBe(told["webhook-id"]);
  expect(events).toContainEqual({
    ...{ kind: "webhookFailed", webhook: expect.any(String), because: "the receiver answered 302" },
  });
});

test("a name that leads to this machine is not asked unless that is allowed", async () => {
  const { id } = await add({ url: url.replace("127.0.0.1", "localhost"), allowLocal: false });
  expect(await webhooks.test(id)).toEqual({
    ...{ ok: true, value: { ok: false, why: "its name resolves to an address that may not be asked" } },
  });
  expect(got).toEqual([]);
});

test("nobody there is told without the path of the URL, which may be a secret", async () => {
  const { id } = await add({ url: "http://127.0.0.1:1/canary-path" });
  const result = await webhooks.test(id);
  expect(result).toEqual({ ok: true, value: { ok: false, why: "the receiver cannot be reached" } });
});
