/** The whole path to a BMC: ipmitool, IPMI 2.0 packets, `ipmi_sim`. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Node } from "#src/nodes/node.ts";
import { Power } from "#src/power/power.ts";
import type { PowerAction } from "#src/power/result.ts";
import { runProgram } from "#src/power/run_program.ts";
import type { Mac } from "#src/value/mac.ts";
import { type SimulatedBmc, startSimulatedBmc } from "./ipmi_sim.ts";

const PORT = 16_623;
const live = new AbortController().signal;
let bmc: SimulatedBmc;
const events: ApplianceEvent[] = [];
const power = new Power({ record: (event) => events.push(event) });

function nodeWith(changes: Partial<{ user: string; password: string; port: number }> = {}): Node {
  const { address, port, user, password } = bmc;
  return {
    name: "node1",
    macs: ["52:54:00:77:00:01" as Mac],
    status: "registered",
    power: { driver: "ipmi", address, port, user, password, ...changes },
    kernelArguments: [],
  };
}
const act = (action: PowerAction, node = nodeWith()) => power.act(node, action, live);

beforeAll(() => {
  bmc = startSimulatedBmc(PORT);
});
afterAll(() => bmc.stop());
beforeEach(() => bmc.setPower("off"));

test("on, reset and off are done and seen", async () => {
  expect(await act("status")).toEqual({ ok: true, state: "off" });
  expect(await act("on")).toEqual({ ok: true, state: "on" });
  expect(bmc.power()).toBe("on");
  expect(await act("reset")).toEqual({ ok: true, state: "on" });
  expect(await act("off")).toEqual({ ok: true, state: "off" });
  expect(bmc.power()).toBe("off");
  expect(await act("off")).toEqual({ ok: true, state: "off" });
});

test("a cycle ends with the machine on, whatever it was", async () => {
  expect(await act("cycle")).toEqual({ ok: true, state: "on" });
  expect(await act("cycle")).toEqual({ ok: true, state: "on" });
  expect(bmc.power()).toBe("on");
});

test("the boot device is set and confirmed", async () => {
  expect(await act("boot-network")).toEqual({ ok: true, state: "off" });
  expect(bmc.bootDevice()).toBe("pxe");
  expect(await act("boot-disk")).toEqual({ ok: true, state: "off" });
  expect(bmc.bootDevice()).toBe("default");
  expect(events.slice(-2)).toMatchObject([{ detail: "off" }, { detail: "off" }]);
});

test.each([{ password: "wrong" }, { user: "nobody" }])("refused with %j, in words", async (changes) => {
  const user = "user" in changes ? changes.user : "admin";
  expect(await act("on", nodeWith(changes))).toEqual({
    ok: false,
    kind: "badCredentials",
    problem: `BMC 127.0.0.1 of node1 refused user "${user}": check user and password`,
  });
  expect(bmc.power()).toBe("off");
});

test("a user that may only operate is enough", async () => {
  expect(await act("on", nodeWith({ user: "operator" }))).toEqual({ ok: true, state: "on" });
});

test("the first cipher suite being refused, the next is used", async () => {
  const backwards = new Power({ record: () => {}, cipherSuites: [17, 3] });
  expect(await backwards.act(nodeWith(), "status", live)).toEqual({ ok: true, state: "off" });
});

test("ten wishes at once are all granted by a BMC that takes one at a time", async () => {
  const results = await Promise.all(Array.from({ length: 10 }, (_, i) => act(i % 2 === 0 ? "on" : "status")));
  expect(results).toEqual(results.map(() => ({ ok: true, state: "on" })));
});

test("the password is in no argument of any process while we talk", async () => {
  const seen: string[] = [];
  const watching = new Power({
    record: () => {},
    run: async (invocation, limits) => {
      const ran = runProgram(invocation, limits);
      seen.push(...argumentsOfAllProcesses());
      return ran;
    },
  });
  await watching.act(nodeWith(), "status", live);
  expect(seen.some((line) => line.includes("ipmitool"))).toBe(true);
  expect(seen.filter((line) => line.includes(bmc.password))).toEqual([]);
});

test("a machine that stays as it was is reported, though the BMC says yes", async () => {
  const hasty = new Power({ record: () => {}, pause: async () => {} });
  bmc.lie();
  expect(await hasty.act(nodeWith(), "on", live)).toMatchObject({ ok: false, kind: "unchanged" });
});

function argumentsOfAllProcesses(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return "";
      }
    });
}
