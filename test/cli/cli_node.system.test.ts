import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dhcp, discover, power, sent, tell } from "#test/boot/boot_story.ts";
import { CliFixture, macOf } from "./cli_fixture.ts";

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.start();
});
afterEach(() => cli[Symbol.asyncDispose]());

test("a machine is added with its BMC, shown without the password, changed and removed", async () => {
  const secret = cli.file("bmc.txt", "canary-p4ssword\n");
  const bmc = ["--bmc", "10.77.0.201", "--bmc-user", "admin", "--bmc-password-file", secret];
  expect(
    await cli.run(
      "node",
      "add",
      "node1",
      "--mac",
      macOf(1),
      "--address",
      "10.77.0.11",
      "--power",
      "ipmi",
      ...bmc,
    ),
  ).toMatchObject({ code: 0 });
  expect(cli.appliance.nodes.byName("node1")).toMatchObject({
    address: "10.77.0.11",
    power: {
      driver: "ipmi",
      address: "10.77.0.201",
      port: 623,
      user: "admin",
      password: "canary-p4ssword",
    },
  });
  const shown = await cli.run("node", "show", "node1");
  expect(shown.out).toMatch(/^power: +ipmi admin@10\.77\.0\.201:623$/m);
  expect(shown.out + (await cli.run("node", "list", "--json")).out).not.toContain("canary");
  const set = await cli.run(
    "node",
    "set",
    "node1",
    "--name",
    "node2",
    "--address",
    "none",
    "--kernel-argument",
    "quiet",
  );
  expect(set.code).toBe(0);
  expect(cli.appliance.nodes.byName("node2")).toMatchObject({
    address: undefined,
    kernelArguments: ["quiet"],
  });
  expect(await cli.run("node", "remove", "node[2-2]")).toMatchObject({
    code: 0,
    out: "Removed node[2-2]\n",
  });
  expect(cli.appliance.nodes.all()).toEqual([]);
});

test("a discovered machine is adopted by its MAC", async () => {
  cli.appliance.nodes.discover(macOf(1) as never, "uefi");
  expect((await cli.run("node", "list")).out).toMatch(/^discovered-525400770001 .* uefi .* discovered$/m);
  await cli.addNodes("node1");
  const listed = await cli.run("node", "list");
  expect(listed.out).toMatch(/^node1 .* uefi .* registered$/m);
  expect(listed.out).not.toContain("discovered");
});

test("groups and DHCP options are set, shown and taken away", async () => {
  await cli.addNodes("node1");
  const options = ["--dhcp-option", "ntp-servers=10.77.0.1", "--dhcp-option", "mtu=9000"];
  expect(await cli.run("group", "add", "rack1", ...options)).toMatchObject({ code: 0, out: "Added rack1\n" });
  const set = ["node", "set", "node1", "--group", "rack1", "--dhcp-option", "mtu=1400"];
  expect((await cli.run(...set)).out).toMatch(/^groups: +rack1\nDHCP options: +mtu=1400$/m);
  expect((await cli.run("group", "list")).out).toMatch(/^rack1 +node1 +ntp-servers=10.77.0.1 mtu=9000$/m);
  expect((await cli.run("node", "list", "@rack1")).out).toMatch(/^node1 /m);
  expect((await cli.run("power", "status", "@rack1")).out).toMatch(/^node1 /m);
  expect(await cli.run("node", "remove", "@rack9")).toMatchObject({
    code: 1,
    err: expect.stringContaining('no group is called "rack9"'),
  });
  expect(await cli.run("node", "list", "@[")).toMatchObject({ code: 2 });
  expect(await cli.run("group", "remove", "rack1")).toMatchObject({
    code: 1,
    err: expect.stringContaining("node1"),
  });
  expect((await cli.run("group", "set", "rack1", "--dhcp-option", "none")).out).not.toContain("mtu");
  expect((await cli.run("group", "set", "rack1")).code).toBe(2);
  await cli.run("node", "set", "node1", "--group", "none", "--dhcp-option", "none");
  expect(cli.appliance.nodes.byName("node1")).toMatchObject({ groups: [], dhcpOptions: [] });
  expect((await cli.run("group", "remove", "rack1")).code).toBe(0);
});

