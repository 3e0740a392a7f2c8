/** Probes against real servers, one of which is silent and one nobody's. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { askOnce } from "#src/deploy/probes/network_probe.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

const HERE = "127.0.0.1" as Ipv4;
const live = new AbortController().signal;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, HERE);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  servers.pop();
  server.close();
  await once(server, "close");
  return port;
}

test("a port that accepts is an answer, a closed one is not", async () => {
  const open = await listening(createServer((socket) => socket.on("error", () => {})));
  expect(await askOnce(HERE, { kind: "tcp", port: open }, live)).toEqual({ ok: true });
  expect(await askOnce(HERE, { kind: "tcp", port: await closedPort() }, live)).toMatchObject({
    ok: false,
    why: expect.stringContaining("ECONNREFUSED"),
  });
});

test.each([
  { given: 204, wanted: undefined, ok: true },
  { given: 302, wanted: undefined, ok: true },
  { given: 503, wanted: undefined, ok: false },
  { given: 404, wanted: 404, ok: true },
  { given: 200, wanted: 404, ok: false },
])("HTTP status $given, where $wanted is wanted: $ok", async ({ given, wanted, ok }) => {
  const asked: string[] = [];
  const server = createHttpServer(({ url }, response) => {
    asked.push(url ?? "");
    response.writeHead(given, { location: "/elsewhere" }).end("x".repeat(1 << 20));
  });
  const port = await listening(server);
  const answer = await askOnce(HERE, { kind: "http", port, path: "/ready?x=1", status: wanted }, live);
  expect(answer.ok).toBe(ok);
  expect(asked).toEqual(["/ready?x=1"]);
});

test("a server that never answers is given up, and so is one that speaks something else", async () => {
  const silent = await listening(createServer((socket) => socket.on("error", () => {})));
  expect(await askOnce(HERE, { kind: "http", port: silent, path: "/" }, live, 50)).toEqual({
    ok: false,
    why: `no answer on port ${silent} within 50 ms`,
  });
  const other = await listening(
    createServer((socket) => socket.on("error", () => {}).end("SSH-2.0-OpenSSH_9.2\r\n")),
  );
  expect((await askOnce(HERE, { kind: "http", port: other, path: "/" }, live)).ok).toBe(false);
});

test("whoever stops asking is not kept waiting", async () => {
  const silent = await listening(createServer((socket) => socket.on("error", () => {})));
  const controller = new AbortController();
  const asking = askOnce(HERE, { kind: "http", port: silent, path: "/" }, controller.signal);
  controller.abort(new Error("enough"));
  await expect(asking).rejects.toThrow("enough");
});
