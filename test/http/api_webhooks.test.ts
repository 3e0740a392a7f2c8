import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { NewWebhookView, WebhookView } from "#src/http/webhook_types.ts";
import { setup } from "./api_fixture.ts";

let { appliance, ask } = setup();
beforeEach(() => {
  ({ appliance, ask } = setup());
});

const SECRET = "canary-secret-0123456789";
const add = (change: object = {}) =>
  ask("POST", "/webhooks", { url: "https://hooks.test/path", kinds: ["node*"], ...change });

test("a webhook is added, listed, tested and removed; its secret is told once", async () => {
  const made = await add({ secret: SECRET });
  expect(Value.Errors(NewWebhookView, made.json)).toEqual([]);
  expect(made).toMatchObject({ status: 201, json: { secret: SECRET, waiting: 0, allowLocal: false } });
  const { id } = made.json;
  const listed = await ask("GET", "/webhooks");
  expect(Value.Errors(WebhookView, listed.json[0])).toEqual([]);
  expect(listed.text).not.toContain(SECRET);
  expect((await ask("POST", `/webhooks/${id}/test`)).json).toEqual({ ok: true, status: 204 });
  expect(appliance.posted.length).toBe(1);
  appliance.receiver = { ok: false, why: "the receiver answered 500" };
  expect((await ask("POST", `/webhooks/${id}/test`)).json).toEqual({
    ok: false,
    problem: "the receiver answered 500",
  });
  expect((await ask("DELETE", `/webhooks/${id}`)).status).toBe(204);
  expect((await ask("DELETE", `/webhooks/${id}`)).json.type).toBe("/problems/unknownWebhook");
  expect(JSON.stringify(appliance.events)).not.toMatch(/canary|hooks\.test/);
});

test("without a secret one is made", async () => {
  expect((await add()).json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
});

test.each([
  ["this machine", { url: "http://127.0.0.1:7880/" }, 422],
  ["no kinds", { kinds: [] }, 400],
  ["a kind that is none", { kinds: ["node.added"] }, 400],
  ["a short secret", { secret: "short" }, 400],
  ["an unknown field", { admin: true }, 400],
])("is refused: %s", async (_, change, status) => {
  expect((await add(change)).status).toBe(status);
  expect(appliance.webhooks.all()).toEqual([]);
});
