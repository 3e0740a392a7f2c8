import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { exitOf, startProgram } from "#src/net/posix_spawn.ts";

const openFiles = (): number => readdirSync("/proc/self/fd").length;

test("what cannot be started leaves no file open", () => {
  const before = openFiles();
  for (let times = 0; times < 20; times++)
    expect(() => startProgram({ program: "/no/such", args: [], env: {} })).toThrow("ENOENT");
  expect(openFiles()).toBe(before);
});

test("how a program ended that is none of ours is no success", () => {
  expect(exitOf(1)).toBe(128);
});
