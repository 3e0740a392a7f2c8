import { expect, test } from "vitest";
import { commandDriver } from "#src/power/command.ts";
import type { Ran } from "#src/power/driver.ts";

const driver = commandDriver("node7", {
  driver: "command",
  command: ["/opt/pdu", "--token=t0ken", "{action}", "outlet-{node}", "{action}{node}", "$(reboot); {other}"],
});
const ended = (code: number, stdout: string, stderr = ""): Ran => ({ kind: "ended", code, stdout, stderr });

test("placeholders are replaced wherever they stand, and nothing else is touched", () => {
  expect(driver.invocation("reset", 0)).toEqual({
    program: "/opt/pdu",
    args: ["--token=t0ken", "reset", "outlet-node7", "resetnode7", "$(reboot); {other}"],
    env: {},
  });
});

test("a node whose name looks like a placeholder stays what it is", () => {
  const odd = commandDriver("{action}", { driver: "command", command: ["pdu", "{node}"] });
  expect(odd.invocation("on", 0)?.args).toEqual(["{action}"]);
});

test("there is no way to ask for the boot device", () => {
  expect(driver.invocation("boot-device", 0)).toBeUndefined();
});

test.each([
  { stdout: "on\n", state: "on" },
  { stdout: "OFF", state: "off" },
  { stdout: "node7: on\n", state: "on" },
  { stdout: "outlet 3 was on, is now off.\n", state: "off" },
])("$stdout means $state", ({ stdout, state }) => {
  expect(driver.read("status", ended(0, stdout))).toEqual({ ok: true, state });
});

test.each(["", "standby\n", "on fire\n", "ion"])("%j means neither", (stdout) => {
  expect(driver.read("status", ended(0, stdout))).toMatchObject({ ok: false, kind: "unknownAnswer" });
});

test("a failure names program, action, exit code and last words, but no argument", () => {
  expect(driver.read("on", ended(3, "", "connecting\nno such outlet\n"))).toEqual({
    ok: false,
    kind: "refused",
    problem: 'Power command /opt/pdu of node7 failed at "on" with exit code 3 and said "no such outlet"',
  });
});

test("a program that is not there is named", () => {
  expect(driver.read("on", { kind: "missing" })).toMatchObject({
    kind: "programMissing",
    problem: expect.stringContaining("/opt/pdu"),
  });
});
