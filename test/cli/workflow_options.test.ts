import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workflowOf } from "#src/cli/workflow_options.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-workflow-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

function file(text: string): string {
  const path = join(dir, "workflow.yaml");
  writeFileSync(path, text);
  return path;
}

describe("what the command line says of ways", () => {
  test("is nothing when nothing was said", async () => {
    expect(await workflowOf({})).toBeUndefined();
  });

  test("is one workflow, options before the file, number by number", async () => {
    const workflow = file(
      "ramdisk: [reboot]\nsystem:\n  - {way: kexec, timeLimitSec: 150}\nsteps:\n  sync: {timeLimitSec: 9, maxAttempts: 3}\n",
    );
    const options = { workflow, ramdiskBy: "kexec, reboot", retries: "0", limit: ["sync=60", "mount=7"] };
    expect(await workflowOf(options)).toEqual({
      ramdisk: ["kexec", "reboot"],
      installRetries: 0,
      system: [{ way: "kexec", timeLimitSec: 150 }],
      steps: { sync: { timeLimitSec: 60, maxAttempts: 3 }, mount: { timeLimitSec: 7 } },
    });
    expect(await workflowOf({ systemBy: "none", attempts: ["mount=4"] })).toEqual({
      system: ["none"],
      steps: { mount: { maxAttempts: 4 } },
    });
  });

  test.each([
    [{ retries: "-1" }, "Cannot use --retries -1: wants a whole number"],
    [{ limit: ["sync"] }, "Cannot use --limit sync: wants STEP=NUMBER"],
    [{ attempts: ["sync=x"] }, "Cannot use --attempts sync=x: wants STEP=NUMBER"],
    [{ workflow: "/nowhere.yaml" }, 'Cannot read the workflow file "/nowhere.yaml": no such file'],
  ])("%o is refused", async (options, words) => {
    await expect(workflowOf(options)).rejects.toThrow(words);
  });

  test.each([
    ["ramdisk: [kexec", /Cannot use the workflow file ".*": .*line 1/],
    ["- kexec\n", /it has no fields, such as/],
    ["", /it has no fields, such as/],
    [`a: ${"x".repeat(70_000)}\n`, /it has more than 65536 bytes/],
  ])("a file that cannot be used is refused, case %#", async (text, words) => {
    await expect(workflowOf({ workflow: file(text) })).rejects.toThrow(words);
  });
});
