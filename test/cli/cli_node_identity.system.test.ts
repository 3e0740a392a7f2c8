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
