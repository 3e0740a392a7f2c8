import { afterEach, beforeEach, expect, test } from "vitest";
import type { Mac } from "#src/value/mac.ts";
import { CliFixture, macOf } from "./cli_fixture.ts";

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.start();
});
afterEach(() => cli[Symbol.asyncDispose]());

const discover = (index: number): string => {
  const node = cli.appliance.nodes.discover(macOf(index) as Mac, "uefi");
  if (!node) throw new Error("Not discovered");
  return node.name;
};

test("one machine known as two is merged, and told apart again", async () => {
  await cli.addNodes("node1");
  const other = discover(2);
  expect(await cli.run("node", "merge", "node1", other, "--dry-run")).toMatchObject({
    code: 0,
    out: `node1 would be ${macOf(1)}, ${macOf(2)} (registered)\n${other} would be gone\n`,
  });
  expect((await cli.run("node", "merge", "node1", other)).out).toContain(`${other} is gone\n`);
  const split = await cli.run("node", "split", "node1", "--macs", macOf(2), "--name", "node2");
  expect(split).toMatchObject({
    code: 0,
    out: `node1 is ${macOf(1)} (registered)\nnode2 is ${macOf(2)} (registered)\n`,
  });
  expect(await cli.run("node", "split", "node1", "--macs", macOf(1))).toMatchObject({
    code: 1,
    err: expect.stringContaining("a node is known by it"),
  });
  expect(await cli.run("node", "split", "node1", "--macs", "x", "--name", "a", "--to", "b")).toMatchObject({
    code: 2,
  });
});

test("a machine is replaced, and --json tells what became of all", async () => {
  await cli.addNodes("node1");
  const other = discover(2);
  const replaced = await cli.run("node", "replace", "node1", "--with", other, "--json");
  expect(JSON.parse(replaced.out)).toMatchObject({
    ...{ stored: true, gone: [other] },
    nodes: [
      { name: "node1", macs: [macOf(2)] },
      { name: "discovered-525400770001", status: "discovered" },
    ],
  });
  const back = await cli.run("node", "replace", "node1", "--with", "discovered-525400770001", "--forget");
  expect(back.out).toBe(`node1 is ${macOf(1)} (registered)\ndiscovered-525400770001 is gone\n`);
});

test("exchanged cards change places", async () => {
  await cli.addNodes("node1", "node2");
  expect((await cli.run("node", "swap-macs", "node1", "node2")).out).toBe(
    `node1 is ${macOf(2)} (registered)\nnode2 is ${macOf(1)} (registered)\n`,
  );
});

const at = (index: number, ...ports: readonly string[]): void => {
  const place = (port: string) => ({ switchId: "s1", switchName: "rack1-sw", port });
  cli.appliance.places.set(macOf(index) as Mac, ports.map(place));
  cli.appliance.identities.changed();
  cli.appliance.identities.look();
};

test("a node that moved is marked, shown, listed with what settles it, and accepted", async () => {
  await cli.addNodes("node1", "node2");
  expect(await cli.run("node", "conflicts")).toMatchObject({ code: 0, out: "Everything fits together\n" });
  at(1, "Eth1");
  at(1, "Eth7");
  expect((await cli.run("node", "list")).out).toMatch(/^node1 .* registered, moved$/m);
  const shown = (await cli.run("node", "show", "node1")).out;
  expect(shown).toContain(`plugged in:  rack1-sw Eth7, expected at rack1-sw Eth1 (${macOf(1)})\n`);
  expect(shown).toMatch(/^settle it: +brigade node accept node1$/m);
  const listed = await cli.run("node", "conflicts");
  expect(listed).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /moved from rack1-sw Eth1 to rack1-sw Eth7\nsettle it: +brigade node accept node1\nsince/,
    ),
  });
  expect(await cli.run("node", "conflicts", "node2")).toMatchObject({ code: 0 });
  const json = JSON.parse((await cli.run("node", "conflicts", "node1", "--json")).out);
  expect(json).toMatchObject([{ kind: "moved", nodes: ["node1"], settle: "brigade node accept node1" }]);
  expect((await cli.run("node", "accept", "node[1-2]")).out).toBe(`node1 is ${macOf(1)} (registered)\n`);
  expect((await cli.run("node", "conflicts")).code).toBe(0);
});

