/** A right that is taken away does not live on in a connection. */
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SseReader } from "#src/cli/sse_reader.ts";
import type { Api } from "#src/http/api.ts";
import { apiServer, listenApi } from "#src/http/api_server.ts";
import { imageLabel } from "#src/images/image_reference.ts";
import { FakeAppliance, IMAGE, TOKEN } from "./fake_appliance.ts";

let appliance: FakeAppliance;
let api: Api;
let port = 0;
let token = "";
let id = "";

beforeEach(async () => {
  appliance = new FakeAppliance();
  api = apiServer(appliance.services);
  port = await listenApi(api, { address: "127.0.0.1", port: 0 });
  await appliance.users.add({ name: "alice", role: "user" });
  const made = await appliance.users.createToken({
    ...{ user: "alice", label: "", expiresAtMs: appliance.tickMs(0) + 60_000 },
  });
  if (!made.ok) throw new Error(made.problem.kind);
  token = made.value.secret;
  id = made.value.token.id;
});
afterEach(() => api.close());

async function open(path: string, bearer = token, headers: object = {}): Promise<IncomingMessage> {
  const asked = request({
    ...{ port, path: `/api/v1${path}` },
    headers: { authorization: `Bearer ${bearer}`, ...headers },
  });
  asked.on("error", () => {});
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.on("error", () => {});
  return response;
}

/** However it came about: a stream that is cut says "aborted" first. */
const closeOf = (response: IncomingMessage): Promise<void> =>
  new Promise((resolve) => response.once("close", resolve));

const WAYS: readonly (readonly [string, () => unknown])[] = [
  ["its token is revoked", () => appliance.users.revoke(id)],
  ["its token expires", () => appliance.tickMs(60_000)],
  ["its user is disabled", () => appliance.users.update("alice", { disabled: true })],
  ["its user gets another role", () => appliance.users.update("alice", { role: "viewer" })],
  ["its user is removed", () => appliance.users.remove("alice")],
];

describe.each(WAYS)("a stream ends when %s", (_, end) => {
  test("and the others go on", async () => {
    const theirs = await open("/events");
    const admins = await open("/events", TOKEN);
    theirs.resume();
    const closed = closeOf(theirs);
    const startedAtMs = performance.now();
    await end();
    await closed;
    expect(performance.now() - startedAtMs).toBeLessThan(1500);
    appliance.log.record({ kind: "nodeAdded", node: "node1" });
    const reader = new SseReader();
    for await (const part of admins.setEncoding("utf8"))
      if (reader.feed(String(part)).some(({ data }) => data.includes("node1"))) break;
    expect((await open("/nodes", TOKEN)).statusCode).toBe(200);
  });
});

test("so does the stream of a deployment", async () => {
  await appliance.nodes.add({ name: "node1", macs: ["52:54:00:77:00:01" as never], kernelArguments: [] });
  await appliance.deployments.start({
    ...{ image: imageLabel(IMAGE), nodes: ["node1"], authorizedKeys: [], partitionTable: "gpt" },
  });
  const stream = await open("/deployments/d1/events");
  stream.resume();
  const closed = closeOf(stream);
  await appliance.users.revoke(id);
  await closed;
});

test("who comes back to a deployment's stream is told the whole state, whatever was seen before", async () => {
  await appliance.nodes.add({ name: "node1", macs: ["52:54:00:77:00:01" as never], kernelArguments: [] });
  await appliance.deployments.start({
    ...{ image: imageLabel(IMAGE), nodes: ["node1"], authorizedKeys: [], partitionTable: "gpt" },
  });
  const first = await open("/deployments/d1/events");
  first.destroy();
  appliance.deployments.finish("d1");
  const again = await open("/deployments/d1/events", token, { "last-event-id": "7" });
  let text = "";
  for await (const part of again.setEncoding("utf8")) text += String(part);
  const told = new SseReader().feed(text).map(({ event, data }) => [event, JSON.parse(data)]);
  expect(told).toMatchObject([
    ["progress", { progress: [{ node: "node1", state: { kind: "done" } }] }],
    ["ended", { id: "d1", ok: "node1" }],
  ]);
});
