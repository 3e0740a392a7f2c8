/** Scans of a network of real snmpd and lldpd: what comes out is what the cables say, and in time. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Confidence } from "#src/fabric/graph.ts";
import { mergeFabric } from "#src/fabric/merge.ts";
import { isRoot } from "#test/boot/namespaces.ts";
import { AGENT_BINARY } from "#test/broadcast/network.ts";
import { viewOf } from "./fabric_view.ts";
import { Rig } from "./rig.ts";
import { RigAgents } from "./rig_agents.ts";
import { EDGES, HOSTS } from "./rig_plan.ts";
import { addressOf, ENDPOINTS, scanRig, V2C, V3 } from "./rig_scan.ts";
import { decoded } from "./rig_scan_process.ts";
import { heardTruth, rigTruth } from "./rig_truth.ts";

const SCAN_LIMIT_MS = 10_000;
const limits = { switchDeadlineMs: 3000 } as const;
/** For what a scan does beside waiting for one that says nothing; alone it takes less than one and a half. */
const REST_OF_SCAN_MS = 4000;
/** Hosts that run lldpd themselves, one on each edge. */
const TALKERS = ["host1", "host2", "host3", "host4"];
const confidenceOf = (host: string): Confidence => (TALKERS.includes(host) ? "likely" : "inferred");

let rig: Rig;
beforeAll(async () => {
  if (isRoot) rig = await Rig.start({ hostsWithLldp: TALKERS });
});
afterAll(() => rig?.[Symbol.asyncDispose]());

test.skipIf(!isRoot).each([
  ["v2c", V2C],
  ["v3", V3],
])("over SNMP %s the graph is exactly the network", async (_, prefixes) => {
  const { fabric, silent, notes, readings, tookMs } = await scanRig(rig, { prefixes });
  expect(viewOf(fabric)).toEqual(rigTruth(rig.wire, { confidenceOf }));
  expect({ silent, notes }).toEqual({ silent: [], notes: [] });
  expect(readings.flatMap(({ gaps }) => gaps)).toEqual([]);
  expect(tookMs).toBeLessThan(SCAN_LIMIT_MS);
});

test.skipIf(!isRoot)("with a wrong community nothing is learnt, and the switch is named", async () => {
  const credentials = [{ version: "2c", community: "public" }] as const;
  const prefixes = V2C.map((one) => ({ ...one, credentials }));
  const { fabric, silent } = await scanRig(rig, { prefixes, limits });
  expect(silent).toEqual([{ address: addressOf("core"), reason: "noAnswer" }]);
  expect({ links: fabric.links, machines: fabric.attachments }).toEqual({ links: [], machines: [] });
});

test.skipIf(!isRoot)("a switch that is there and says nothing costs no more than its deadline", async () => {
  rig.snmpd.get("edge2")?.signal("SIGSTOP");
  onTestFinished(() => rig.snmpd.get("edge2")?.signal("SIGCONT"));
  await expectWithoutEdge2();
});

test.skipIf(!isRoot)("a switch without an agent costs no more than its deadline", async () => {
  await rig.snmpd.get("edge2")?.stop();
  onTestFinished(() => rig.startSnmpd("edge2"));
  await expectWithoutEdge2();
});

/** Marked as silent; what others say of it stays; all else is as it was. */
async function expectWithoutEdge2(): Promise<void> {
  const isOfIt = (line: string): boolean => line.includes("edge2 ");
  const { fabric, silent, tookMs } = await scanRig(rig, { limits });
  const found = viewOf(fabric);
  const truth = rigTruth(rig.wire, { confidenceOf });
  expect(found.switches).toEqual(truth.switches.map((line) => line.replace("edge2 read", "edge2 silent")));
  expect(found.links).toEqual(
    truth.links.map((line) => (isOfIt(line) ? line.replace("certain", "likely") : line)),
  );
  const elsewhere = (lines: readonly string[]): readonly string[] => lines.filter((line) => !isOfIt(line));
  expect(elsewhere(found.machines)).toEqual(elsewhere(truth.machines));
  expect(found.contradictions).toEqual([]);
  expect(silent).toEqual([{ address: addressOf("edge2"), reason: "noAnswer" }]);
  expect(tookMs).toBeLessThan(limits.switchDeadlineMs + REST_OF_SCAN_MS);
}

test.skipIf(!isRoot)("a host that is plugged in elsewhere is found there", async () => {
  const home = rig.wire.placeOf("host6");
  onTestFinished(() => rig.move("host6", home));
  await rig.move("host6", { switch: "edge1", port: 6 });
  const found = viewOf((await scanRig(rig)).fabric);
  expect(found).toEqual(rigTruth(rig.wire, { confidenceOf }));
  expect(found.machines).toContain("host6 edge1 swp6 inferred 1000");
});

test.skipIf(!isRoot || !existsSync(AGENT_BINARY))(
  "by what hosts hear alone, without any credentials, each is in its group at its port",
  async () => {
    await using agents = await RigAgents.start(rig, HOSTS);
    const heard = (await agents.heard(HOSTS)).flatMap(decoded);
    const fabric = mergeFabric({ readings: [], silent: [], endpoints: ENDPOINTS, heard });
    expect(viewOf(fabric)).toEqual(heardTruth(rig.wire, EDGES));
  },
);
