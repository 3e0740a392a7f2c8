import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Node } from "#src/nodes/node.ts";
import { Power } from "#src/power/power.ts";
import { runProgram } from "#src/power/run_program.ts";
import type { Mac } from "#src/value/mac.ts";

const live = new AbortController().signal;
const sh = (script: string) => ({ program: "sh", args: ["-c", script], env: { MARK: "power-test-child" } });

test("output and exit code come back", async () => {
  const ran = await runProgram(sh("echo out; echo err >&2; exit 3"), { limitMs: 5000, signal: live });
  expect(ran).toEqual({ kind: "ended", code: 3, stdout: "out\n", stderr: "err\n" });
});

test("a program that is not there is missing, not an exception", async () => {
  const ran = await runProgram({ program: "/no/such", args: [], env: {} }, { limitMs: 5000, signal: live });
  expect(ran).toEqual({ kind: "missing" });
});

test("a program that hangs is killed with all that it started", async () => {
  const ran = await runProgram(sh("sleep 1000 & sleep 1000"), { limitMs: 200, signal: live });
  expect(ran).toEqual({ kind: "timeout", limitMs: 200 });
  expect(marked()).toEqual([]);
});

test("an abort kills it and rejects with the reason", async () => {
  const stop = new AbortController();
  const run = runProgram(sh("sleep 1000"), { limitMs: 60_000, signal: stop.signal });
  stop.abort(new Error("operator"));
  await expect(run).rejects.toThrow("operator");
  expect(marked()).toEqual([]);
});

test("what it leaves running in a session of its own does not hold us up", async () => {
  const ran = await runProgram(sh("setsid sleep 3 & echo on"), { limitMs: 60_000, signal: live });
  expect(ran).toMatchObject({ kind: "ended", code: 0, stdout: "on\n" });
});

test("a flood of output is cut", async () => {
  const ran = await runProgram(sh("head -c 1000000 /dev/zero"), { limitMs: 10_000, signal: live });
  expect(ran.kind === "ended" && ran.stdout.length).toBe(65_536);
});

test("a power command gets action and node as they are, without a shell in between", async () => {
  const node: Node = {
    name: "node1",
    macs: ["52:54:00:77:00:01" as Mac],
    status: "registered",
    power: { driver: "command", command: ["printf", "%s %s\n", "$(id); {node} is", "on"] },
    kernelArguments: [],
  };
  const power = new Power({ record: () => {} });
  await expect(power.act(node, "status", live)).resolves.toEqual({ ok: true, state: "on" });
});

/** Processes that carry our mark and are not dead yet. */
function marked(): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/environ`, "utf8").includes("MARK=power-test-child") &&
        readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] !== "Z"
      );
    } catch {
      return false;
    }
  });
}
