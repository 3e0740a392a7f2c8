/** The appliance on a real switched network: it scans, keeps what it found, says what is new, and keeps its secrets. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FabricView } from "#src/http/fabric_types.ts";
import { isRoot } from "#test/boot/namespaces.ts";
import { Rig } from "#test/fabric/rig.ts";
import { COMMUNITY, EDGES, HOSTS, hostMac } from "#test/fabric/rig_plan.ts";
import { FabricAppliance } from "./fabric_fixture.ts";

const FABRIC = `
  seeds: [10.87.0.11]
  scan-interval: off
  switches:
    - prefix: 10.87.0.0/24
      credentials: [{ community-file: community }]
`;

let rig: Rig;
let appliance: FabricAppliance;
beforeAll(async () => {
  if (!isRoot) return;
  rig = await Rig.start();
  appliance = new FabricAppliance(rig);
  appliance.write("community", `${COMMUNITY}\nof the rig\n`);
  await appliance.start(FABRIC);
  for (const host of HOSTS.slice(0, 4))
    await appliance.brigade("node", "add", host.name, "--mac", hostMac(host));
});
afterAll(async () => {
  await appliance?.[Symbol.asyncDispose]();
  await rig?.[Symbol.asyncDispose]();
});

const linksOf = ({ fabric }: FabricView): readonly string[] => {
  const names = new Map(fabric?.switches.map(({ id, name }) => [id, name]));
  return (fabric?.links ?? [])
    .map(({ ends }) =>
      ends
        .map((end) => names.get(end.switch))
        .toSorted()
        .join(" - "),
    )
    .toSorted();
};

test.skipIf(!isRoot)("discover --wait finds every switch, link and node", async () => {
  const { code, out, err } = await appliance.brigade("fabric", "discover", "--wait");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("5, 5 of them read over SNMP");
  const known = await appliance.json<FabricView>("fabric", "show");
  expect(linksOf(known)).toEqual(EDGES.map((edge) => `core - ${edge}`));
  const nodes = known.fabric?.attachments.flatMap(({ endpoint }) => endpoint ?? []);
  expect(nodes?.toSorted()).toEqual(["(appliance)", ...HOSTS.slice(0, 4).map(({ name }) => name)].toSorted());
});
