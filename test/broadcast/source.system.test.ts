import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MANIFEST_CHUNK, PIECE_MAX_BYTES } from "#src/broadcast/data_frame.ts";
import { broadcastSecrets } from "#src/broadcast/proof.ts";
import { BroadcastSource } from "#src/broadcast/source.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { type ImageReader, ImageUnreadable } from "#src/images/reader.ts";
import { takeStream } from "./downstream_client.ts";
import { makeImage, memoryReader } from "./memory_image.ts";

const raw = Buffer.concat([randomBytes(900_000), Buffer.alloc(300_000), randomBytes(400_000)]);
const image = makeImage(raw, { kind: "disk", chunkRawBytes: 300_000 });
const secrets = broadcastSecrets(Buffer.from("s"), "d1", image.digest);
const stranger = broadcastSecrets(Buffer.from("s"), "d2", image.digest);

let events: ApplianceEvent[];
let source: BroadcastSource;
const listen = async (images: ImageReader): Promise<BroadcastSource> => {
  const record = (event: ApplianceEvent) => events.push(event);
  const listening = await BroadcastSource.listen({ address: "127.0.0.1", port: 0, images, record });
  await listening.open({ ...secrets, imageDigest: image.digest });
  return listening;
};
beforeEach(async () => {
  events = [];
  source = await listen(memoryReader(image));
});
afterEach(() => source[Symbol.asyncDispose]());

const take = (options: { chunk: number; offset?: number }) =>
  takeStream({ port: source.port, ...secrets, ...options });

describe("a node with the key", () => {
  test("gets manifest and chunks in order; runs of zeros are not sent", async () => {
    const { story, chunks } = await take({ chunk: MANIFEST_CHUNK });
    const numbers = [MANIFEST_CHUNK, 0, 1, 2, 4, 5];
    const sent = numbers.flatMap((number) => [`piece ${number}`, `verified ${number}`]);
    expect(story).toEqual(["challenge", ...sent, "end"]);
    expect(chunks.get(MANIFEST_CHUNK)).toEqual(image.manifest);
    for (const number of numbers.slice(1)) expect(chunks.get(number)).toEqual(image.chunks[number]);
    expect(source.sentBytes(secrets.broadcast)).toBe(image.manifest.length + image.storedBytes);
    expect(events).toEqual([]);
  });

  test("goes on in the middle of a chunk", async () => {
    const { story, chunks } = await take({ chunk: 4, offset: PIECE_MAX_BYTES + 5 });
    expect(story).toEqual(["challenge", "piece 4", "verified 4", "piece 5", "verified 5", "end"]);
    const rest = image.chunks[4]?.subarray(PIECE_MAX_BYTES + 5);
    expect(chunks.get(4)?.subarray(PIECE_MAX_BYTES + 5)).toEqual(rest);
  });

  test("that has it all is told so, and one that wants more is refused", async () => {
    expect((await take({ chunk: image.chunks.length })).story).toEqual(["challenge", "end"]);
    expect((await take({ chunk: image.chunks.length + 1 })).refusal).toBe(3);
  });

  test("that has not proved itself when the broadcast ends gets nothing", async () => {
    const onSocket = (socket: Socket) => socket.once("data", () => source.close(secrets.broadcast));
    const { story } = await takeStream({ port: source.port, ...secrets, chunk: 0, onSocket });
    expect(story).toEqual(["challenge", "refuse"]);
  });

  test("is cut off when the broadcast ends", async () => {
    const slow = { ...memoryReader(image) };
    let reading = false;
    slow.readChunk = () => {
      reading = true;
      return new Promise(() => {});
    };
    const other = await listen(slow);
    let cutOff = false;
    const onSocket = (socket: Socket) =>
      socket.once("close", () => {
        cutOff = true;
      });
    void takeStream({ port: other.port, ...secrets, chunk: 0, onSocket }).catch(() => {});
    await vi.waitFor(() => expect(reading).toBe(true));
    other.close(secrets.broadcast);
    await vi.waitFor(() => expect(cutOff).toBe(true));
    await other[Symbol.asyncDispose]();
  });
});

describe("a stranger", () => {
  test("that names no broadcast of ours is refused", async () => {
    const { story, refusal } = await takeStream({ port: source.port, ...stranger, chunk: 0 });
    expect([story, refusal]).toEqual([["refuse"], 1]);
  });

  test("without the key gets nothing, and it is recorded", async () => {
    const { story, refusal } = await takeStream({
      port: source.port,
      ...secrets,
      chunk: MANIFEST_CHUNK,
      proof: randomBytes(32),
    });
    expect([story, refusal]).toEqual([["challenge", "refuse"], 2]);
    expect(source.sentBytes(secrets.broadcast)).toBe(0);
    expect(events).toMatchObject([{ kind: "packetRejected", protocol: "data" }]);
  });

  test("can tell that a source has no key", async () => {
    const impostor = { ...secrets, key: stranger.key };
    await expect(takeStream({ port: source.port, ...impostor, chunk: 0 })).rejects.toThrow(
      "upstream has no key",
    );
  });

  test.each([
    { what: "says nothing", bytes: "", problem: "no proof within" },
    {
      what: "speaks another protocol",
      bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n").toString("hex"),
      problem: "does not start with BG1",
    },
    {
      what: "proves before it asked",
      bytes: `4247314200000020${"00".repeat(32)}`,
      problem: "prove out of place",
    },
    {
      what: "sends pieces",
      bytes: "424731440000000900000000000000000a",
      problem: "piece out of place",
    },
    {
      what: "announces a megabyte",
      bytes: `4247314000100000${"00".repeat(5000)}`,
      problem: "says more than a downstream has to say",
    },
  ])("that $what is cut off", async ({ bytes, problem }) => {
    const socket = connect(source.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(Buffer.from(bytes, "hex"));
    socket.resume();
    await once(socket, "close");
    expect(events).toMatchObject([
      { kind: "packetRejected", protocol: "data", problem: expect.stringContaining(problem) },
    ]);
  });
});

test("strangers that keep one byte coming are cut off, and leave room for nodes meanwhile", async () => {
  const limits = { strangers: 8, strangersPerAddress: 3, helloMs: 600 };
  const other = await BroadcastSource.listen({
    address: "127.0.0.1",
    port: 0,
    images: memoryReader(image),
    record: (event) => events.push(event),
    limits,
  });
  await other.open({ ...secrets, imageDigest: image.digest });
  const strangers = Array.from({ length: 20 }, () => {
    const socket = connect({ port: other.port, host: "127.0.0.1", localAddress: "127.0.0.66" });
    const drip = setInterval(() => socket.write("B"), 100);
    socket.on("error", () => {});
    return new Promise<void>((resolve) => {
      socket.on("close", () => {
        clearInterval(drip);
        resolve();
      });
      socket.resume();
    });
  });
  expect((await takeStream({ port: other.port, ...secrets, chunk: 0 })).story).toContain("end");
  await Promise.all(strangers);
  await other[Symbol.asyncDispose]();
});

test("an image that cannot be read is named, and nobody gets a wrong byte of it", async () => {
  const broken = { ...memoryReader(image) };
  broken.readChunk = async (_, index) => {
    throw new ImageUnreadable(`Cannot read chunk ${index}: damaged`);
  };
  const other = await listen(broken);
  await takeStream({ port: other.port, ...secrets, chunk: 0 }).catch(() => {});
  await vi.waitFor(() =>
    expect(events).toMatchObject([
      { kind: "imageUnreadable", image: image.digest, problem: "Cannot read chunk 0: damaged" },
    ]),
  );
  await other[Symbol.asyncDispose]();
});
