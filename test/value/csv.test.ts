import fc from "fast-check";
import { expect, test } from "vitest";
import { csv, csvLine } from "#src/value/csv.ts";

test.each<readonly [string | number | boolean | undefined, string]>([
  ["plain words", "plain words"],
  ["", ""],
  [undefined, ""],
  [-1.5, "-1.5"],
  [true, "true"],
  ["a,b", '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ["two\nlines", '"two\nlines"'],
  [" lead", '" lead"'],
  ["=1+1", "'=1+1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ["\r=1", `"'\r=1"`],
  ["  =1", "'  =1"],
])("%j is the cell %j", (value, cell) => {
  expect(csvLine([value])).toBe(`${cell}\r\n`);
});

/** RFC 4180, read by another hand. */
function read(text: string): string[][] {
  const rows: string[][] = [[]];
  const cells = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  for (const [, raw = "", end] of text.matchAll(cells)) {
    rows.at(-1)?.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw);
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

test("whatever the words are, they come back from a reader, and no cell is a formula", () => {
  const words = fc.string({ unit: fc.constantFrom(..."ab =+-@,\"'\t\r\n;|") });
  fc.assert(
    fc.property(fc.array(fc.tuple(words, words), { minLength: 1 }), (rows) => {
      const back = read(csv(["one", "two"], rows)).slice(1);
      expect(back.map((row) => row.map((text) => text.replace(/^'(?=\s*[=+\-@\t\r\n])/, "")))).toEqual(
        rows.map((row) => row.map((text) => text.replace(/^'(?=\s*[=+\-@\t\r\n])/, ""))),
      );
      for (const text of back.flat()) expect(text).not.toMatch(/^\s*[=+\-@]/);
    }),
  );
});
