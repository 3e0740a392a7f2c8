/** A day with the fabric, as a user has it: the whole appliance on real switches, and what its commands print. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRoot } from "#test/boot/namespaces.ts";
import { Rig } from "#test/fabric/rig.ts";
import { HOSTS, hostMac, SWITCHES, type SwitchPlan, switchAddress } from "#test/fabric/rig_plan.ts";
import { FabricAppliance } from "./fabric_fixture.ts";

/** SNMPv3, with a user of its own on each switch. */
const credentialsOf = (plan: SwitchPlan): string => `
    - prefix: ${switchAddress(plan)}/32
      credentials:
        - user: ${plan.user.name}
          auth: ${plan.user.authProtocol.toLowerCase().replace("-", "")}
          auth-key: ${plan.user.authKey}
          privacy-key: ${plan.user.privKey}`;
const FABRIC = `
  seeds: [10.87.0.11]
  scan-interval: off
  switches:${SWITCHES.map(credentialsOf).join("")}
`;

let folder: string;
let rig: Rig;
let appliance: FabricAppliance;
beforeAll(async () => {
  if (!isRoot) return;
  folder = mkdtempSync(join(tmpdir(), "brigade-user-"));
  rig = await Rig.start();
  appliance = new FabricAppliance(rig);
  await appliance.start(FABRIC);
  const rows = HOSTS.map((host) => `${host.name},${hostMac(host)}\n`);
  expect(await printed("node", "import", file("nodes.csv", `name,mac\n${rows.join("")}`))).toContain(
    "16 added",
  );
  expect(await printed("fabric", "discover", "--wait")).toMatch(/switches: +5, 5 of them read over SNMP\n/);
});
afterAll(async () => {
  await appliance?.[Symbol.asyncDispose]();
  await rig?.[Symbol.asyncDispose]();
  if (folder) rmSync(folder, { recursive: true });
});

/** @returns its path */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a command prints that succeeds. */
async function printed(...words: readonly string[]): Promise<string> {
  const { code, out, err } = await appliance.brigade(...words);
  expect({ code, err }, words.join(" ")).toEqual({ code: 0, err: "" });
  return out;
}

test.skipIf(!isRoot)("show draws every switch and node below the appliance's port", async () => {
  const tree = await printed("fabric", "show");
  expect(tree).toMatch(/^core, appliance at Ethernet7, 10 Gbit\/s\n/);
  expect(tree).toContain("├─ Ethernet2 - Gi1/0/8 edge2, 10 Gbit/s\n");
  expect(tree).toContain("│  ├─ host[4,16] on ports Gi1/0/[2-3], 1 Gbit/s");
  expect(tree).toContain("host11 on port swp2, 100 Mbit/s");
});

test.skipIf(!isRoot)("order goes edge by edge, the slow node last, and says why", async () => {
  const order = await printed("fabric", "order", "host[1-16]", "--explain");
  expect(order).toMatch(/^From the appliance at core port Ethernet7, 10 Gbit\/s:\n/);
  const visited = [...order.matchAll(/\d\. (edge\d), .*\((host\[[^)]*\])\)/g)].map(([, edge, hosts]) => [
    edge,
    hosts,
  ]);
  expect(visited).toEqual([
    ["edge1", "host[1,5,9,13]"],
    ["edge4", "host[2,6,10,14]"],
    ["edge2", "host[4,8,12,16]"],
    ["edge3", "host[3,7,11,15]"],
  ]);
  expect(order).toContain("behind edge2, because it is good for 100 Mbit/s and that for 1 Gbit/s");
  expect(order).toContain("at most once in each direction; by name it would be 4 times");
});

test.skipIf(!isRoot)(
  "check finds the slow cable, and a host in another port than the file says",
  async () => {
    const alone = await appliance.brigade("fabric", "check");
    expect(alone.code).toBe(1);
    expect(alone.out).toContain("warning: host11 at edge3/swp2 runs at 100 Mbit/s");

    const cabling = file("cabling.yaml", await printed("fabric", "check", "--write"));
    const before = await appliance.brigade("fabric", "check", cabling, "--unexpected");
    expect(before).toEqual(alone);

    await rig.move("host6", { switch: "edge1", port: 6 });
    await printed("fabric", "discover", "--wait");
    const after = await appliance.brigade("fabric", "check", cabling);
    expect(after.code).toBe(2);
    expect(after.out).toContain("error: host6 should be at edge4/swp1 and is at edge1/swp6");
    expect(after.out.match(/error:/g)).toHaveLength(1);

    expect(await printed("fabric", "history")).toContain("host6 has moved from edge4/swp1 to edge1/swp6\n");
  },
);
