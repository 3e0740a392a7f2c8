import { expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Node } from "#src/nodes/node.ts";
import { Power } from "#src/power/power.ts";
import type { PowerAction } from "#src/power/result.ts";
import type { Mac } from "#src/value/mac.ts";
import { FakeBmc, UNREACHABLE, WRONG_PASSWORD } from "./fake_bmc.ts";

const live = new AbortController().signal;

const NODE: Node = {
  name: "node1",
  macs: ["52:54:00:77:00:01" as Mac],
  status: "registered",
  power: { driver: "ipmi", address: "10.0.0.5", port: 623, user: "admin", password: "s3cret" },
  kernelArguments: [],
};

function rig(bmc: FakeBmc) {
  const events: ApplianceEvent[] = [];
  const pausesMs: number[] = [];
  const power = new Power({
    run: bmc.run,
    record: (event) => events.push(event),
    pause: async (ms) => {
      pausesMs.push(ms);
      bmc.nowMs += ms;
    },
  });
  return { power, events, pausesMs };
}

test.each<{ found: "on" | "off"; action: PowerAction; heard: string[]; state: "on" | "off" }>([
  { found: "off", action: "status", heard: ["status"], state: "off" },
  { found: "off", action: "on", heard: ["status", "on", "status"], state: "on" },
  { found: "on", action: "on", heard: ["status"], state: "on" },
  { found: "on", action: "off", heard: ["status", "off", "status"], state: "off" },
  { found: "off", action: "off", heard: ["status"], state: "off" },
  { found: "on", action: "cycle", heard: ["status", "cycle", "status"], state: "on" },
  { found: "off", action: "cycle", heard: ["status", "on", "status"], state: "on" },
  { found: "on", action: "reset", heard: ["status", "reset", "status"], state: "on" },
  { found: "off", action: "reset", heard: ["status", "on", "status"], state: "on" },
  { found: "on", action: "soft", heard: ["status", "soft", "status"], state: "on" },
  { found: "off", action: "soft", heard: ["status"], state: "off" },
  { found: "off", action: "boot-network", heard: ["status", "bootdev pxe", "bootparam get 5"], state: "off" },
  { found: "on", action: "boot-disk", heard: ["status", "bootdev disk", "bootparam get 5"], state: "on" },
])("$action of a machine that is $found", async ({ found, action, heard, state }) => {
  const bmc = new FakeBmc(found);
  await expect(rig(bmc).power.act(NODE, action, live)).resolves.toEqual({ ok: true, state });
  expect(bmc.heard).toEqual(heard);
});

test("a BMC that says yes and does nothing is found out, after being told again", async () => {
  const bmc = new FakeBmc("off", { lies: true });
  const { power, events, pausesMs } = rig(bmc);
  const result = await power.act(NODE, "on", live);
  expect(result).toMatchObject({
    ok: false,
    kind: "unchanged",
    problem: expect.stringContaining("is not on"),
  });
  expect(bmc.heard.filter((word) => word === "on")).toHaveLength(3);
  const waitedMs = pausesMs.reduce((sum, ms) => sum + ms, 0);
  expect(waitedMs).toBeGreaterThan(25_000);
  expect(waitedMs).toBeLessThan(45_000);
  expect(events).toMatchObject([{ kind: "powerCommanded", node: "node1", action: "on", ok: false }]);
});

test("a BMC that overhears the first command gets it again", async () => {
  const bmc = new FakeBmc("on", { deafUntilChange: 2 });
  await expect(rig(bmc).power.act(NODE, "off", live)).resolves.toEqual({ ok: true, state: "off" });
});

test("a cycle that ends off is brought to its end with on, not with another cycle", async () => {
  const bmc = new FakeBmc("on", { forgetsToSwitchOn: true });
  await expect(rig(bmc).power.act(NODE, "cycle", live)).resolves.toEqual({ ok: true, state: "on" });
  expect(bmc.heard.filter((word) => word === "cycle")).toHaveLength(1);
});

test("a cycle is done when the machine is on again, not while it is still on", async () => {
  const bmc = new FakeBmc("on", { cyclesLate: true });
  await expect(rig(bmc).power.act(NODE, "cycle", live)).resolves.toEqual({ ok: true, state: "on" });
  expect(bmc.nowMs).toBeGreaterThanOrEqual(3000);
  expect(bmc.heard).not.toContain("on");
});

test("a UEFI machine is told to boot by UEFI", async () => {
  const bmc = new FakeBmc("off");
  await rig(bmc).power.act({ ...NODE, firmware: "uefi" }, "boot-network", live);
  expect(bmc.heard).toContain("bootdev pxe options=efiboot");
});

test("after every command the BMC gets a moment for itself", async () => {
  const bmc = new FakeBmc("off");
  const { power, pausesMs } = rig(bmc);
  await power.act(NODE, "boot-network", live);
  expect(pausesMs).toEqual([200, 200, 200]);
});