describe("node import", () => {
  const CSV = "name,mac,address,group,bmc,bmc-user,bmc-password-file\n";
  const row = (index: number, more = ",,,"): string =>
    `node${index},${macOf(index)},10.77.0.1${index},${more}\n`;

  test("brings a file with its groups and the passwords beside it, all or nothing", async () => {
    cli.file("bmc.txt", "canary-p4ssword\n");
    const file = cli.file("nodes.csv", `${CSV}${row(1, "rack1,10.77.0.201,admin,bmc.txt")}${row(2)}`);
    const dry = await cli.run("node", "import", file, "--dry-run");
    expect(dry).toMatchObject({
      code: 1,
      err: expect.stringContaining('nodes.csv:2: problem: No group is called "rack1"'),
    });
    expect(cli.appliance.nodes.all()).toEqual([]);
    const tried = await cli.run("node", "import", file, "--dry-run", "--add-groups");
    expect(tried).toMatchObject({ code: 0, out: expect.stringContaining("2 added, 0 changed") });
    expect(cli.appliance.groups.all()).toEqual([]);
    const done = await cli.run("node", "import", file, "--add-groups");
    expect(done).toMatchObject({ code: 0, out: "Imported: 2 added, 0 changed\n" });
    expect(cli.appliance.nodes.byName("node1")).toMatchObject({
      groups: ["rack1"],
      power: { driver: "ipmi", user: "admin", password: "canary-p4ssword" },
    });
    expect(await cli.run("node", "import", file)).toMatchObject({
      code: 1,
      out: expect.stringContaining("--skip-bad"),
    });
    expect((await cli.run("node", "import", file, "--update")).out).toBe("Imported: 0 added, 2 changed\n");
  });

  test("tells every bad line, and --skip-bad brings the rest", async () => {
    const file = cli.file("nodes.csv", `${CSV}${row(1)}bad name,${macOf(2)}\nnode3,none\n`);
    const refused = await cli.run("node", "import", file, "--json");
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({
      format: "csv",
      stored: false,
      notes: [{ line: 3 }, { line: 4 }],
    });
    expect(cli.appliance.nodes.all()).toEqual([]);
    expect(await cli.run("node", "import", file, "--skip-bad")).toMatchObject({ code: 0 });
    expect(cli.appliance.nodes.all().map(({ name }) => name)).toEqual(["node1"]);
  });

  test.each([
    { what: "a format that is none", args: ["--from", "bind"], text: "", err: "Cannot use --from bind" },
    { what: "a file of no known format", args: [], text: "hello\n", err: "Cannot tell what" },
  ])("refuses $what", async ({ args, text, err }) => {
    const ran = await cli.run("node", "import", cli.file("x", text), ...args);
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(err) });
  });
});

test("--json gives what the API gives", async () => {
  await cli.addNodes("node1", "node2");
  const listed = JSON.parse((await cli.run("node", "list", "node2", "--json")).out);
  expect(listed).toMatchObject([{ name: "node2", macs: [macOf(2)] }]);
});

describe("power", () => {
  test("tells each node and fails when one did", async () => {
    await cli.addNodes("node1", "bad2");
    expect(await cli.run("power", "on", "node1")).toEqual({
      code: 0,
      out: "NODE   POWER\nnode1  on\n",
      err: "",
    });
    const both = await cli.run("power", "status", "node1,bad2");
    expect(both).toMatchObject({ code: 1, out: expect.stringContaining("KO bad2") });
    expect(both.out).toContain("Cannot reach the BMC of bad2");
  });
});

test("status and events tell what happens", async () => {
  expect((await cli.run("status")).out).toMatch(/^interface: +eth1 \(10\.77\.0\.1\)$/m);
  let isHeard = (): void => {};
  const heard = new Promise<void>((resolve) => {
    isHeard = resolve;
  });
  const onText = (text: string): void => {
    if (text.includes("Node node1 was added")) isHeard();
  };
  const args = ["--api", `127.0.0.1:${cli.port}`, "--data", cli.dir];
  const watching = cli.runWith({ onText }, "events", ...args);
  // Whatever happens before the stream is open is not told; so it happens until it is.
  const again = setInterval(() => cli.appliance.log.record({ kind: "nodeAdded", node: "node1" }), 20);
  await heard;
  clearInterval(again);
  cli.interrupt();
  expect((await watching).code).toBe(0);
});

describe("node boots", () => {
  const tellBoot = (): void => {
    const startSec = cli.appliance.tickMs(0) / 1000;
    tell(cli.appliance.timelines, [power(startSec, "cycle"), ...dhcp(startSec + 40, "pxe", 31)]);
    tell(cli.appliance.timelines, [discover(startSec + 75), sent(startSec + 76, "loaders/snponly.efi", 500)]);
    cli.appliance.tickMs(180_000);
  };

  test("shows each step with its time, what came late, and the likely cause of a stall", async () => {
    await cli.addNodes("node1");
    tellBoot();
    const { code, out } = await cli.run("node", "boots", "node1");
    expect(code).toBe(0);
    expect(out).toMatch(/^node1 \(52:54:00:77:00:01\), boot 1 of 1\nbegan \d{4}-/);
    expect(out).toMatch(/^ +0\.0 +0\.0 +power cycle: on$/m);
    expect(out).toMatch(
      /^ +40\.0 +40\.0 +PXE firmware \(architecture 7\) asks for an address \(2 times in 35\.0 s\)$/m,
    );
    expect(out).toMatch(/^ +75\.5 +35\.5 +0\.5 +loaders\/snponly\.efi by TFTP, 1\.0 MB$/m);
    expect(out).toMatch(
      /^LATE: the firmware had its link up and asked from about 9\.0 s on, but was first heard at 40\.0 s, 31 s later.*spanning tree .*\n {2}try: switch on portfast/m,
    );
    expect(out).toMatch(
      /^STALLED: the loader was fetched, and no request came after.*\n {2}try: .*another loader/m,
    );
  });

  test("--json gives what the API gives; a machine that was not seen has none", async () => {
    await cli.addNodes("node1");
    expect((await cli.run("node", "boots", "node1")).out).toMatch(/^Nothing is known of a boot of node1/);
    tellBoot();
    const told = JSON.parse((await cli.run("node", "boots", macOf(1), "--json")).out);
    expect(told).toMatchObject({ node: "node1", boots: [{ stall: { cause: "loaderSilent" } }] });
    expect(await cli.run("node", "boots", "node9")).toMatchObject({ code: 1 });
  });
});
