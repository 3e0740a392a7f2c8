import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import { readRange } from "#src/http/boot_reply.ts";
import { BootHttpServer, type BootHttpServerOptions } from "#src/http/boot_server.ts";
import { describePortInUse } from "#src/net/port_holder.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { TRAVERSALS } from "./traversals.ts";

const kernel = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 7) % 253));
const files = new Map([
  ["ramdisk/vmlinuz", kernel],
  ["ramdisk/large", Buffer.alloc(32 << 20)],
]);

const ADDRESSES = ["127.0.0.1", "127.0.0.2"].map((text) => text as Ipv4);

let nextPort = 18_080;
async function serve(
  events: ApplianceEvent[] = [],
  scriptFor?: BootHttpServerOptions["scriptFor"],
): Promise<BootHttpServer & { port: number }> {
  const port = nextPort++;
  const server = await BootHttpServer.listen({
    ...{ files, addresses: ADDRESSES, httpPort: port },
    scriptFor: scriptFor ?? (async (mac, peer, server) => `#!ipxe\necho ${mac} ${peer} ${server}\n`),
    record: (event) => events.push(event),
    onFault: () => {},
    describePortInUse: (busy) => describePortInUse("tcp", busy),
  });
  return Object.assign(server, { port });
}

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };

/** The path goes out as it is: fetch and URL would tidy it up. */
function get(
  port: number,
  path: string,
  {
    method = "GET",
    headers = {},
    host = "127.0.0.1",
    localAddress = "127.0.0.1",
  }: { method?: string; headers?: Record<string, string>; host?: string; localAddress?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method, headers, localAddress, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("files", () => {
  test("arrive whole, with their length and a tag, and are recorded", async () => {
    const events: ApplianceEvent[] = [];
    await using server = await serve(events);
    const answer = await get(server.port, "/ramdisk/vmlinuz");
    expect(answer.body.equals(kernel)).toBe(true);
    expect(answer).toMatchObject({
      status: 200,
      headers: { "content-length": "3000000", etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) },
    });
    await expect
      .poll(() => events)
      .toMatchObject([
        { kind: "fileSent", file: "ramdisk/vmlinuz", via: "http", bytes: 3_000_000, peer: "127.0.0.1" },
      ]);
  });

  test("HEAD has the length and no body (UEFI HTTP Boot asks so first)", async () => {
    await using server = await serve();
    expect(await get(server.port, "/ramdisk/vmlinuz", { method: "HEAD" })).toMatchObject({
      ...{ status: 200, body: Buffer.alloc(0) },
      headers: { "content-length": "3000000", "accept-ranges": "bytes" },
    });
  });

  test("a range is a part", async () => {
    await using server = await serve();
    const answer = await get(server.port, "/ramdisk/vmlinuz", { headers: { range: "bytes=10-19" } });
    expect(answer).toMatchObject({
      status: 206,
      headers: { "content-range": "bytes 10-19/3000000", "content-length": "10" },
    });
    expect(answer.body.equals(kernel.subarray(10, 20))).toBe(true);
  });

  test("a range beyond the end is refused, and one of another version is the whole", async () => {
    await using server = await serve();
    expect(
      await get(server.port, "/ramdisk/vmlinuz", { headers: { range: "bytes=3000000-" } }),
    ).toMatchObject({ status: 416 });
    const stale = { range: "bytes=10-19", "if-range": '"other"' };
    expect(await get(server.port, "/ramdisk/vmlinuz", { headers: stale })).toMatchObject({ status: 200 });
  });

  test("the tag that the client has brings nothing", async () => {
    await using server = await serve();
    const { etag } = (await get(server.port, "/ramdisk/vmlinuz", { method: "HEAD" })).headers;
    expect(
      await get(server.port, "/ramdisk/vmlinuz", { headers: { "if-none-match": String(etag) } }),
    ).toMatchObject({ status: 304 });
  });

  test.each([
    { header: undefined, expected: "whole" },
    { header: "bytes=0-0", expected: { start: 0, end: 1 } },
    { header: "bytes=5-", expected: { start: 5, end: 10 } },
    { header: "bytes=-3", expected: { start: 7, end: 10 } },
    { header: "bytes=-99", expected: { start: 0, end: 10 } },
    { header: "bytes=5-99", expected: { start: 5, end: 10 } },
    { header: "bytes=10-", expected: "unsatisfiable" },
    { header: "bytes=-0", expected: "unsatisfiable" },
    { header: "bytes=6-5", expected: "whole" },
    { header: "bytes=0-1,3-4", expected: "whole" },
    { header: "bytes=-", expected: "whole" },
    { header: "lines=1-2", expected: "whole" },
  ])("Range $header of ten bytes", ({ header, expected }) => {
    expect(readRange(header, 10)).toEqual(expected);
  });
});

describe("scripts", () => {
  test("a node's script is made for its MAC and for who asks, and is not kept", async () => {
    await using server = await serve();
    const answer = await get(server.port, "/boot/52-54-00-AA-bb-cc.ipxe");
    expect(answer.body.toString()).toBe("#!ipxe\necho 52:54:00:aa:bb:cc 127.0.0.1 127.0.0.1\n");
    expect(answer).toMatchObject({ status: 200, headers: { "cache-control": "no-store" } });
  });

  test.each(ADDRESSES)("what is fetched from %s leads back to that address", async (host) => {
    await using server = await serve();
    const script = await get(server.port, "/boot/52-54-00-aa-bb-cc.ipxe", { host });
    expect(script.body.toString()).toContain(` ${host}\n`);
    const autoexec = await get(server.port, "/autoexec.ipxe", { host });
    expect(autoexec.body.toString()).toContain(`http://${host}:${server.port}/boot/`);
  });

  const asked = ["/autoexec.ipxe", "/loaders/autoexec.ipxe", "/loaders/arm64/autoexec.ipxe"];
  test.each(asked)("%s leads to the node's own", async (path) => {
    await using server = await serve();
    expect((await get(server.port, path)).body.toString()).toContain("/boot/$" + "{netX/mac:hexhyp}.ipxe");
  });

  test("one that does not exist says so on the node's screen, with status 200 so that iPXE runs it", async () => {
    await using server = await serve();
    const answer = await get(server.port, "/boot/nonsense.ipxe");
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toMatch(
      /^#!ipxe\necho Brigade: there is no \/boot\/nonsense\.ipxe on http/,
    );
  });

  test("why a file did not come is told once to who asked for it, and to nobody else", async () => {
    await using server = await serve();
    const why = async (localAddress = "127.0.0.1"): Promise<string> =>
      (await get(server.port, "/boot/why.ipxe", { localAddress })).body.toString();
    expect((await get(server.port, "/ramdisk/nothing")).status).toBe(404);
    expect(await why("127.0.0.3")).toContain("echo Brigade: the appliance refused nothing:");
    expect(await why()).toMatch(/^#!ipxe\necho Brigade: there is no \/ramdisk\/nothing on http.*\n$/);
    expect(await why()).toContain("refused nothing");
  });

  test("what a machine in circles is told to load is not there, and not worth an event", async () => {
    const events: ApplianceEvent[] = [];
    await using server = await serve(events);
    expect((await get(server.port, "/no-loader-starts/52-54-00-aa-bb-cc")).status).toBe(404);
    expect(events).toEqual([]);
  });

  test("a failure of ours is told on the node's screen, without its inside", async () => {
    await using server = await serve([], () => Promise.reject(new Error("secret detail")));
    const answer = await get(server.port, "/boot/52-54-00-aa-bb-cc.ipxe");
    expect(answer.body.toString()).toContain("the appliance failed to answer");
    expect(answer.body.toString()).not.toContain("secret");
  });
});

describe("what is not served", () => {
  test("is more than forty ways out, each as it came", async () => {
    expect(new Set(TRAVERSALS).size).toBeGreaterThan(40);
    await using server = await serve();
    for (const path of TRAVERSALS) {
      expect([path, (await get(server.port, path)).status]).toEqual([path, 404]);
    }
  });

  test.each([
    ...[
      "/../etc/passwd",
      "//etc/passwd",
      "/%2e%2e/etc/passwd",
      "/ramdisk/../ramdisk/vmlinuz",
      "/ramdisk%2fvmlinuz",
      "/ramdisk/",
    ],
    ...[
      "/ramdisk/vmlinuz?x=1",
      "/__proto__",
      "/",
      "/..%00/",
      "/boot/52-54-00-aa-bb-cc",
      "*",
      "/RAMDISK/VMLINUZ",
      `/${"a".repeat(5000)}`,
    ],
  ])("%s", async (path) => {
    await using server = await serve();
    expect(await get(server.port, path)).toMatchObject({
      status: 404,
      body: Buffer.from("Not published here\n"),
    });
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("%s", async (method) => {
    await using server = await serve();
    expect(await get(server.port, "/ramdisk/vmlinuz", { method })).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  });

  test("a stranger's path comes out as one harmless line of an event", async () => {
    const events: ApplianceEvent[] = [];
    await using server = await serve(events);
    await get(server.port, "/x%0aERROR");
    expect(events).toMatchObject([
      {
        kind: "packetRejected",
        protocol: "http",
        peer: "127.0.0.1",
        problem: 'asked for "/x%0aERROR", which is not published',
      },
    ]);
  });
});

describe("limits", () => {
  test("a client that takes a large file five times at once is told to come back, and then may", async () => {
    await using server = await serve();
    const held = Array.from({ length: 4 }, () => connect(server.port, "127.0.0.1"));
    // They ask and read nothing, so the file does not fit into what the system buffers.
    for (const socket of held) {
      socket.write("GET /ramdisk/large HTTP/1.1\r\nHost: x\r\n\r\n");
      await once(socket, "readable");
    }
    expect(await get(server.port, "/ramdisk/large")).toMatchObject({
      ...{ status: 503, body: Buffer.from("Too many machines load this now; try again\n") },
      headers: { "retry-after": "5" },
    });
    expect(await get(server.port, "/ramdisk/large", { method: "HEAD" })).toMatchObject({ status: 200 });
    expect(await get(server.port, "/ramdisk/vmlinuz")).toMatchObject({ status: 200 });
    for (const socket of held) socket.destroy();
    await expect.poll(async () => (await get(server.port, "/ramdisk/large")).status).toBe(200);
  });

  test("more than 64 connections of one client", async () => {
    await using server = await serve();
    const sockets = Array.from({ length: 70 }, () => connect(server.port, "127.0.0.1"));
    for (const socket of sockets) socket.on("error", () => {});
    await expect.poll(() => sockets.filter((socket) => socket.destroyed).length).toBe(6);
    for (const socket of sockets) socket.destroy();
  });

  test("a port that is taken names its holder", async () => {
    await using server = await serve();
    nextPort = server.port;
    await expect(serve()).rejects.toThrow(
      new RegExp(
        `^Cannot bind TCP port ${server.port} on 127.0.0.1: address in use by process ${process.pid}`,
      ),
    );
  });
});
