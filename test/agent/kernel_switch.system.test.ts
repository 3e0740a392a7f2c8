import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-switch-"));
  writeFileSync(join(dir, "line"), "quiet\n");
  writeFileSync(join(dir, "long"), "x".repeat(5000));
  writeFileSync(join(dir, "no-kernel"), "nothing that a machine could start");
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Never with `start-kernel`: it would. */
const REFUSED: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["no kernel there", ["nowhere", "", "line"], 1, /^Cannot load the kernel: No such file or directory\n$/],
  ["no command line there", ["no-kernel", "", "nowhere"], 1, /^Cannot read the command line: No such file/],
  ["a command line that no kernel takes", ["no-kernel", "", "long"], 1, /^Cannot read the command line: Arg/],
  ["a file that is no kernel", ["no-kernel", "", "line"], 1, /^Cannot load the kernel: /],
  [
    "a path that is too long",
    ["x".repeat(5000), "", "line"],
    1,
    /^Cannot load the kernel: File name too long/,
  ],
  ["too little", ["no-kernel"], 2, /^usage: brigade-agent load-kernel KERNEL INITRD COMMAND-LINE-FILE\n/],
];

test.each(REFUSED)("the agent's program says what is wrong: %s", (_, words, code, said) => {
  const program = join(process.cwd(), "out/agent/brigade-agent");
  const { status, stderr } = spawnSync(program, ["load-kernel", ...words], { cwd: dir, encoding: "utf8" });
  expect(stderr).toMatch(said);
  expect(status).toBe(code);
});
