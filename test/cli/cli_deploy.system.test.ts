import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CliFixture } from "./cli_fixture.ts";

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.start();
});
afterEach(() => cli[Symbol.asyncDispose]());

test("tells each step on a line, ends with OK and KO and seconds, and fails when one node did", async () => {
  await cli.addNodes("node1", "node2", "bad3");
  const running = cli.deploy("--nodes", "node[1-2],bad3");
  await expect.poll(() => cli.appliance.deployments.running().length).toBe(1);
  cli.appliance.deployments.finish("d1");
  const { code, out, err } = await running;
  expect(code).toBe(1);
  expect(err).toBe("d1: installing debian-12:1 on bad3,node[1-2]\n");
  const lines = out.split("\n");
  expect(lines).toContain("node1: broadcast done in 1.5 s (phase 2)");
  expect(lines).toContain(
    "bad3: KO in partition: disk /dev/vda is too small (its disk is half written and does not boot)",
  );
  expect(out).toMatch(/^node2 +OK +3\.0 +12\.0 +3\.0 +18\.0$/m);
  expect(lines).toContain("OK  node[1-2]");
  expect(lines).toContain("KO  bad3");
});

test("is 0 when all are OK, and --json is one object", async () => {
  await cli.addNodes("node1", "node2");
  const running = cli.deploy("--nodes", "node[1-2]", "--json");
  await expect.poll(() => cli.appliance.deployments.running().length).toBe(1);
  cli.appliance.deployments.finish("d1");
  const { code, out, err } = await running;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(JSON.parse(out)).toMatchObject({
    id: "d1",
    ok: "node[1-2]",
    ko: "",
    progress: [{ node: "node1" }, {}],
  });
});

test("--detach returns at once; show, list, wait and cancel look again", async () => {
  await cli.addNodes("node1");
  const started = await cli.deploy(
    "--nodes",
    "node1",
    "--detach",
    "--disk",
    "/dev/vdb",
    "--partition-table",
    "mbr",
    "--verify",
    "readback",
  );
  expect(started).toEqual({
    code: 0,
    out: 'Started d1; follow it with "brigade deployment wait d1"\n',
    err: "",
  });
  expect(cli.appliance.deployments.requests).toMatchObject([
    { disk: "/dev/vdb", partitionTable: "mbr", verify: "readback" },
  ]);
  expect((await cli.run("deployment", "list")).out).toMatch(/^d1 +debian-12:1 .* node1$/m);
  expect((await cli.run("deployment", "show", "d1")).out).toMatch(/^on their way {2}node1$/m);
  const waiting = cli.run("deployment", "wait", "d1");
  expect((await cli.run("deployment", "cancel", "d1")).out).toMatch(/^KO {2}node1$/m);
  expect((await waiting).code).toBe(1);
  expect(await cli.run("deployment", "cancel", "d1")).toMatchObject({
    code: 1,
    err: "Cannot cancel d1: it has ended\n",
  });
});

test("a rule of success decides the exit code, and lists go to files", async () => {
  await cli.addNodes("node1", "bad2");
  const lists = ["--ok-file", `${cli.dir}/ok`, "--ko-file", `${cli.dir}/ko`];
  const running = cli.deploy("--nodes", "node1,bad2", "--success", "1", ...lists);
  await expect.poll(() => cli.appliance.deployments.running().length).toBe(1);
  cli.appliance.deployments.finish("d1");
  const { code, out } = await running;
  expect(code).toBe(0);
  expect(out).toContain(
    "bad2: KO in partition: disk /dev/vda is too small (its disk is half written and does not boot)",
  );
  expect([readFileSync(`${cli.dir}/ok`, "utf8"), readFileSync(`${cli.dir}/ko`, "utf8")]).toEqual([
    "node1\n",
    "bad2\n",
  ]);
  expect((await cli.run("deployment", "show", "d1")).out).toMatch(/^success: +yes \(1, 1 nodes\)$/m);
  const again = await cli.run("deployment", "retry", "d1");
  expect(again.out).toBe('Started d2 on bad2; follow it with "brigade deployment wait d2"\n');
});

test("nodes stop, go on and join as they are told to", async () => {
  await cli.addNodes("node1", "node2", "node3");
  await cli.deploy("--nodes", "node1", "--breakpoint", "format", "--spare", "node3", "--detach");
  cli.appliance.deployments.finish("d1");
  expect((await cli.run("deployment", "show", "d1")).out).toMatch(/^node1 +before format /m);
  expect((await cli.run("deployment", "add", "d1", "--nodes", "node2")).out).toBe("Added node2 to d1\n");
  const went = await cli.run("deployment", "continue", "d1", "--nodes", "node1");
  expect(went.out).toBe("node1 of d1 go on\n");
  expect(await cli.run("deployment", "continue", "d1")).toMatchObject({
    code: 1,
    err: "Cannot continue d1: none of its nodes stands before a step\n",
  });
});

test("--dry-run says what would happen, and that nothing did", async () => {
  await cli.addNodes("node1", "node2");
  const fine = await cli.deploy("--nodes", "node[1-2]", "--dry-run", "--breakpoint", "format");
  expect(fine.code).toBe(0);
  expect(fine.out).toMatch(/^send image +archive \(again 1x\) +format +300 s +2 +stops here$/m);
  expect(fine.out).toMatch(/^boot system +else hard-reboot +power-into-system /m);
  expect(fine.out).toContain("It would start. Nothing was done.");
  const refused = await cli.deploy("--nodes", "node[1-3]", "--dry-run");
  expect(refused.code).toBe(1);
  expect(refused.out).toContain("It would be refused:\n  Cannot deploy to node3: no such node");
  expect(cli.appliance.deployments.running()).toHaveLength(0);
});

