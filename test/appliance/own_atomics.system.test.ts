import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bringOwnAtomics, machineCode } from "../../appliance/binary/own_atomics.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-atomics-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Counts by compare-and-exchange in four threads, through libatomic as Node does: an object that need not be aligned. */
const program = (size: number): string => `
#include <pthread.h>
#include <stdio.h>
#include <string.h>
extern _Bool exchange(unsigned long, void *, void *, void *, int, int) __asm__("__atomic_compare_exchange");
static unsigned long counter[2];
static void *count(void *unused) {
  for (int i = 0; i < 200000; i++) {
    unsigned long seen[2] = { 0, 0 }, next[2];
    do { next[0] = seen[0] + 1; next[1] = 0; }
    while (!exchange(${size}, counter, seen, next, 5, 5));
  }
  return unused;
}
int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, count, 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
  printf("%lu\\n", counter[0]);
}`;

/** Links like official Node: fixed address, everything bound at start, on this machine's libatomic. */
function build(name: string, source: string, flags: readonly string[] = ["-Wl,-z,now"]): Buffer {
  const path = join(folder, name);
  writeFileSync(`${path}.c`, source);
  const libatomic = execFileSync("sh", ["-c", "ls /usr/lib/x86_64-linux-gnu/libatomic.so.1"], {
    encoding: "utf8",
  }).trim();
  const args = [
    "-O2",
    "-no-pie",
    "-fno-builtin",
    "-fcf-protection=none",
    ...flags,
    `${path}.c`,
    "-pthread",
    libatomic,
    "-o",
    path,
  ];
  execFileSync("gcc", args);
  return readFileSync(path);
}

function run(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes, { mode: 0o755 });
  return execFileSync(path, { encoding: "utf8" });
}

test("the edited program counts right and asks for no libatomic", () => {
  const bytes = build("count", program(8));
  expect(run("before", bytes)).toBe("800000\n");
  bringOwnAtomics(bytes, machineCode(folder));
  expect(run("after", bytes)).toBe("800000\n");
  const dynamic = execFileSync("readelf", ["-d", join(folder, "after")], { encoding: "utf8" });
  expect(dynamic).not.toContain("libatomic");
  // A library that is not there is noticed, so the loader really does not look for it.
  const seen = spawnSync(join(folder, "after"), { env: { LD_DEBUG: "libs,versions" }, encoding: "utf8" });
  expect(seen.stderr).not.toContain("libatomic");
  expect(seen.status).toBe(0);
});

test("a program that calls it with another size is refused", () => {
  const bytes = build("sixteen", program(16));
  expect(() => bringOwnAtomics(bytes, machineCode(folder))).toThrow("with a size that is not 8");
});

test("a program that is bound lazily is refused", () => {
  const bytes = build("lazy", program(8), ["-Wl,-z,lazy"]);
  expect(() => bringOwnAtomics(bytes, machineCode(folder))).toThrow("bound lazily");
});

test("something else than a program is refused", () => {
  expect(() => bringOwnAtomics(Buffer.alloc(100), Buffer.alloc(1))).toThrow("Not a 64-bit little-endian ELF");
});
