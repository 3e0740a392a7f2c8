/** Pages of one node and calls of new systems, over real sockets. */
import { request } from "node:http";
import { expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import { BootHttpServer } from "#src/http/boot_server.ts";
import type { PageReply, PageRequest } from "#src/http/node_page.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

const HERE = "127.0.0.1" as Ipv4;
const PORT = 18_190;

async function serve(page: (asked: PageRequest) => PageReply): Promise<{
  readonly asked: PageRequest[];
  readonly events: ApplianceEvent[];
  readonly server: BootHttpServer;
}> {
  const asked: PageRequest[] = [];
  const events: ApplianceEvent[] = [];
  const server = await BootHttpServer.listen({
    ...{ files: new Map(), addresses: [HERE], httpPort: PORT },
    scriptFor: async () => "",
    page: async (one) => {
      asked.push(one);
      return page(one);
    },
    record: (event) => void events.push(event),
    onFault: () => {},
  });
  return { asked, events, server };
}

const ask = (path: string, method = "GET", body = ""): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: HERE, port: PORT, path, method, agent: false }, (response) => {
      let text = "";
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });

test("a call may be posted, as cloud-init does, or fetched; who asks is told on", async () => {
  const { asked, server } = await serve(() => ({ status: 200, text: "Noted\n" }));
  await using _server = server;
  const path = "/phone-home/d7/node3/0123456789abcdef0123456789abcdef";
  expect(await ask(path, "POST", "hostname=node3&instance_id=i")).toEqual({ status: 200, text: "Noted\n" });
  expect(await ask(path)).toEqual({ status: 200, text: "Noted\n" });
  expect(asked).toEqual([
    { path, peer: HERE },
    { path, peer: HERE },
  ]);
});

test("nothing else takes a POST, and no page is made of another path", async () => {
  const { asked, server } = await serve(() => ({ status: 200, text: "" }));
  await using _server = server;
  expect((await ask("/ramdisk/vmlinuz", "POST")).status).toBe(405);
  expect((await ask("/seed/node3/user-data", "PUT")).status).toBe(405);
  expect((await ask("/seedling")).status).toBe(404);
  expect(asked).toEqual([]);
});

test("who gets nothing is in the event log, with no word of what it was", async () => {
  const because = "the seed of node3 goes only to the address that it got from this appliance";
  const { events, server } = await serve(() => ({ status: 403, text: "Not for this address\n", because }));
  await using _server = server;
  expect(await ask("/seed/node3/user-data")).toEqual({ status: 403, text: "Not for this address\n" });
  expect(events).toEqual([{ kind: "packetRejected", protocol: "http", peer: HERE, problem: because }]);
});

test("a client that sends without end is hung up on", async () => {
  const { server } = await serve(() => ({ status: 200, text: "x".repeat(1 << 24) }));
  await using _server = server;
  await expect(ask("/phone-home/x", "POST", "x".repeat(1 << 22))).rejects.toThrow();
});
