import fc from "fast-check";
import { expect, test } from "vitest";
import { switchReport } from "#src/cli/fabric_report.ts";
import { countCrowds } from "#src/fabric/crowds.ts";
import type { Attachment, Fabric } from "#src/fabric/graph.ts";
import { drawTree } from "#src/fabric/tree_text.ts";
import { madeFabric, madeMac, portRef } from "./made_fabric.ts";

let last = 1000;
const strangers = (place: string, count: number): readonly Attachment[] =>
  Array.from({ length: count }, () => ({
    ...{ mac: madeMac(++last), at: portRef(place), confidence: "inferred", evidence: [] },
  }));
const withStrangers = (places: Readonly<Record<string, number>>): Fabric => {
  const made = madeFabric({ at: { node1: "s/1" }, switches: ["s", "t"] });
  const all = Object.entries(places).flatMap(([place, count]) => strangers(place, count));
  return { ...made, attachments: [...made.attachments, ...all] };
};

test("ports with few machines that nobody knows keep them, the others keep the number, and nodes stay", () => {
  const fabric = withStrangers({ "s/1": 9, "s/2": 1, "t/1": 3, "t/2": 1, t: 8 });
  const counted = countCrowds(fabric, 5);
  expect(counted.attachments.map(({ at, endpoint }) => [endpoint, at.switch, at.port])).toEqual([
    ["node1", "s", "1"],
    [undefined, "s", "2"],
    ...Array(3).fill([undefined, "t", "1"]),
    [undefined, "t", "2"],
  ]);
  expect(counted.crowds).toEqual([
    { at: { switch: "t" }, machines: 8 },
    { at: { switch: "s", port: "1" }, machines: 9 },
  ]);
});

test("nobody gets lost, whatever the order, and the bound holds", () => {
  const places = fc.dictionary(fc.constantFrom("s/1", "s/2", "s/3", "t/1", "t"), fc.nat(12));
  fc.assert(
    fc.property(places, fc.nat(30), (made, max) => {
      const fabric = withStrangers(made);
      const counted = countCrowds(fabric, max);
      const kept = counted.attachments.filter(({ endpoint }) => endpoint === undefined).length;
      const crowds = (counted.crowds ?? []).reduce((sum, { machines }) => sum + machines, 0);
      expect(kept).toBeLessThanOrEqual(max);
      expect(kept + crowds).toBe(fabric.attachments.length - 1);
      const turned = countCrowds({ ...fabric, attachments: fabric.attachments.toReversed() }, max);
      expect(turned.crowds).toEqual(counted.crowds);
    }),
  );
});

test("people read the number as if all were there", () => {
  const fabric = withStrangers({ "s/1": 9, "s/2": 7 });
  const [one] = fabric.switches;
  for (const shown of [fabric, countCrowds(fabric, 8), countCrowds(fabric, 0)]) {
    expect(drawTree(shown, { appliance: "a", ascii: true, width: 100 })).toContain("16 other machines");
    if (one) expect(switchReport(shown, one)).toMatch(/\n +1 .*node1, 9 machines/);
  }
});
