import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameSplitter } from "#src/agent/frame.ts";
import { decodeDataMessage, PIECE_MAX_BYTES } from "#src/broadcast/data_frame.ts";
import { PieceBatch } from "#src/broadcast/piece_batch.ts";

/** The chunk from `offset` on, as a receiver puts it together; and the kinds of what came. */
async function sent(chunk: Buffer, offset: number): Promise<{ bytes: Buffer; kinds: readonly string[] }> {
  const batch = new PieceBatch();
  const splitter = new FrameSplitter();
  const parts: Buffer[] = [];
  const kinds: string[] = [];
  for (let at = offset, isLast = false; !isLast; ) {
    const filled = await batch.fill(7, at, (from, into) =>
      from < chunk.length ? chunk.copy(into, 0, from) : 0,
    );
    const split = splitter.push(Buffer.from(batch.bytes));
    if (!split.ok) throw new Error(split.problem);
    for (const { type, payload } of split.frames) {
      const message = decodeDataMessage(type, payload);
      if (!message.ok) throw new Error(message.error.detail);
      kinds.push(message.value.kind);
      if (message.value.kind !== "piece") continue;
      expect(message.value).toMatchObject({
        chunk: 7,
        offset: offset + parts.reduce((sum, part) => sum + part.length, 0),
      });
      parts.push(Buffer.from(message.value.bytes));
    }
    at += filled.imageBytes;
    isLast = filled.isLast;
  }
  return { bytes: Buffer.concat(parts), kinds };
}

const sizes = fc.oneof(
  fc.nat(9 * PIECE_MAX_BYTES),
  fc.nat(9).map((pieces) => pieces * PIECE_MAX_BYTES),
);

test("a chunk arrives whole and in order from any offset, with one `verified` behind it", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (chunkBytes, offset) => {
      const chunk = Buffer.alloc(chunkBytes);
      for (let at = 0; at < chunkBytes; at += 1000) chunk.writeUInt8((at / 1000) % 251, at);
      const { bytes, kinds } = await sent(chunk, offset);
      expect(bytes.equals(chunk.subarray(offset))).toBe(true);
      expect(kinds.indexOf("verified")).toBe(kinds.length - 1);
    }),
    { numRuns: 30 },
  );
});

test("what cannot be read is not sent", async () => {
  const read = (offset: number): number => {
    if (offset > 0) throw new Error("damaged");
    return PIECE_MAX_BYTES;
  };
  await expect(new PieceBatch().fill(0, 0, read)).rejects.toThrow("damaged");
});
