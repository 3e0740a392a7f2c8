import { describe, expect, test } from "vitest";
import { describeSettingProblem, readSettings, settingsReference } from "#src/config/settings.ts";

test("an interface is all that must be said", () => {
  expect(readSettings({ interface: "eth1" })).toEqual({
    ok: true,
    settings: {
      interface: [{ name: "eth1", mode: "authoritative" }],
      config: undefined,
      data: "/var/lib/brigade",
      pool: undefined,
      switch: undefined,
      "community-file": undefined,
      "keep-step-runs": 1_000_000,
      "learned-limit-max": 1800,
      "learned-limit-min": 60,
      "power-group": [],
      "power-rate": 20,
      "power-window": 100,
      "reboot-window": 500,
      "lease-time": 86_400,
      "confirm-above": 50,
      "allow-other-dhcp": false,
      api: { address: "127.0.0.1", port: 7880 },
      "boot-files": undefined,
    },
  });
});

test("every setting can be said", () => {
  const raw = {
    interface: "eth1,eth2=proxy,eth3=off",
    data: "/srv",
    pool: "10.0.0.5-10.0.0.9",
    switch: "10.0.0.1/24,10.9.0.7",
    "community-file": "/etc/brigade/community",
    "lease-time": "120",
    "confirm-above": "0",
    "allow-other-dhcp": "true",
    api: "10.0.0.1:80",
    "boot-files": "/boot-files",
  };
  expect(readSettings(raw)).toMatchObject({
    ok: true,
    settings: {
      interface: [
        { name: "eth1", mode: "authoritative" },
        { name: "eth2", mode: "proxy" },
        { name: "eth3", mode: "off" },
      ],
      pool: { first: "10.0.0.5", last: "10.0.0.9" },
      switch: [
        { seed: "10.0.0.1", prefix: { network: "10.0.0.0", prefixBits: 24 } },
        { seed: "10.9.0.7", prefix: { network: "10.9.0.7", prefixBits: 32 } },
      ],
      "lease-time": 120,
      "confirm-above": 0,
      api: { port: 80 },
    },
  });
});

describe("a bad value is named with what would be accepted", () => {
  test.each([
    ["pool", "10.0.0.9-10.0.0.5"],
    ["interface", ""],
    ["interface", "eth1=fast"],
    ["interface", "eth1,eth1=proxy"],
    ["interface", "eth1=proxy=off"],
    ["interface", "a-name-of-16-bytes"],
    ["pool", "10.0.0.9"],
    ["pool", "10.0.0.1-10.0.0.2-10.0.0.3"],
    ["lease-time", "119"],
    ["lease-time", "1e3"],
    ["api", "localhost:80"],
    ["api", "127.0.0.1:0"],
    ["api", "127.0.0.1:65536"],
    ["switch", "10.0.0.1/7"],
    ["switch", "10.0.0.1/33"],
    ["switch", "switch1"],
    ["colour", "red"],
    ["data", ""],
  ])("%s = %j", (name, value) => {
    const beside = name === "switch" ? { "community-file": "/c" } : {};
    const read = readSettings({ interface: "eth1", ...beside, [name]: value });
    expect(read.ok ? [] : read.problems.map((problem) => problem.name)).toEqual([name]);
  });
});

test("all problems are reported at once, in words", () => {
  const read = readSettings({ "lease-time": "x", colour: "red" });
  expect(read.ok ? [] : read.problems.map(describeSettingProblem)).toEqual([
    "Cannot use --colour: wants a known setting",
    "Cannot use --lease-time: wants a whole number from 120 to 604800",
  ]);
});

test.each([
  [{}, "interface", "a value, or --config FILE"],
  [{ config: "/etc/net.yaml", interface: "eth1" }, "interface", "no value beside --config: the file says it"],
  [
    { config: "/etc/net.yaml", pool: "10.0.0.5-10.0.0.9" },
    "pool",
    "no value beside --config: the file says it",
  ],
  [{ interface: "eth1", switch: "10.0.0.1" }, "community-file", "a value beside --switch"],
  [{ interface: "eth1", "community-file": "/c" }, "switch", "a value beside --community-file"],
])("what belongs together is said in one place: %j", (raw, name, wanted) => {
  expect(readSettings(raw)).toEqual({ ok: false, problems: [{ name, wanted }] });
});

test("the manual's table is the one made from the settings", async () => {
  const { readFile } = await import("node:fs/promises");
  expect(await readFile("appliance/manual/settings.md", "utf8")).toContain(settingsReference());
});

test.each(["rack1", "rack1=", "rack1=0", "=4", "rack 1=4", "rack1=4,", "rack1=x"])(
  "%j is no power group",
  (text) => {
    expect(readSettings({ interface: "eth1", "power-group": text }).ok).toBe(false);
  },
);

test("power groups are said one by one", () => {
  const read = readSettings({ interface: "eth1", "power-group": "rack1-pdu=4,chassis*=2" });
  expect(read.ok && read.settings["power-group"]).toEqual([
    { pattern: "rack1-pdu", inFlight: 4 },
    { pattern: "chassis*", inFlight: 2 },
  ]);
});
