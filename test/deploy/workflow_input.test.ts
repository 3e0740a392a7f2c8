import { expect, test } from "vitest";
import { readWorkflow } from "#src/deploy/workflow_input.ts";

test("a whole workflow is read; ways without numbers may be words", () => {
  const read = readWorkflow({
    ramdisk: ["already", { way: "kexec", retries: 0, timeLimitSec: 60 }, "reboot"],
    installRetries: 2,
    system: ["kexec", "hard-reboot"],
    steps: { broadcast: { timeLimitSec: 7200 }, "await-agent": { maxAttempts: 2 } },
  });
  expect(read).toEqual({
    ok: true,
    workflow: {
      ramdisk: [{ way: "already" }, { way: "kexec", retries: 0, timeLimitSec: 60 }, { way: "reboot" }],
      installRetries: 2,
      system: [{ way: "kexec" }, { way: "hard-reboot" }],
      steps: { broadcast: { timeLimitSec: 7200 }, "await-agent": { maxAttempts: 2 } },
    },
  });
  expect(readWorkflow({})).toEqual({ ok: true, workflow: {} });
});

const REFUSED: readonly (readonly [string, unknown, RegExp | string])[] = [
  ["no fields", ["kexec"], 'the workflow is ["kexec"], wanted fields'],
  [
    "a strange field",
    { fast: true },
    'the workflow has no field "fast"; it may have ramdisk, installRetries',
  ],
  [
    "a way that there is none of",
    { ramdisk: ["sail"] },
    'there is no way "sail" into the ramdisk; there are already, kexec, reboot',
  ],
  [
    "a way of the other phase",
    { system: ["already"] },
    'there is no way "already" into the new system; there are kexec, reboot, hard-reboot, none',
  ],
  ["no way at all", { ramdisk: [] }, "the ways into the ramdisk are no list, wanted at least one of already"],
  ["a way twice", { ramdisk: ["kexec", "kexec"] }, 'the way "kexec" into the ramdisk is there twice'],
  ["none behind another way", { system: ["kexec", "none"] }, 'the way "none" stands alone'],
  [
    "a step that there is none of",
    { steps: { fly: {} } },
    /^there is no step "fly"; there are adopt-agent, kexec/,
  ],
  [
    "too many retries",
    { ramdisk: [{ way: "reboot", retries: 11 }] },
    'retries of the way "reboot" is 11, wanted a whole number from 0 to 10',
  ],
  ["half a retry", { installRetries: 0.5 }, "installRetries is 0.5, wanted a whole number from 0 to 10"],
  [
    "no time",
    { steps: { sync: { timeLimitSec: 0 } } },
    "timeLimitSec of sync is 0, wanted a whole number from 1",
  ],
  [
    "more than a day",
    { ramdisk: [{ way: "kexec", timeLimitSec: 86_401 }] },
    'timeLimitSec of the way "kexec" is 86401, wanted a whole number from 1 to 86400',
  ],
  ["no attempt", { steps: { sync: { maxAttempts: 0 } } }, "maxAttempts of sync is 0"],
  ["a number as text", { installRetries: "1" }, 'installRetries is "1", wanted'],
  ["a way without a name", { ramdisk: [{ retries: 1 }] }, "there is no way undefined into the ramdisk"],
];

test.each(REFUSED)("refuses %s", (_, value, why) => {
  const read = readWorkflow(value);
  expect(read.ok ? "" : read.why).toMatch(
    typeof why === "string" ? new RegExp(`^${why.replaceAll(/[[\](){}.*+?]/g, "\\$&")}`) : why,
  );
});