test("many nodes are asked for at a terminal, and wanted by number elsewhere", async () => {
  await cli.addNodes("node1", "node2", "node3", "node4", "node5", "node6");
  expect(await cli.deploy("--nodes", "node[1-6]", "--detach")).toMatchObject({
    code: 1,
    err: "Cannot deploy to 6 nodes without a confirmation: say --yes-nodes 6\n",
  });
  const terminal = Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.WriteStream;
  const args = [
    "--key",
    `${cli.dir}/id.pub`,
    "--api",
    `127.0.0.1:${cli.port}`,
    "--data",
    cli.dir,
    "--detach",
  ];
  const typing = (text: string) => {
    const stdin = new PassThrough();
    stdin.end(text);
    return cli.runWith({ terminal, stdin }, "deploy", "debian-12", "--nodes", "node[1-6]", ...args);
  };
  expect(await typing("5\n")).toMatchObject({ code: 2, err: expect.stringContaining('"5" is not 6') });
  expect(await typing("")).toMatchObject({ code: 2 });
  expect(cli.appliance.deployments.running()).toHaveLength(0);
  expect(await typing("6\n")).toMatchObject({ code: 0 });
  await cli.run("deployment", "cancel", "d1");
  expect(await cli.deploy("--nodes", "node[1-6]", "--detach", "--yes-nodes", "6")).toMatchObject({ code: 0 });
});

test("a protected node is spared until an admin means it", async () => {
  await cli.addNodes("node1");
  expect((await cli.run("node", "set", "node1", "--protect")).out).toMatch(/^protected: +yes$/m);
  expect((await cli.deploy("--nodes", "node1")).err).toContain("node1: protected");
  expect((await cli.deploy("--nodes", "node1", "--force-protected", "--detach")).code).toBe(0);
  expect((await cli.run("node", "set", "node1", "--no-protect")).out).not.toContain("protected");
});

test("Ctrl-C leaves it alone and says how to look again", async () => {
  await cli.addNodes("node1");
  const running = cli.deploy("--nodes", "node1");
  await expect.poll(() => cli.appliance.deployments.running().length).toBe(1);
  await expect.poll(() => cli.interrupt()).toBe(true);
  const { code, err } = await running;
  expect(code).toBe(130);
  expect(err).toContain('Detached; d1 goes on. Look again with "brigade deployment wait d1"');
  expect(cli.appliance.deployments.running()).toHaveLength(1);
});

test("an appliance that is started again is waited for", async () => {
  await cli.addNodes("node1");
  let isLost = (): void => {};
  const lost = new Promise<void>((resolve) => {
    isLost = resolve;
  });
  const onText = (text: string): void => {
    if (text.includes("Trying again")) isLost();
  };
  await cli.deploy("--nodes", "node1", "--detach");
  const args = ["--api", `127.0.0.1:${cli.port}`, "--data", cli.dir];
  const waiting = cli.runWith({ onText }, "deployment", "wait", "d1", ...args);
  await cli.stopApi();
  await lost;
  cli.appliance.deployments.finish("d1");
  await cli.startApi();
  expect(await waiting).toMatchObject({ code: 0, out: expect.stringContaining("OK  node1") });
});

test("bars show nodes by phase on a terminal", async () => {
  await cli.addNodes("node1");
  const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 120, rows: 40 });
  let drawn = "";
  screen.on("data", (part) => {
    drawn += String(part);
  });
  const terminal = screen as unknown as NodeJS.WriteStream;
  const args = [
    "--nodes",
    "node1",
    "--key",
    `${cli.dir}/id.pub`,
    "--api",
    `127.0.0.1:${cli.port}`,
    "--data",
    cli.dir,
  ];
  const running = cli.runWith({ terminal }, "deploy", "debian-12", ...args);
  await expect.poll(() => drawn).toContain("0/1 nodes");
  cli.appliance.deployments.finish("d1");
  expect(await running).toMatchObject({ code: 0 });
  expect(drawn).toMatch(/boot system .*1\/1 nodes/);
});

const OPERATIONS = `operations:
  - name: firmware
    before: partition
    run: firmware.sh
    timeout: 60
  - name: motd
    after: identity
    send: motd
    to: /mnt/target/etc/motd
`;

test("a file of operations goes along with what it names, and a group has its own", async () => {
  await cli.addNodes("node1");
  const file = cli.file("ops.yaml", OPERATIONS);
  expect(await cli.deploy("--nodes", "node1", "--operations", file)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^Cannot read ".*ops\.yaml" line 2: "firmware\.sh": no such file\n$/),
  });
  cli.file("firmware.sh", "#!/bin/sh\ntrue\n");
  cli.file("motd", "hello\n");
  await cli.deploy("--nodes", "node1", "--operations", file, "--detach");
  expect(cli.appliance.deployments.requests[0]?.operations).toMatchObject([
    { name: "firmware", timeLimitSec: 60, action: { kind: "run", script: "#!/bin/sh\ntrue\n" } },
    { name: "motd", action: { kind: "send", content: "aGVsbG8K", mode: "0644" } },
  ]);
  await cli.run("group", "add", "rack1");
  const said = await cli.run("group", "operations", "rack1", "--file", file);
  expect(said.out).toMatch(/^firmware +before partition +runs 15 B +60 s +1$/m);
  expect((await cli.run("group", "operations", "rack1")).out).toBe(said.out);
  expect((await cli.run("group", "operations", "rack1", "--clear")).out).toBe("rack1 has no operations\n");
  const bad = cli.file("bad.yaml", "- name: a\n  befor: sync\n");
  expect(await cli.deploy("--nodes", "node1", "--operations", bad)).toMatchObject({
    code: 2,
    err: expect.stringContaining('bad.yaml" line 2: wants one of name, before, after'),
  });
});
