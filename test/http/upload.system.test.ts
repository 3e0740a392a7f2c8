/** Uploads into the real image library. */
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Api } from "#src/http/api.ts";
import { apiServer, listenApi } from "#src/http/api_server.ts";
import { ImageLibrary } from "#src/images/library.ts";
import { openStore, type Store } from "#src/store/store.ts";
import { dockerArchive } from "#test/images/container_bytes.ts";
import { qcow2Bytes } from "#test/images/qcow2_bytes.ts";
import { FakeAppliance, TOKEN } from "./fake_appliance.ts";

let dir = "";
let store: Store;
let appliance: FakeAppliance;
let api: Api;
let port = 0;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "brigade-upload-"));
  store = await openStore(dir, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });
  appliance = new FakeAppliance();
  const library = new ImageLibrary({
    directory: join(dir, "images"),
    catalogue: store.images,
    nowMs: Date.now,
  });
  api = apiServer({ ...appliance.services, images: store.images, library });
  port = await listenApi(api, { address: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  await api.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

/** A root archive of 8 MB that does not compress. */
async function archive(): Promise<Buffer> {
  const tar = pack();
  const content = Buffer.alloc(8_000_000);
  for (let at = 0, seed = 1; at < content.length; at += 4) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) | 0;
    content.writeInt32LE(seed, at);
  }
  tar.entry({ name: "boot/vmlinuz-1" }, "kernel");
  tar.entry({ name: "sbin/init", mode: 0o755 }, "init");
  tar.entry({ name: "data" }, content);
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/octet-stream" };
const put = (name: string) => request({ port, method: "PUT", path: `/api/v1/images/${name}`, headers });

const filesLeft = (): readonly string[] =>
  readdirSync(join(dir, "images"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

test("an upload becomes an image that is there after the next start", async () => {
  const asked = put("system").end(await archive());
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  expect(JSON.parse(await text(response))).toMatchObject({ name: "system", kernel: "boot/vmlinuz-1" });
  expect(response.statusCode).toBe(201);
  expect(appliance.events).toMatchObject([{ kind: "imageImported", image: "system:1" }]);
  await store.close();
  store = await openStore(dir, () => {});
  expect(store.images.all()).toMatchObject([{ name: "system" }]);
});

test("a connection that breaks in the midst leaves nothing, and the name is free again", async () => {
  const bytes = await archive();
  const socket = connect(port, "127.0.0.1");
  const head = [
    "PUT /api/v1/images/system HTTP/1.1",
    "host: x",
    `authorization: Bearer ${TOKEN}`,
    "content-type: application/octet-stream",
    `content-length: ${bytes.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  socket.write(bytes.subarray(0, 6_000_000));
  const imports = async () =>
    (await api.inject({ url: "/api/v1/imports", headers: { authorization: headers.authorization } })).json();
  await expect.poll(async () => (await imports())[0]?.sourceBytes ?? 0).toBeGreaterThan(4_000_000);
  socket.destroy();
  await expect.poll(imports).toEqual([]);
  expect(store.images.all()).toEqual([]);
  expect(filesLeft()).toEqual([]);
  expect(appliance.faults).toEqual([]);
});

test("what is no archive is refused with what was found, however much follows", async () => {
  const asked = put("system");
  asked.on("error", () => {});
  const garbage = Buffer.alloc(1_000_000, "no archive ");
  let isAnswered = false;
  const answered = once(asked, "response").finally(() => {
    isAnswered = true;
  });
  for (let part = 0; part < 30 && !isAnswered; part++)
    if (!asked.write(garbage)) await Promise.race([once(asked, "drain"), answered]);
  const [response] = (await answered) as [IncomingMessage];
  expect(response.statusCode).toBe(422);
  expect(JSON.parse(await text(response)).detail).toMatch(
    /^Cannot import image "system": found .* at byte 0/,
  );
  asked.destroy();
  expect(filesLeft()).toEqual([]);
});

/** Sends an upload in pieces, as a network does, and gives the answer. */
async function uploaded(path: string, bytes: Buffer): Promise<{ status: number; body: unknown }> {
  const asked = put(path);
  for (let at = 0; at < bytes.length; at += 70_000) asked.write(bytes.subarray(at, at + 70_000));
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) };
}

test("a qcow2 disk is uploaded, said to be one", async () => {
  const disk = qcow2Bytes({
    clusterBits: 16,
    clusters: Array.from({ length: 32 }, (_, index) => ({ kind: "compressed", byte: index + 1 }) as const),
  });
  const asArchive = await uploaded("disk?kind=archive&allowUnbootable=true", disk);
  expect(asArchive).toMatchObject({ status: 422, body: { type: expect.stringContaining("badSource") } });
  expect(await uploaded("disk?kind=disk&allowUnbootable=true", disk)).toMatchObject({
    status: 201,
    body: { kind: "disk", rawBytes: 32 * 65_536 },
  });
  expect(filesLeft().filter((name) => name.includes("spool"))).toEqual([]);
});

test("a container image is uploaded for the architecture that is asked for", async () => {
  const layers = [{ tar: await archive() }];
  const saved = dockerArchive([{ layers, architecture: "arm64" }]);
  expect(await uploaded("system", saved)).toMatchObject({
    status: 422,
    body: { detail: expect.stringContaining("it holds no image for amd64, only for arm64") },
  });
  expect(await uploaded("system?architecture=arm64", saved)).toMatchObject({
    status: 201,
    body: { kind: "archive", kernel: "boot/vmlinuz-1" },
  });
  expect(await uploaded("other?architecture=../x", Buffer.of(1))).toMatchObject({ status: 400 });
});
