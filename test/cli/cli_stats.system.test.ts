import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StepRun } from "#src/deploy/step_run.ts";
import { CliFixture } from "./cli_fixture.ts";

let fixture: CliFixture;
beforeEach(async () => {
  fixture = await CliFixture.start();
  await fixture.addNodes("node1", "node2");
});
afterEach(() => fixture[Symbol.asyncDispose]());

const RUN: StepRun = {
  ...{ deployment: "d1", node: "node1", model: "=cmd|'x'!A", step: "format", phase: 2, way: "archive" },
  ...{ round: 1, turn: 1, attempt: 1, startedAtMs: 0, tookMs: 1500, ok: false, image: "debian-12" },
  why: 'he said "no", twice',
};

test("stats says what is kept", async () => {
  fixture.appliance.stepRuns.runs = [RUN, { ...RUN, ok: true }];
  expect((await fixture.run("stats")).out).toContain("failed:      1 (50.0 %)");
});

test("failures are asked for as the options say", async () => {
  fixture.appliance.stepRuns.failing = [
    { key: "node1", runs: 4, failed: 1, lastFailedAtMs: 0, lastWhy: "no disk" },
    { key: "node2", runs: 3, failed: 0 },
  ];
  const ran = await fixture.run(
    ...["stats", "failures", "--by", "model", "--nodes", "node[1-2]", "--step", "format"],
    ...["--since", "2026-01-31", "--until", "2026-02-01", "--model", "A 1", "--image", "debian-12"],
  );
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out.split("\n").slice(0, 3)).toEqual([
    "MODEL  RUNS  FAILED  RATE    LAST                 WHY",
    "node1     4       1  25.0 %  1970-01-01 00:00:00  no disk",
    "node2     3       0  0.0 %   -",
  ]);
  expect(fixture.appliance.stepRuns.asked).toEqual([
    {
      ...{ by: "model", nodes: ["node1", "node2"], step: "format", model: "A 1", image: "debian-12" },
      ...{ sinceMs: Date.UTC(2026, 0, 31), untilMs: Date.UTC(2026, 1, 1) },
    },
  ]);
  expect((await fixture.run("stats", "failures", "--by", "weather")).code).toBe(2);
  expect((await fixture.run("stats", "failures", "--since", "soon")).code).toBe(2);
});

test("CSV quotes what has to be, and nothing in it is a formula", async () => {
  fixture.appliance.stepRuns.runs = [RUN];
  const { out } = await fixture.run("stats", "slowest", "--csv");
  expect(out).toBe(
    `took_ms,node,model,step,way,deployment,image,started_at,ok,why\r\n1500,node1,'=cmd|'x'!A,format,archive,d1,debian-12,1970-01-01 00:00:00,false,"he said ""no"", twice"\r\n`,
  );
});

test("every run is dumped as it comes", async () => {
  fixture.appliance.stepRuns.runs = Array.from({ length: 3000 }, () => RUN);
  const stdout = new PassThrough();
  let text = "";
  stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const where = ["--api", `127.0.0.1:${fixture.port}`, "--data", fixture.dir];
  expect((await fixture.runWith({ stdout }, "stats", "runs", "--nodes", "node1", ...where)).code).toBe(0);
  expect(text.split("\r\n")).toHaveLength(3002);
  expect(text).toContain(
    `\r\nd1,node1,'=cmd|'x'!A,format,2,archive,1,1,1,0,1500,false,"he said ""no"", twice",debian-12\r\n`,
  );
});

test("steps and boots have their tables", async () => {
  fixture.appliance.stepRuns.stepRows = [
    {
      ...{ step: "await-agent", way: "reboot", model: "A 1", runs: 9, failed: 1 },
      ...{ p10Ms: 90_000, medianMs: 100_000, p90Ms: 130_000, longestMs: 200_000 },
    },
  ];
  expect((await fixture.run("stats", "steps")).out).toContain(
    "A 1    await-agent  reboot     9       1       100.0    130.0        40.0        200.0",
  );
  const boot = { model: "A 1", way: "reboot", medianSec: 100, spreadSec: 40 };
  fixture.appliance.learned.push(
    { ...boot, step: "await-agent", runs: 9, limitSec: 260 },
    { ...boot, step: "await-system", runs: 2, limitSec: undefined },
  );
  const { out } = await fixture.run("stats", "boots");
  expect(out).toContain("A 1    power to agent         reboot     9       100.0        40.0        260  yes");
  expect(out).toContain(
    "A 1    leaving to new system  reboot     2       100.0        40.0        600  not yet",
  );
  expect((await fixture.run("stats", "boots", "--csv")).out).toContain(
    "A 1,await-agent,reboot,9,100,40,260,600\r\n",
  );
});

test("the windows are shown with those who wait", async () => {
  const lanes = [{ lane: "d1", inFlight: 500, waiting: 12 }];
  const { reboot } = fixture.appliance.windows;
  fixture.appliance.windows.reboot = { ...reboot, inFlight: 500, waiting: 12, lanes };
  const { out } = await fixture.run("power", "window");
  expect(out).toContain("reboot  d1   500 of 500       12");
});