test("an off that lost the race against the machine's own is no error", async () => {
  const bmc = new FakeBmc("off", {
    pedantic: true,
    faults: new Map([[1, { kind: "ended", code: 0, stdout: "Chassis Power is on\n", stderr: "" }]]),
  });
  await expect(rig(bmc).power.act(NODE, "off", live)).resolves.toEqual({ ok: true, state: "off" });
});

test("a silent BMC is asked three times inside a minute, then reported", async () => {
  const silent = new Map(Array.from({ length: 9 }, (_, run) => [run + 1, UNREACHABLE] as const));
  const bmc = new FakeBmc("on", { faults: silent });
  const { power, pausesMs } = rig(bmc);
  await expect(power.act(NODE, "status", live)).resolves.toMatchObject({
    ok: false,
    kind: "unreachable",
    problem: expect.stringContaining("BMC 10.0.0.5 of node1 does not answer"),
  });
  expect(bmc.heard).toHaveLength(3);
  // ipmitool itself gives up after 10 s.
  expect(pausesMs.reduce((sum, ms) => sum + ms, 3 * 10_000)).toBeLessThan(60_000);
});

test("a BMC that comes back is talked to as if nothing had been", async () => {
  const bmc = new FakeBmc("off", { faults: new Map([[1, UNREACHABLE]]) });
  await expect(rig(bmc).power.act(NODE, "on", live)).resolves.toEqual({ ok: true, state: "on" });
});

test("a wrong password is said once, so that no account gets locked", async () => {
  const bmc = new FakeBmc("off", { faults: new Map([[1, WRONG_PASSWORD]]) });
  await expect(rig(bmc).power.act(NODE, "on", live)).resolves.toEqual({
    ok: false,
    kind: "badCredentials",
    problem: 'BMC 10.0.0.5 of node1 refused user "admin": check user and password',
  });
  expect(bmc.heard).toHaveLength(1);
});

test("a BMC that wants cipher suite 17 gets it, and the next command begins with it", async () => {
  const bmc = new FakeBmc("on", { cipherSuite: 17 });
  const suites: (string | undefined)[] = [];
  const power = new Power({
    run: (invocation, limits) => {
      suites.push(invocation.args[invocation.args.indexOf("-C") + 1]);
      return bmc.run(invocation, limits);
    },
    record: () => {},
    pause: async () => {},
  });
  await power.act(NODE, "status", live);
  await expect(power.act(NODE, "status", live)).resolves.toEqual({ ok: true, state: "on" });
  expect(suites).toEqual(["3", "17", "17"]);
});

test("a BMC that takes none of the suites is reported, not asked for ever", async () => {
  const bmc = new FakeBmc("on", { cipherSuite: 99 });
  await expect(rig(bmc).power.act(NODE, "status", live)).resolves.toMatchObject({ kind: "sessionRefused" });
  expect(bmc.heard).toEqual([]);
});

test("a boot device that the BMC forgets is set twice and noted, but what boots decides", async () => {
  const bmc = new FakeBmc("off", { forgetsBootDevice: true });
  const { power, events } = rig(bmc);
  await expect(power.act(NODE, "boot-network", live)).resolves.toEqual({ ok: true, state: "off" });
  expect(bmc.heard.filter((word) => word === "bootdev pxe")).toHaveLength(2);
  expect(events).toMatchObject([{ ok: true, detail: expect.stringContaining("does not confirm") }]);
});

test("many wishes at once are one command at a time", async () => {
  const bmc = new FakeBmc("off");
  const { power } = rig(bmc);
  const actions: PowerAction[] = ["on", "status", "off", "cycle", "status", "off"];
  const results = await Promise.all(actions.map((action) => power.act(NODE, action, live)));
  expect(results.map((result) => result.ok && result.state)).toEqual(["on", "on", "off", "on", "on", "off"]);
  expect(bmc.mostAtOnce).toBe(1);
});

test("asking for the state is no event, changing it is one", async () => {
  const { power, events } = rig(new FakeBmc("off"));
  await power.act(NODE, "status", live);
  await power.act(NODE, "on", live);
  expect(events).toMatchObject([{ kind: "powerCommanded", node: "node1", action: "on", detail: "on" }]);
});

test("without usable settings nothing is run", async () => {
  const bmc = new FakeBmc("off");
  const { power } = rig(bmc);
  const { power: _, ...bare } = NODE;
  const odd: Node = {
    ...NODE,
    power: { driver: "ipmi", address: "-oProxyCommand=x", port: 623, user: "a", password: "b" },
  };
  await expect(power.act(bare, "on", live)).resolves.toMatchObject({ ok: false, kind: "noPower" });
  await expect(power.act(odd, "on", live)).resolves.toMatchObject({ ok: false, kind: "badSettings" });
  expect(bmc.heard).toEqual([]);
});

test("an abort rejects with its reason", async () => {
  const stop = new AbortController();
  stop.abort(new Error("operator"));
  await expect(rig(new FakeBmc("off")).power.act(NODE, "on", stop.signal)).rejects.toThrow("operator");
});
