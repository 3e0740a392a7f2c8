/**
 * Switches that are in no lab of ours: walks of real ones, and a stack made by hand, served by snmpd. What comes over the
 * wire is what is in the walk; aggregates are one link, and a stack is one switch.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSwitch } from "#src/fabric/read_switch.ts";
import { type Ipv4, subnetOf } from "#src/value/ipv4.ts";
import { isRoot, Wire } from "#test/boot/namespaces.ts";
import { until } from "./rig_daemon.ts";
import { COMMUNITY } from "./rig_plan.ts";
import { scanFrom } from "./rig_scan.ts";
import type { RigScan } from "./rig_scan_process.ts";
import { recordedSnmpd } from "./rig_snmpd.ts";
import { hasSnmpRecordings, recordingPath, varbindsOf, walkOf } from "./snmprec.ts";
import { STACK } from "./stack_rows.ts";

const ADDRESS = "127.0.1.1" as Ipv4;
const SNMP_PORT_HEX = ":00A1 ";

/** Serves the rows of `file` in a namespace of its own and scans them from there. */
async function scanRecorded(file: string): Promise<RigScan> {
  using wire = new Wire("fr1");
  const within = ["netns", "exec", wire.plug("srv")];
  const dir = mkdtempSync(join(tmpdir(), "brigade-recorded-"));
  const snmpd = recordedSnmpd(file, ADDRESS, dir, within);
  try {
    snmpd.start();
    await until("snmpd", () =>
      readFileSync(`/proc/${snmpd.pid}/net/udp`, "utf8").includes(SNMP_PORT_HEX) ? undefined : "port 161",
    );
    const credentials = [{ version: "2c", community: COMMUNITY }] as const;
    const prefixes = [{ prefix: subnetOf(ADDRESS, 32), credentials }];
    return await scanFrom(within, { seeds: [ADDRESS], prefixes, endpoints: [], heard: [] });
  } finally {
    await snmpd.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The same switch out of the file, as it looks after a journey as JSON. */
const readFrom = (file: string): unknown => {
  const walk = walkOf(varbindsOf(readFileSync(file, "utf8")), { address: ADDRESS });
  return { ...JSON.parse(JSON.stringify(readSwitch(walk))), takenAtMs: expect.any(Number) };
};

test.skipIf(!isRoot || !hasSnmpRecordings)("junos_qfx5100 over the wire is what was recorded", async () => {
  const { readings } = await scanRecorded(recordingPath("junos_qfx5100"));
  expect(readings).toEqual([readFrom(recordingPath("junos_qfx5100"))]);
});

test.skipIf(!isRoot || !hasSnmpRecordings)("so is arubaos-cx, whose aggregate is one link", async () => {
  const { fabric, readings } = await scanRecorded(recordingPath("arubaos-cx"));
  expect(readings).toEqual([readFrom(recordingPath("arubaos-cx"))]);
  const [link, ...others] = fabric.links.filter(({ cables }) => cables.length > 0);
  expect(others).toEqual([]);
  expect(link?.speedMbit).toBe(80_000);
  expect(link?.cables.map((cable) => cable.map(({ port }) => port))).toEqual([
    ["1/1/53", "1/1/53"],
    ["1/1/54", "1/1/54"],
  ]);
});

test.skipIf(!isRoot)("a stack is one switch, its aggregate over both boxes one link", async () => {
  const dir = mkdtempSync(join(tmpdir(), "brigade-recorded-"));
  const file = join(dir, "stack.snmprec");
  writeFileSync(file, STACK);
  const { fabric } = await scanRecorded(file).finally(() => rmSync(dir, { recursive: true }));
  const stack = fabric.switches.find(({ name }) => name === "stack");
  expect(stack?.members).toEqual([
    { number: 1, model: "S4-X", serial: "SN001" },
    { number: 2, model: "S4-X", serial: "SN002" },
  ]);
  expect(stack?.ports.find(({ name }) => name === "Te2/0/3")?.member).toBe(2);
  expect(fabric.links).toMatchObject([{ speedMbit: 20_000, confidence: "likely" }]);
  const ports = fabric.links.flatMap(({ cables }) =>
    cables.map((ends) => ends.map(({ port }) => port).sort()),
  );
  expect(ports).toEqual([
    ["Ethernet1", "Te1/0/1"],
    ["Ethernet2", "Te2/0/1"],
  ]);
});
