/** A store whose process is killed right before and right after a write: what was acknowledged is there, and nothing is half there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "#src/store/store.ts";
import type { WriteName } from "#src/store/write_names.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-crash-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function writeUntilKilled(point: string): Promise<readonly string[]> {
  const process_ = spawn(process.execPath, [join(import.meta.dirname, "crash_process.ts"), dir, point], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  process_.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const [, signal] = (await once(process_, "close")) as [number | null, string | null];
  expect(signal).toBe("SIGKILL");
  return text.split("\n").filter(Boolean);
}

/** What the next start finds, in the order in which it was written. */
async function found(): Promise<readonly string[]> {
  const store = await openStore(dir, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });
  const deployment = await store.deployments.byId("d1");
  const runs = await store.stepRuns.totals({});
  const isDone = deployment?.nodes[0]?.state.kind === "done";
  // The run is in the transaction of the progress.
  expect(runs.runs).toBe(isDone ? 1 : 0);
  const isRemoved = deployment?.endedAtMs !== undefined && store.groups.all().length === 0;
  const kept = [
    [store.groups.all().length > 0 || isRemoved, "group"],
    [store.nodes.all().length > 0, "node"],
    [store.inventories.byNode("node1") !== undefined, "inventory"],
    [deployment !== undefined, "deployment"],
    [isDone, "progress"],
    [deployment?.endedAtMs !== undefined, "totals"],
    [isRemoved, "removed"],
  ] as const;
  await store.close();
  return kept.flatMap(([is, what]) => (is ? [what] : []));
}

const ORDER = ["group", "node", "inventory", "deployment", "progress", "totals", "removed"];
const POINTS = [
  ...(["groupPut", "nodes", "inventory", "deploymentCreate", "deploymentNode"] as const),
  ...(["deploymentTotals", "groupRemove"] as const),
] satisfies readonly WriteName[];

test.each(POINTS.flatMap((name, at) => [[name, "before", at] as const, [name, "after", at] as const]))(
  "killed at %s, %s it is durable",
  async (name, moment, at) => {
    const acknowledged = await writeUntilKilled(`write:${name}:${moment}`);
    expect(acknowledged).toEqual(ORDER.slice(0, at));
    expect(await found()).toEqual(ORDER.slice(0, moment === "before" ? at : at + 1));
  },
);
