import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { PIECE_BYTES, WriteTurns } from "#src/http/write_turns.ts";

/** Keeps what arrives and says who wrote. */
function reader(name: string, heard: string[]): { readonly stream: Writable; readonly parts: Uint8Array[] } {
  const parts: Uint8Array[] = [];
  const stream = new Writable({
    write: (part: Buffer, _encoding, done) => {
      heard.push(name);
      parts.push(part);
      done();
    },
  });
  return { stream, parts };
}

const body = Buffer.from(Uint8Array.from({ length: 5 * PIECE_BYTES }, (_, at) => (at * 7) % 253));

test.each([
  { what: "a large one", bytes: body.length },
  { what: "one that fits into a piece exactly", bytes: PIECE_BYTES },
  { what: "an empty one", bytes: 0 },
])("a body arrives whole: $what", async ({ bytes }) => {
  const { stream, parts } = reader("a", []);
  new WriteTurns().send(stream, body.subarray(0, bytes));
  await once(stream, "finish");
  expect(Buffer.concat(parts).equals(body.subarray(0, bytes))).toBe(true);
});

test("two readers get their pieces in turns, not one after the other", async () => {
  const heard: string[] = [];
  const turns = new WriteTurns();
  const streams = ["a", "b"].map((name) => reader(name, heard).stream);
  for (const stream of streams) turns.send(stream, body);
  await Promise.all(streams.map((stream) => once(stream, "finish")));
  expect(heard.length).toBeGreaterThan(8);
  expect(heard.lastIndexOf("a")).toBeGreaterThan(heard.indexOf("b"));
  expect(heard.lastIndexOf("b")).toBeGreaterThan(heard.indexOf("a"));
});

test("a reader that is gone gets nothing more, and nobody waits for it", async () => {
  const heard: string[] = [];
  const turns = new WriteTurns();
  const gone = reader("gone", heard).stream;
  const other = reader("other", heard).stream;
  turns.send(gone, body);
  turns.send(other, body);
  gone.destroy();
  await once(other, "finish");
  expect(heard).not.toContain("gone");
});