test("a pinned node that moved is held until it is accepted", async () => {
  await cli.addNodes("node1");
  at(1, "Eth1");
  expect((await cli.run("node", "set", "node1", "--pin-port")).out).toMatch(/^port: +pinned$/m);
  at(1, "Eth7");
  expect((await cli.run("node", "list")).out).toMatch(/ registered, held, moved$/m);
  expect((await cli.run("node", "show", "node1")).out).toMatch(/^held: +node1 .* moved from/m);
  await cli.run("node", "set", "node1", "--no-pin-port");
  expect((await cli.run("node", "list")).out).toMatch(/ registered, moved$/m);
});

test("numbers that identify nobody are shown as what they are", async () => {
  await cli.addNodes("node1", "node2");
  const words = { serial: "Default string", uuid: "03000200-0400-0500-0006-000700080009" };
  cli.appliance.said.set("node1", { ...words, macs: [macOf(1) as Mac], order: 1 });
  cli.appliance.said.set("node2", { serial: "SN-0002", uuid: "", macs: [macOf(2) as Mac], order: 2 });
  cli.appliance.identities.changed();
  const shown = (await cli.run("node", "show", "node1")).out;
  expect(shown).toMatch(/^serial number: +Default string \(identifies nobody\)$/m);
  expect(shown).toMatch(/^UUID: +03000200-.* \(identifies nobody\)$/m);
  expect((await cli.run("node", "show", "node2")).out).toMatch(/^serial number: +SN-0002$/m);
});

test("machines are named by port, all or none, and rules name new ones", async () => {
  for (const index of [1, 2]) {
    discover(index);
    at(index, `Gi1/0/${index}`);
  }
  const name = ["node", "name-by-port", "--switch", "rack1-*", "--pattern"];
  expect(await cli.run(...name, "node{port:02}", "--dry-run")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^NODE +WOULD BE +AT\ndiscovered-\S+ +node01 +rack1-sw Gi1\/0\/1\n/),
  });
  const refused = await cli.run(...name, "node{port}", "--nodes", "node7");
  expect(refused).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^No node is called "node7"\nNothing was named: /),
  });
  expect((await cli.run(...name, "node{port:02}")).out).toMatch(/ IS NOW +AT\n/);
  expect(cli.appliance.nodes.all().map(({ name: one, status }) => [one, status])).toEqual([
    ["node01", "registered"],
    ["node02", "registered"],
  ]);
  expect((await cli.run("node", "name-by-port", "--pattern", "x{port}", "--switch", "y")).out).toContain(
    "no machine was seen there",
  );
  expect(await cli.run("node", "name-by-port")).toMatchObject({ code: 2 });

  const rule = ["--switch", "rack1-*", "--pattern", "u{port}"];
  expect(await cli.run("node", "naming", "add", ...rule, "--register")).toMatchObject({
    code: 0,
    out: "Added rule 1\n",
  });
  expect((await cli.run("node", "naming", "list")).out).toMatch(/^ +1 +rack1-\* +u\{port\} +registered$/m);
  discover(3);
  at(3, "Gi1/0/3");
  cli.appliance.naming.apply();
  await cli.appliance.naming.settled();
  expect(cli.appliance.nodes.byName("u3")).toMatchObject({ status: "registered" });
  expect(await cli.run("node", "naming", "remove", "x")).toMatchObject({ code: 2 });
  expect(await cli.run("node", "naming", "remove", "1")).toMatchObject({ code: 0, out: "Removed rule 1\n" });
  expect(await cli.run("node", "naming", "remove", "1")).toMatchObject({ code: 1 });
});

test("the nodes of a pinned group are held when they move", async () => {
  await cli.addNodes("node1");
  expect((await cli.run("group", "add", "rack1", "--pin-port")).code).toBe(0);
  await cli.run("node", "set", "node1", "--group", "rack1");
  at(1, "Eth1");
  at(1, "Eth7");
  expect((await cli.run("node", "list")).out).toMatch(/ held, moved$/m);
  expect((await cli.run("group", "show", "rack1")).out).toMatch(/^ports: +pinned$/m);
  await cli.run("group", "set", "rack1", "--dhcp-option", "mtu=9000");
  expect((await cli.run("group", "show", "rack1")).out).toMatch(/^ports: +pinned$/m);
  expect((await cli.run("group", "set", "rack1", "--no-pin-port")).out).toMatch(/^DHCP options: +mtu=9000$/m);
  expect((await cli.run("node", "list")).out).toMatch(/ registered, moved$/m);
});
