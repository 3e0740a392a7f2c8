/** The source as the appliance runs it: in a thread, from the files of an import. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MANIFEST_CHUNK } from "#src/broadcast/data_frame.ts";
import { broadcastSecrets } from "#src/broadcast/proof.ts";
import { SourceThread } from "#src/broadcast/source_thread.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { StartError } from "#src/value/start_error.ts";
import { filesIn, type Lab, openLab, ROOT } from "#test/images/image_lab.ts";
import { takeStream } from "./downstream_client.ts";

let lab: Lab;
let digest: string;
let storedBytes: number;
let port: number;
let source: SourceThread;
let events: ApplianceEvent[];
let faults: unknown[];
let worker: Worker;
const secretsOf = (deployment: string) => broadcastSecrets(Buffer.from("s"), deployment, digest);

beforeEach(async () => {
  [events, faults] = [[], []];
  lab = openLab();
  const imported = await lab.importBytes(ROOT, "root");
  if (!imported.ok) throw new Error("import failed");
  ({ digest, storedBytes } = imported.image);
  source = await SourceThread.listen({
    ...{ address: "127.0.0.1", port: 0, directory: lab.images },
    record: (event) => events.push(event),
    onFault: (fault) => faults.push(fault),
    startWorker: (workerData) => {
      worker = new Worker(new URL("../../src/broadcast/source_worker.ts", import.meta.url), {
        workerData,
        execArgv: [],
      });
      return worker;
    },
  });
  // Every address after the first serves at a port of its own here; the appliance names one port for all.
  port = await source.listenAt("127.0.0.1", 0);
});
afterEach(async () => {
  await source[Symbol.asyncDispose]();
  lab.close();
});

const take = (deployment: string, chunk = MANIFEST_CHUNK) =>
  takeStream({ port, ...secretsOf(deployment), chunk });

test("nodes of several broadcasts get the image, and each broadcast has its own count", async () => {
  for (const deployment of ["d1", "d2"])
    expect(await source.open({ ...secretsOf(deployment), imageDigest: digest })).toMatchObject({
      chunkCount: 3,
      storedBytes,
    });
  const both = await Promise.all(["d1", "d1", "d2"].map((deployment) => take(deployment)));
  const manifest = await lab.reader.manifestBytes(digest);
  for (const { chunks, story } of both) {
    expect(chunks.get(MANIFEST_CHUNK)).toEqual(manifest);
    expect([0, 1, 2].reduce((sum, chunk) => sum + (chunks.get(chunk)?.length ?? 0), 0)).toBe(storedBytes);
    expect(story.at(-1)).toBe("end");
  }
  const whole = manifest.length + storedBytes;
  expect(await source.sentBytes(secretsOf("d1").broadcast)).toBe(2 * whole);
  expect(await source.sentBytes(secretsOf("d2").broadcast)).toBe(whole);
  source.close(secretsOf("d1").broadcast);
  expect((await take("d1")).refusal).toBe(1);
  expect(events).toEqual([]);
});

test("what it notices of strangers and of damaged chunks comes to the appliance's events", async () => {
  const [chunk = ""] = filesIn(join(lab.images, "chunks"));
  const bytes = readFileSync(chunk);
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  writeFileSync(chunk, bytes);
  await source.open({ ...secretsOf("d1"), imageDigest: digest });
  await takeStream({ port, ...secretsOf("d1"), chunk: 0, proof: Buffer.alloc(32) });
  await vi.waitFor(() => expect(events).toMatchObject([{ kind: "packetRejected", protocol: "data" }]));
  await take("d1").catch(() => {});
  await vi.waitFor(() =>
    expect(events[1]).toMatchObject({
      kind: "imageUnreadable",
      problem: expect.stringContaining("is damaged"),
    }),
  );
});

test("an image that is not there and a port that is taken are refused with their reasons", async () => {
  await expect(source.open({ ...secretsOf("d1"), imageDigest: "ab".repeat(32) })).rejects.toThrow(
    "cannot be read",
  );
  const other = createServer().listen(0, "127.0.0.2");
  await once(other, "listening");
  const taken = (other.address() as { port: number }).port;
  const refused = await source.listenAt("127.0.0.2", taken).catch((fault: unknown) => fault);
  expect(refused).toBeInstanceOf(StartError);
  expect(String(refused)).toContain(`Cannot bind TCP port ${taken} on 127.0.0.2 for broadcasts`);
  other.close();
});

test("released memory is read again when it is wanted", async () => {
  await source.open({ ...secretsOf("d1"), imageDigest: digest });
  const before = await take("d1");
  await source.release();
  expect((await take("d1")).chunks).toEqual(before.chunks);
});

test("a thread that ends is replaced: same ports, same broadcasts, and no byte is forgotten", async () => {
  await source.open({ ...secretsOf("d1"), imageDigest: digest });
  await take("d1");
  const before = await source.sentBytes(secretsOf("d1").broadcast);
  await worker.terminate();
  // Asked in between: it waits for the next thread.
  await source.open({ ...secretsOf("d2"), imageDigest: digest });
  expect((await take("d1")).story.at(-1)).toBe("end");
  expect((await take("d2")).story.at(-1)).toBe("end");
  expect(await source.sentBytes(secretsOf("d1").broadcast)).toBe(2 * before);
  expect(faults).toEqual([]);
});
