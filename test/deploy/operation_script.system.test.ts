import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { operationScript } from "#src/deploy/node_scripts/operation.ts";
import type { OperationAction } from "#src/deploy/operation.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "operation-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** As the agent does it: from a file, the environment said, nothing on stdin. */
function done(action: OperationAction, env: Record<string, string> = {}) {
  const file = join(dir, "job");
  writeFileSync(file, operationScript(action), { mode: 0o700 });
  const { status, stdout, stderr } = spawnSync(file, {
    env: { PATH: process.env["PATH"], ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
const run = (script: string): OperationAction => ({ kind: "run", script });

describe("a script", () => {
  test("is run as it is, with what it says in its first line, and sees its environment", () => {
    const tricky =
      '#!/bin/sh\nprintf \'%s|\' "$GREETING" "$BRIGADE_DISK" \'BASE64\' "$0"\n# ü $(rm -rf x) `y` \\\n';
    const { status, stdout } = done(run(tricky), { GREETING: "a 'b' $c" });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^a 'b' \$c\|\|BASE64\|\/tmp\/operation\.[A-Za-z0-9]{6}\|$/);
  });

  test("without a first line is for the shell", () => {
    expect(done(run("echo $((40 + 2))")).stdout).toBe("42\n");
  });

  test("ends with its own code and words, and leaves no file behind", () => {
    const name = `mark-${process.pid}`;
    const { status, stderr } = done(run(`# ${name}\necho too old >&2\nexit 3\n`));
    expect([status, stderr]).toEqual([3, "too old\n"]);
    const left = readdirSync("/tmp").filter(
      (file) => file.startsWith("operation.") && statSync(`/tmp/${file}`).isFile(),
    );
    expect(left.filter((file) => readFileSync(`/tmp/${file}`, "utf8").includes(name))).toEqual([]);
  });

  test("may be as long as is allowed", () => {
    const script = `${"# padding\n".repeat(26_000)}echo end\n`;
    expect(done(run(script)).stdout).toBe("end\n");
  });
});

describe("a file", () => {
  const content = execFileSync("head", ["-c", "100000", "/dev/urandom"]);
  const file = (to: string): [OperationAction, Record<string, string>] => [
    { kind: "send", content: content.toString("base64"), to, mode: "0640" },
    { TO: to, MODE: "0640" },
  ];

  test("comes to its place byte for byte, with folders and mode, and over an older one", () => {
    const to = join(dir, "a b", "c", "motd");
    for (const _ of ["first", "again"]) {
      expect(done(...file(to))).toMatchObject({ status: 0, stdout: `${to} is there\n` });
      expect(readFileSync(to).equals(content)).toBe(true);
    }
    expect(statSync(to).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(dir, "a b", "c"))).toEqual(["motd"]);
  });

  test("does not go into a folder of that name", () => {
    mkdirSync(join(dir, "etc"));
    const { status, stderr } = done(...file(join(dir, "etc")));
    expect([status, stderr]).toEqual([1, `Cannot put a file at ${dir}/etc: there is a directory\n`]);
  });

  test("that is empty is empty", () => {
    const to = join(dir, "empty");
    expect(done({ kind: "send", content: "", to, mode: "644" }, { TO: to, MODE: "644" }).status).toBe(0);
    expect(readFileSync(to)).toHaveLength(0);
  });
});
