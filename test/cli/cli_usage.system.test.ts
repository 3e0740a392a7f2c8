import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CliFixture, macOf } from "./cli_fixture.ts";

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.start();
});
afterEach(() => cli[Symbol.asyncDispose]());

const CASES: readonly (readonly [string, readonly string[], number, RegExp])[] = [
  ["unknown command", ["instal"], 2, /unknown command/],
  ["unknown option", ["node", "list", "--colour"], 2, /unknown option/],
  ["missing argument", ["node", "show"], 2, /missing required argument/],
  [
    "broken node set",
    ["power", "on", "node[1-"],
    2,
    /Cannot read node set "node\[1-" at character 5: bracket is not closed/,
  ],
  [
    "key that is not there",
    ["deploy", "x", "--nodes", "n1", "--key", "/nowhere.pub"],
    2,
    /Cannot read --key "\/nowhere.pub": no such file/,
  ],
  [
    "image that is not there",
    ["image", "import", "/nowhere.tar"],
    2,
    /Cannot read "\/nowhere.tar": no such file/,
  ],
  ["folder as image", ["image", "import", "/tmp"], 2, /Cannot import "\/tmp": it is not a file/],
  [
    "power without a driver that is one",
    ["node", "add", "n", "--mac", macOf(1), "--power", "magic"],
    2,
    /wants ipmi, command or none/,
  ],
  [
    "ipmi without a BMC",
    ["node", "add", "n", "--mac", macOf(1), "--power", "ipmi"],
    2,
    /needs --bmc ADDRESS/,
  ],
  [
    "BMC port out of range",
    ["node", "add", "n", "--mac", macOf(1), "--bmc", "b", "--bmc-user", "u", "--bmc-port", "70000"],
    2,
    /wants 1 to 65535/,
  ],
  ["unknown node", ["node", "show", "node9"], 1, /No node is called "node9"; see "brigade node list"/],
  ["no MAC", ["node", "add", "node9"], 1, /macs/],
  ["unknown image", ["image", "show", "nothing"], 1, /No image is called "nothing"/],
  ["unknown deployment", ["deployment", "wait", "d9"], 1, /No deployment is called "d9"/],
];
test.each(CASES)("%s", async (_, args, code, message) => {
  const ran = await cli.run(...args);
  expect(ran.err).toMatch(message);
  expect(ran).toMatchObject({ code, out: "" });
});

test("unknown node or image in a deployment", async () => {
  await cli.addNodes("node1");
  expect(await cli.deploy("--nodes", "node[1-2]")).toMatchObject({
    code: 1,
    err: expect.stringContaining("node2: no such node"),
  });
  expect(await cli.run("deploy", "nothing", "--nodes", "node1", "--key", `${cli.dir}/id.pub`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('"nothing": no such image'),
  });
});

test("a private key is not sent anywhere", async () => {
  const key = cli.file("id", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
  const ran = await cli.run("deploy", "debian-12", "--nodes", "node1", "--key", key);
  expect(ran).toMatchObject({
    code: 2,
    err: expect.stringContaining("it is a private key; give the public one"),
  });
});

test("with --json the problem itself is printed too", async () => {
  const ran = await cli.run("node", "show", "node9", "--json");
  expect(JSON.parse(ran.out)).toMatchObject({ type: "/problems/unknown", status: 404 });
  expect(ran.code).toBe(1);
});

test("no appliance", async () => {
  await cli.stopApi();
  const ran = await cli.run("node", "list");
  expect(ran.code).toBe(3);
  expect(ran.err).toMatch(
    /^Cannot reach the appliance at http:\/\/127\.0\.0\.1:\d+: connection refused; is "brigade serve" running/,
  );
});

test("no token, and a wrong token", async () => {
  const none = await cli.runWith({}, "node", "list", "--data", "/nowhere");
  expect(none).toMatchObject({
    code: 3,
    err: expect.stringContaining(
      'Cannot read the token "/nowhere/admin-token": no such file; name the file of your token',
    ),
  });
  const env = { BRIGADE_TOKEN: "wrong", BRIGADE_API: `http://127.0.0.1:${cli.port}` };
  const wrong = await cli.runWith({ env }, "node", "list");
  expect(wrong).toMatchObject({
    code: 3,
    err: expect.stringContaining("refused the token from BRIGADE_TOKEN"),
  });
});

test("something else at that address", async () => {
  const other = createServer((_, response) => response.writeHead(404).end("<html>")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const env = { BRIGADE_TOKEN: "x", BRIGADE_API: `127.0.0.1:${port}` };
  const ran = await cli.runWith({ env }, "status");
  other.close();
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("is this address a Brigade?") });
});

test("help and version are no failure", async () => {
  expect(await cli.runWith({}, "--version")).toMatchObject({ code: 0, out: "1.2.3\n" });
  const help = await cli.runWith({}, "--help");
  expect(help).toMatchObject({ code: 0, out: expect.stringContaining("Exit codes: 0 done") });
});

test("serve gets what was said, by name", async () => {
  const said: unknown[] = [];
  const run = async (raw: unknown): Promise<0> => {
    said.push(raw);
    return 0;
  };
  expect((await cli.runWith({ run }, "serve", "--interface", "eth1", "--allow-other-dhcp")).code).toBe(0);
  expect((await cli.runWith({ run }, "serve")).code).toBe(0);
  expect(said).toEqual([{ interface: "eth1", "allow-other-dhcp": "true" }, {}]);
});
