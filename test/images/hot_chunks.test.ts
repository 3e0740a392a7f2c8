import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HotChunks, type StoredChunk } from "#src/images/hot_chunks.ts";

const GRAIN = 256 * 1024;
const chunkOf = (number: number, storedBytes: number = GRAIN): StoredChunk => ({
  digest: `c${number}`,
  storedBytes,
});
/** What the chunk is filled with. */
const fillOf = ({ digest }: StoredChunk): number => 1 + Number(digest.slice(1));

/** Loads that end when they are told to, in any order. */
class Disk {
  readonly started: string[] = [];
  readonly #pending = new Map<string, { readonly end: () => void; readonly fail: () => void }>();

  readonly load = (chunk: StoredChunk, into: Buffer): Promise<void> => {
    this.started.push(chunk.digest);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        into.fill(fillOf(chunk));
        resolve();
      };
      this.#pending.set(chunk.digest, { end, fail: () => reject(new Error(`${chunk.digest} is damaged`)) });
    });
  };

  get pending(): readonly string[] {
    return [...this.#pending.keys()];
  }

  end(digest: string): void {
    this.#pending.get(digest)?.end();
    this.#pending.delete(digest);
  }

  fail(digest: string): void {
    this.#pending.get(digest)?.fail();
    this.#pending.delete(digest);
  }
}

const settled = (): Promise<void> => setImmediate();
const first = async (hot: HotChunks, chunk: StoredChunk): Promise<number | undefined> => {
  const into = Buffer.alloc(1);
  await hot.read(chunk, 0, into);
  return into[0];
};

test("however many read a chunk, it is loaded once and in memory once", async () => {
  const disk = new Disk();
  const hot = new HotChunks({ limitBytes: 8 * GRAIN, loads: 2, load: disk.load });
  const reads = Array.from({ length: 64 }, () => first(hot, chunkOf(1)));
  disk.end("c1");
  expect(new Set(await Promise.all(reads))).toEqual(new Set([2]));
  expect(disk.started).toEqual(["c1"]);
  expect(hot.heldBytes).toBe(GRAIN);
});

test("a read gives the bytes from its offset to the chunk's end, and no more", async () => {
  const load = async (_: StoredChunk, into: Buffer): Promise<void> =>
    void into.set(Buffer.from([0, 1, 2, 3, 4, 5]));
  const hot = new HotChunks({ limitBytes: GRAIN, loads: 1, load });
  const into = Buffer.alloc(4);
  expect([await hot.read(chunkOf(1, 6), 4, into), [...into]]).toEqual([2, [4, 5, 0, 0]]);
  expect(await hot.read(chunkOf(1, 6), 1, into)).toBe(4);
  expect([await hot.read(chunkOf(1, 6), 6, into), await hot.read(chunkOf(1, 6), 7, into)]).toEqual([0, 0]);
});

test("what was used last stays, and the buffer of what goes is used again", async () => {
  const disk = new Disk();
  const buffers = new Set<ArrayBufferLike>();
  const load = (chunk: StoredChunk, into: Buffer): Promise<void> => {
    buffers.add(into.buffer);
    const loading = disk.load(chunk, into);
    disk.end(chunk.digest);
    return loading;
  };
  const hot = new HotChunks({ limitBytes: 2 * GRAIN, loads: 1, load });
  for (const number of [1, 2, 1, 3, 1, 2]) expect(await first(hot, chunkOf(number))).toBe(number + 1);
  expect(disk.started).toEqual(["c1", "c2", "c3", "c2"]);
  expect(buffers.size).toBe(2);
  hot.clear();
  expect(hot.heldBytes).toBe(0);
  expect([...buffers].map(({ byteLength }) => byteLength)).toEqual([0, 0]);
});

test("a chunk that cannot be loaded is told to all who wait, and the next one tries again", async () => {
  const disk = new Disk();
  const hot = new HotChunks({ limitBytes: GRAIN, loads: 1, load: disk.load });
  const both = Promise.allSettled([first(hot, chunkOf(1)), first(hot, chunkOf(1))]);
  disk.fail("c1");
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(hot.heldBytes).toBe(0);
  const again = first(hot, chunkOf(1));
  await settled();
  disk.end("c1");
  expect(await again).toBe(2);
});

test("what is merely expected waits for nobody and holds nobody up", async () => {
  const disk = new Disk();
  const hot = new HotChunks({ limitBytes: 4 * GRAIN, loads: 1, load: disk.load });
  hot.expect(chunkOf(1));
  const wanted = first(hot, chunkOf(2));
  hot.expect(chunkOf(3));
  for (const number of [1, 2, 3]) {
    await settled();
    disk.end(`c${number}`);
  }
  expect(await wanted).toBe(3);
  expect(disk.started).toEqual(["c1", "c2"]);
});

type Step = { readonly kind: "read" | "expect" | "end" | "fail" | "clear"; readonly number: number };
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      "read" as const,
      "read" as const,
      "expect" as const,
      "end" as const,
      "end" as const,
      "fail" as const,
      "clear" as const,
    ),
    number: fc.nat(9),
  }),
  { maxLength: 60 },
);

/** @returns the check of what was read, if it is a read */
function carryOut({ kind, number }: Step, disk: Disk, hot: HotChunks): readonly Promise<void>[] {
  // Of two sizes: a buffer of the other one cannot be used again.
  const chunk = chunkOf(number, GRAIN * (1 + (number % 2)));
  switch (kind) {
    case "read":
      return [
        first(hot, chunk).then(
          (byte) => expect(byte).toBe(fillOf(chunk)),
          (fault) => expect(String(fault)).toContain("is damaged"),
        ),
      ];
    case "expect":
      hot.expect(chunk);
      return [];
    case "clear":
      hot.clear();
      return [];
    case "end":
    case "fail":
      disk[kind](disk.pending[number % 2] ?? "");
      return [];
  }
}

test("whatever is read, loaded and lost in whatever order, bytes are right and memory is bounded", async () => {
  const limitBytes = 3 * GRAIN;
  const loads = 2;
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const disk = new Disk();
      const hot = new HotChunks({ limitBytes, loads, load: disk.load });
      const reads: Promise<void>[] = [];
      for (const step of script) {
        reads.push(...carryOut(step, disk, hot));
        await settled();
        expect(disk.pending.length).toBeLessThanOrEqual(loads);
        expect(hot.heldBytes).toBeLessThanOrEqual(limitBytes + loads * 2 * GRAIN);
      }
      while (disk.pending.length > 0) {
        disk.end(disk.pending[0] ?? "");
        await settled();
      }
      await Promise.all(reads);
      hot.clear();
      expect(hot.heldBytes).toBe(0);
    }),
  );
});
