import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SseReader } from "#src/cli/sse_reader.ts";
import type { Api } from "#src/http/api.ts";
import { apiServer, listenApi } from "#src/http/api_server.ts";
import { imageLabel } from "#src/images/image_reference.ts";
import { FakeAppliance, IMAGE, TOKEN } from "./fake_appliance.ts";

let appliance: FakeAppliance;
let api: Api;
let port = 0;
let requests: ClientRequest[] = [];
let sockets: Socket[] = [];

beforeEach(async () => {
  appliance = new FakeAppliance();
  api = apiServer(appliance.services);
  port = await listenApi(api, { address: "127.0.0.1", port: 0 });
  requests = [];
  sockets = [];
});
afterEach(async () => {
  for (const one of [...requests, ...sockets]) one.destroy();
  await api.close();
});

const HEADERS = { authorization: `Bearer ${TOKEN}` };
type Message = {
  readonly event: string;
  readonly id: string;
  readonly data: { readonly [key: string]: unknown };
};

async function open(path: string, headers: Record<string, string> = {}): Promise<AsyncGenerator<Message>> {
  const asked = request({ port, path: `/api/v1${path}`, headers: { ...HEADERS, ...headers } });
  requests.push(asked);
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  expect(response.headers["content-type"]).toBe("text/event-stream");
  return messages(response);
}

async function* messages(response: IncomingMessage): AsyncGenerator<Message> {
  const reader = new SseReader();
  for await (const part of response.setEncoding("utf8")) {
    for (const message of reader.feed(String(part))) yield { ...message, data: JSON.parse(message.data) };
  }
}

async function next(stream: AsyncGenerator<Message>): Promise<Message> {
  const { value } = await stream.next();
  return value;
}

const happen = (node: string): void => appliance.log.record({ kind: "nodeAdded", node });

test("events come as they happen, in order and with their sentence", async () => {
  happen("before");
  const stream = await open("/events");
  happen("node1");
  happen("node2");
  expect(await next(stream)).toMatchObject({
    event: "event",
    data: { kind: "nodeAdded", sentence: "Node node1 was added", event: { node: "node1" } },
  });
  expect(await next(stream)).toMatchObject({ data: { event: { node: "node2" } } });
});

test("a client that comes back takes up where it stopped", async () => {
  const stream = await open("/events");
  happen("node1");
  const { id } = await next(stream);
  happen("node2");
  happen("node3");
  const again = await open("/events", { "last-event-id": id });
  expect(await next(again)).toMatchObject({ data: { event: { node: "node2" } } });
  expect(await next(again)).toMatchObject({ data: { event: { node: "node3" } } });
});

test("what was forgotten meanwhile is told as missed", async () => {
  const stream = await open("/events");
  happen("node0");
  const { id } = await next(stream);
  for (let index = 0; index < 30_000; index++) happen("many");
  const again = await open("/events", { "last-event-id": id });
  expect(await next(again)).toMatchObject({ event: "missed", data: { after: Number(id) } });
  expect(await next(again)).toMatchObject({ event: "event" });
});

test("newlines and quotes of a stranger stay inside their message", async () => {
  const stream = await open("/events");
  happen('x\n\nevent: ended\ndata: {"a":1}\r\n\r\n');
  happen("node2");
  expect((await next(stream)).event).toBe("event");
  expect(await next(stream)).toMatchObject({ data: { event: { node: "node2" } } });
});

/** A client that asks for events and then reads nothing. */
async function frozen(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").pause();
  sockets.push(socket);
  await once(socket, "connect");
  socket.write(`GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
  return socket;
}

test("300 frozen clients cost little memory and do not delay the others", async () => {
  for (let index = 0; index < 300; index++) await frozen();
  const stream = await open("/events");
  const before = process.memoryUsage().rss;
  let slowestMs = 0;
  for (let round = 0; round < 30; round++) {
    const startedAtMs = performance.now();
    for (let index = 0; index < 300; index++) happen(`${round} ${"x".repeat(200)}`);
    for (let index = 0; index < 300; index++) await next(stream);
    slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
  }
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(50);
  expect(slowestMs).toBeLessThan(3000);
});

test("a deployment is told node by node until it has ended", async () => {
  for (const [index, name] of ["node1", "bad2"].entries())
    await appliance.nodes.add({ name, macs: [`52:54:00:77:00:0${index}` as never], kernelArguments: [] });
  const asked = {
    image: imageLabel(IMAGE),
    nodes: ["node1", "bad2"],
    authorizedKeys: ["k"],
    partitionTable: "gpt",
  } as const;
  await appliance.deployments.start(asked);
  const stream = await open("/deployments/d1/events");
  expect(await next(stream)).toMatchObject({
    event: "progress",
    data: { deployment: { id: "d1" }, progress: [{ node: "node1" }, { node: "bad2" }] },
  });
  for (let step = 0; step < 4; step++) appliance.deployments.advance("d1");
  expect(await next(stream)).toMatchObject({
    data: { progress: [{ node: "node1" }, { state: { kind: "failed" } }] },
  });
  appliance.deployments.finish("d1");
  // The failed one has not changed since.
  expect(await next(stream)).toMatchObject({
    data: { progress: [{ node: "node1", state: { kind: "done" } }] },
  });
  expect(await next(stream)).toMatchObject({ event: "ended", data: { ok: "node1", ko: "bad2" } });
  expect((await stream.next()).done).toBe(true);
});

test("an ended deployment is told whole, and an unknown one is a problem", async () => {
  await appliance.nodes.add({ name: "node1", macs: ["52:54:00:77:00:01" as never], kernelArguments: [] });
  await appliance.deployments.start({
    image: imageLabel(IMAGE),
    nodes: ["node1"],
    authorizedKeys: [],
    partitionTable: "gpt",
  });
  appliance.deployments.finish("d1");
  const stream = await open("/deployments/d1/events");
  expect((await next(stream)).event).toBe("progress");
  expect((await next(stream)).event).toBe("ended");
  const asked = request({ port, path: "/api/v1/deployments/d9/events", headers: HEADERS }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(404);
  response.destroy();
});
