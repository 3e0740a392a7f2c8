import { expect, test } from "vitest";
import { unpackLz4Block } from "#src/images/lz4_block.ts";
import { XxHash32, xxHash32 } from "#src/images/xxhash32.ts";

/** Of the reference implementation's own test (xxhsum --check, seed 0). */
test.each([
  ["", 0x02cc5d05],
  ["a", 0x550d7456],
  ["abc", 0x32d153ff],
  ["abcd", 0xa3643705],
  ["message digest", 0x7c948494],
  ["abcdefghijklmnopqrstuvwxyz", 0x63a14d5f],
  ["Nobody inspects the spammish repetition", 0xe2293b2f],
])("the checksum of %j", (text, wanted) => {
  expect(xxHash32(Buffer.from(text))).toBe(wanted);
  const pieces = new XxHash32();
  for (const byte of Buffer.from(text)) pieces.update(Buffer.of(byte));
  expect(pieces.digest()).toBe(wanted);
});

const unpacked = (hex: string, outputBytes = 64): string | undefined => {
  const output = Buffer.alloc(outputBytes);
  const end = unpackLz4Block(Buffer.from(hex.replaceAll(" ", ""), "hex"), output, 0);
  return end === undefined ? undefined : output.toString("latin1", 0, end);
};

test.each([
  ["literals alone", "30 616263", "abc"],
  ["nothing", "00", ""],
  ["a match that overlaps itself", "16 61 0100 10 62", `${"a".repeat(11)}b`],
  ["a match of two that repeats", "23 6162 0200 10 63", "ababababac"],
  ["long literals", `f001 ${"61".repeat(16)}`, "a".repeat(16)],
  ["a long match", "1f 61 0100 ff00 10 62", undefined],
])("%s", (_, hex, wanted) => {
  expect(unpacked(hex)).toBe(wanted);
});

test("a long match that fits", () => {
  expect(unpacked("1f 61 0100 ff00 10 62", 512)).toBe(`${"a".repeat(1 + 4 + 15 + 255)}b`);
  expect(unpacked(`2f 6162 0200 50 10 63`, 512)).toBe(`${"ab".repeat(1 + (4 + 15 + 80) / 2)}ac`);
});

test.each([
  ["cut in the literals", "30 6162"],
  ["cut before the offset", "11 61 01"],
  ["an offset of zero", "11 61 0000 10 62"],
  ["an offset before the start", "11 61 0200 10 62"],
  ["a match at the end", "11 61 0100"],
  ["a length without an end", "f0 ffffff"],
  ["too much for the buffer", `f0 40 ${"61".repeat(79)}`],
])("refused: %s", (_, hex) => {
  expect(unpacked(hex)).toBeUndefined();
});
