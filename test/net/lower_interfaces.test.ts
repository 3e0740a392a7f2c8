import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLowerInterfaces } from "#src/net/lower_interfaces.ts";

let sys: string;
beforeEach(() => {
  sys = mkdtempSync(join(tmpdir(), "brigade-sys-"));
});
afterEach(() => rmSync(sys, { recursive: true }));

function card(name: string, index: number, lower: readonly string[] = []): void {
  mkdirSync(join(sys, name));
  writeFileSync(join(sys, name, "ifindex"), `${index}\n`);
  for (const below of lower) symlinkSync(`../${below}`, join(sys, name, `lower_${below}`));
}

test("a card has none below it", () => {
  card("eth0", 2);
  expect(withLowerInterfaces({ name: "eth0", index: 2 }, sys)).toEqual([{ name: "eth0", index: 2 }]);
});

test("a VLAN of a bridge over a bond leads down to the cards, each once", () => {
  card("br0.7", 9, ["br0"]);
  card("br0", 8, ["bond0", "tap0"]);
  card("bond0", 7, ["eth0", "eth1"]);
  card("tap0", 6);
  card("eth0", 2);
  card("eth1", 3);
  const found = withLowerInterfaces({ name: "br0.7", index: 9 }, sys);
  expect(found[0].name).toBe("br0.7");
  expect(found.map(({ index }) => index).toSorted()).toEqual([2, 3, 6, 7, 8, 9]);
});

test("a circle has an end", () => {
  card("a", 1, ["b"]);
  card("b", 2, ["a"]);
  expect(withLowerInterfaces({ name: "a", index: 1 }, sys)).toHaveLength(2);
});

test("another card of the same name, as /sys of another namespace shows it, is not believed", () => {
  card("eth0", 2, ["eth9"]);
  card("eth9", 9);
  expect(withLowerInterfaces({ name: "eth0", index: 5 }, sys)).toHaveLength(1);
  expect(withLowerInterfaces({ name: "eth7", index: 5 }, sys)).toHaveLength(1);
});
