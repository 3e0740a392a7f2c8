import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readWritePoint, WRITE_NAMES } from "#src/store/write_names.ts";

test("every write of the store has a name of its own, and every name a write", () => {
  const calls = globSync("src/store/**/*.ts").flatMap((file) => [
    ...readFileSync(file, "utf8").matchAll(/queue\s*\.write(?:Behind)?\(\s*(?:"(\w+)")?/g),
  ]);
  expect(calls.map(([, name]) => name).sort()).toEqual([...WRITE_NAMES].sort());
});

test("points are read as the environment says them", () => {
  expect(readWritePoint(undefined)).toBeUndefined();
  expect(readWritePoint("broadcast")).toBeUndefined();
  expect(readWritePoint("write:nodes")).toEqual({ name: "nodes", moment: "after" });
  expect(readWritePoint("write:nodes:before")).toEqual({ name: "nodes", moment: "before" });
  for (const wrong of ["write:", "write:node", "write:nodes:while"])
    expect(() => readWritePoint(wrong)).toThrow(`Cannot crash at "${wrong}"`);
});
