/** The appliance on a real switched network: it scans, keeps what it found, says what is new, and keeps its secrets. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ScanRecord } from "#src/fabric/scan_record.ts";
import type { FabricView } from "#src/http/fabric_types.ts";
import { isRoot } from "#test/boot/namespaces.ts";
import { Rig } from "#test/fabric/rig.ts";
import { COMMUNITY, EDGES, HOSTS, hostMac, switchAddress, switchPlan } from "#test/fabric/rig_plan.ts";
import { FabricAppliance } from "./fabric_fixture.ts";

const { user } = switchPlan("core");
const FABRIC = `
  seeds: [10.87.0.11]
  scan-interval: off
  switches:
    - prefix: 10.87.0.11/32
      credentials:
        - user: ${user.name}
          auth: sha256
          auth-key: ${user.authKey}
          privacy-key-file: privacy
    - prefix: 10.87.0.0/24
      credentials: [{ community-file: community }]
`;
const NODES = HOSTS.slice(0, 4);

let rig: Rig;
let appliance: FabricAppliance;
beforeAll(async () => {
  if (!isRoot) return;
  rig = await Rig.start();
  appliance = new FabricAppliance(rig);
  appliance.write("community", `${COMMUNITY}\nof the rig\n`);
  appliance.write("privacy", user.privKey);
  await appliance.start(FABRIC);
  for (const node of NODES) await appliance.brigade("node", "add", node.name, "--mac", hostMac(node));
});
afterAll(async () => {
  await appliance?.[Symbol.asyncDispose]();
  await rig?.[Symbol.asyncDispose]();
});

const known = (): Promise<FabricView> => appliance.json<FabricView>("fabric", "show");
const discover = () => appliance.brigade("fabric", "discover", "--wait");

function linksOf({ fabric }: FabricView): readonly string[] {
  const names = new Map(fabric?.switches.map(({ id, name }) => [id, name]));
  const ends = (fabric?.links ?? []).map(({ ends }) => ends.map((end) => names.get(end.switch)).toSorted());
  return ends.map((two) => two.join(" - ")).toSorted();
}

test.skipIf(!isRoot)("discover --wait finds every switch, link and node, by v3 and by v2c", async () => {
  const { code, out, err } = await discover();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("5, 5 of them read over SNMP");
  const view = await known();
  expect(linksOf(view)).toEqual(EDGES.map((edge) => `core - ${edge}`));
  const nodes = view.fabric?.attachments.flatMap(({ endpoint }) => endpoint ?? []) ?? [];
  expect(nodes.toSorted()).toEqual(["(appliance)", ...NODES.map(({ name }) => name)].toSorted());
  expect(await appliance.serving.says("The fabric was scanned")).toContain("4 links");
});

test.skipIf(!isRoot)(
  "people see it as a tree, a graph, a switch, an order, and a cabling that fits itself",
  async () => {
    const tree = (await appliance.brigade("fabric", "show", "--ascii")).out;
    for (const name of ["core", ...EDGES, ...NODES.map((node) => node.name)]) expect(tree).toContain(name);
    expect((await appliance.brigade("fabric", "show", "--dot")).out).toMatch(/^(?:strict )?graph /);
    const edge = (await appliance.brigade("fabric", "switch", "edge1")).out;
    expect(edge).toMatch(/swp8 .*core/);
    const order = await appliance.brigade("fabric", "order", "host[1-4]", "--explain");
    expect(order.out).toContain("core");
    const cabling = await appliance.brigade("fabric", "check", "--write");
    expect(cabling.code).toBe(0);
    appliance.write("cabling.yaml", cabling.out);
    const check = await appliance.brigade(
      "fabric",
      "check",
      appliance.path("cabling.yaml"),
      "--nodes",
      "host[1-4]",
    );
    expect({ code: check.code, err: check.err, out: check.out }).toEqual({
      ...{ code: 0, err: "" },
      out: "Nothing is wrong with the cabling, as far as it is seen\n",
    });
  },
);

test.skipIf(!isRoot)(
  "a deployment that wants the cabling checked is refused with what is wrong",
  async () => {
    const node = NODES[0]?.name ?? "";
    const place =
      /^ {2}host1: (\S+)/m.exec((await appliance.brigade("fabric", "check", "--write")).out)?.[1] ?? "";
    appliance.write("wrong.yaml", `nodes:\n  ${node}: edge4/swp6\n`);
    appliance.write("key.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@host\n");
    const deploy = (...words: readonly string[]) =>
      appliance.brigade("deploy", "none", "--nodes", node, "--key", appliance.path("key.pub"), ...words);
    const refused = await deploy("--check-fabric", appliance.path("wrong.yaml"));
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`Cannot deploy with --check-fabric: ${node} should be at edge4/swp6`);
    // The gate is passed: the next check is whether the image is there.
    appliance.write("right.yaml", `nodes:\n  ${node}: ${place}\n`);
    expect((await deploy("--check-fabric", appliance.path("right.yaml"))).err).toContain("no such image");
    expect((await deploy("--check-fabric")).err).toContain("no such image");
  },
);

test.skipIf(!isRoot)("a moved cable is told once, and stands in the history", async () => {
  const [node] = NODES;
  if (!node) return;
  await rig.move(node.name, { switch: "edge4", port: 6 });
  await discover();
  const line = await appliance.serving.says("was plugged in at");
  expect(line).toContain(node.name);
  expect(line).toContain("edge4");
  const history = await appliance.brigade("fabric", "history", "--limit", "1");
  expect(history.out).toContain(node.name);
  await discover();
  expect(appliance.serving.lines.filter((one) => one.includes("was plugged in at"))).toHaveLength(1);
  expect((await appliance.brigade("fabric", "history", "--limit", "1")).out).not.toContain("moved");
});

test.skipIf(!isRoot)("a silent switch is told with why, marked, and holds up nobody", async () => {
  const address = switchAddress(switchPlan("edge3"));
  rig.snmpd.get("edge3")?.signal("SIGSTOP");
  const { out } = await discover();
  expect(out).toMatch(new RegExp(`${address} +no answer`));
  await appliance.serving.says(`The switch at ${address} was asked and gave nothing`);
  const view = await known();
  const { switches = [] } = view.fabric ?? {};
  expect(switches.find(({ name }) => name === "edge3")?.knowledge).not.toBe("read");
  expect(switches.filter(({ knowledge }) => knowledge === "read").length).toBe(4);
  expect(linksOf(view)).toContain("core - edge3");
  rig.snmpd.get("edge3")?.signal("SIGCONT");
  await discover();
  await appliance.serving.says(`The switch at ${address} answers again`);
});

test.skipIf(!isRoot)("a scan can be cancelled, and what was known stays", async () => {
  const before = await known();
  rig.snmpd.get("core")?.signal("SIGSTOP");
  await appliance.brigade("fabric", "discover");
  expect((await appliance.brigade("fabric", "discover", "--cancel")).code).toBe(0);
  await appliance.serving.says("The fabric could not be scanned: it was cancelled");
  rig.snmpd.get("core")?.signal("SIGCONT");
  expect(await known()).toEqual(before);
  expect((await appliance.brigade("fabric", "discover", "--cancel")).code).toBe(1);
});

test.skipIf(!isRoot)("nobody outside of the prefixes is asked", async () => {
  const refused = await appliance.brigade("fabric", "discover", "--seed", "192.0.2.1");
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("Cannot ask 192.0.2.1: it is in none of the prefixes");
});

test.skipIf(!isRoot)("what is known survives SIGKILL, and no secret is anywhere", async () => {
  const before = await known();
  const scans = await appliance.json<readonly ScanRecord[]>("fabric", "history");
  await appliance.stop("SIGKILL");
  // Without seeds and prefixes nothing is asked: what is told is what was kept.
  await appliance.start("  scan-interval: off\n");
  expect((await known()).scan).toEqual(before.scan);
  expect(await appliance.json<readonly ScanRecord[]>("fabric", "history")).toEqual(scans);
  await appliance.stop("SIGTERM");
  const secrets = [COMMUNITY, user.authKey, user.privKey];
  expect(appliance.printed).toContain("edge3");
  for (const secret of secrets) {
    expect(appliance.printed).not.toContain(secret);
    expect(appliance.database().includes(secret)).toBe(false);
  }
});

test.skipIf(!isRoot)(
  "without a word about switches the appliance hears where it is plugged in itself",
  async () => {
    await using alone = new FabricAppliance(rig);
    await alone.start("  scan-interval: off\n");
    await vi.waitFor(
      async () => {
        const { fabric } = await alone.json<FabricView>("fabric", "show");
        expect(fabric?.switches.map(({ name, knowledge }) => `${name} ${knowledge}`)).toEqual(["core seen"]);
        expect(fabric?.attachments.map(({ endpoint }) => endpoint)).toEqual(["(appliance)"]);
      },
      { timeout: 20_000, interval: 500 },
    );
  },
);

test.skipIf(!isRoot)("without seeds a scan begins at the switch that the appliance hears", async () => {
  await using alone = new FabricAppliance(rig);
  alone.write("community", COMMUNITY);
  const prefix = "{ prefix: 10.87.0.0/24, credentials: [{ community-file: community }] }";
  await alone.start(`  scan-interval: off\n  switches: [${prefix}]\n`);
  await vi.waitFor(
    async () => {
      const { out } = await alone.brigade("fabric", "discover", "--wait");
      expect(out).toContain("5, 5 of them read over SNMP");
    },
    { timeout: 30_000, interval: 500 },
  );
});
