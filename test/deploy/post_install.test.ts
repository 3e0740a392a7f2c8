import { expect, test } from "vitest";
import { planOf } from "#src/deploy/plan.ts";
import { postInstall } from "#src/deploy/post_install_action.ts";
import { AgentGone, Hopeless } from "#src/deploy/step_fault.ts";
import type { Job, JobResult } from "#src/deploy/tools.ts";
import { DEFAULT_WORKFLOW } from "#src/deploy/workflow.ts";
import type { PostInstall } from "#src/images/description.ts";
import { attempt } from "./attempt.ts";

const step = (name: string, more: Partial<PostInstall> = {}): PostInstall => ({
  ...{ name, script: `#!/bin/${name}`, args: ["a b"], runIn: "image", timeLimitSec: 60, retries: 0 },
  ...more,
});
const OK: JobResult = { code: 0, signal: null, timedOut: false, error: null, outputTail: "" };

/** What the agent was asked, and how the step ended. */
async function ran(steps: readonly PostInstall[], answers: readonly (JobResult | Error)[]) {
  const jobs: Job[] = [];
  const run = async (_node: string, job: Job): Promise<JobResult> => {
    const answer = answers[jobs.push(job) - 1] ?? OK;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const { context, clock } = attempt({ step: "identity" }, { tools: { run } });
  const planned = { ...context.planned, postInstall: steps };
  const end = await clock.until(postInstall({ ...context, planned })).then(
    () => "done",
    (fault: unknown) => fault,
  );
  return { jobs, end };
}

test("scripts run in order, each with its own arguments and time", async () => {
  const { jobs, end } = await ran([step("one"), step("two", { timeLimitSec: 10, runIn: "ramdisk" })], []);
  expect(end).toBe("done");
  expect(
    jobs.map(({ env, args, timeLimitMs }) => [
      env["BRIGADE_STEP"],
      env["SCRIPT"],
      env["RUN_IN"],
      args,
      timeLimitMs,
    ]),
  ).toEqual([
    ["one", "#!/bin/one", "image", ["a b"], 55_000],
    ["two", "#!/bin/two", "ramdisk", ["a b"], 9_000],
  ]);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(2);
});

test("one that fails is tried as often as it wants, and the last words are the reason", async () => {
  const failed: JobResult = { ...OK, code: 1, outputTail: "first\nno route to the mirror\n" };
  const once = await ran([step("site", { retries: 1 })], [failed]);
  expect([once.end, once.jobs.length]).toEqual(["done", 2]);
  expect(new Set(once.jobs.map(({ id }) => id)).size).toBe(2);
  const twice = await ran([step("site", { retries: 1 }), step("never")], [failed, failed]);
  expect(twice.jobs).toHaveLength(2);
  expect(twice.end).toMatchObject({ message: 'Post-install step "site" failed: no route to the mirror' });
});

test("what no repetition heals is not repeated", async () => {
  const hopeless = await ran([step("site", { retries: 5 })], [{ ...OK, code: 3, outputTail: "a link\n" }]);
  expect([hopeless.jobs.length, hopeless.end instanceof Hopeless]).toEqual([1, true]);
  const gone = await ran([step("site", { retries: 5 })], [new AgentGone("it booted anew")]);
  expect([gone.jobs.length, gone.end instanceof AgentGone]).toEqual([1, true]);
});

test("a plan has the step before the boot loader, with room for every attempt of every script", () => {
  const steps = [step("one", { retries: 2 }), step("two")];
  const installed = (facts: Partial<Parameters<typeof planOf>[0]>) =>
    planOf({ workflow: DEFAULT_WORKFLOW, postInstall: steps, ...facts })[1][0]?.steps ?? [];
  const archive = installed({});
  const at = archive.findIndex(({ name }) => name === "post-install");
  expect(archive[at]).toMatchObject({ postInstall: steps, timeLimitSec: 3 * 60 + 60 + 60, limitAsked: true });
  expect(archive[at + 1]?.name).toBe("boot-loader");
  const names = (image: { readonly customize: boolean }): readonly string[] =>
    installed({ image: { kind: "disk", grow: false, ...image } }).map(({ name }) => name);
  expect(names({ customize: true })).toContain("post-install");
  expect(names({ customize: false })).not.toContain("post-install");
  expect(installed({ postInstall: [] }).map(({ name }) => name)).not.toContain("post-install");
});
