import { expect, test } from "vitest";
import { switchReport } from "#src/cli/fabric_report.ts";
import type { FabricSwitch } from "#src/fabric/graph.ts";
import { madeFabric } from "#test/fabric/made_fabric.ts";

const headOf = (...members: FabricSwitch["members"]): readonly string[] => {
  const fabric = madeFabric({ switches: ["s"] });
  const report = fabric.switches.map((one) => switchReport(fabric, { ...one, members })).join("");
  return report.split("\n\n")[0]?.split("\n").slice(3) ?? [];
};

test("a stack lists its boxes, and a lone switch is none", () => {
  const [bare, sold] = [
    { number: 1, model: "", serial: "" },
    { number: 2, model: "EX", serial: "A7" },
  ];
  expect(headOf()).toEqual([]);
  expect(headOf(bare)).toEqual([]);
  expect(headOf(sold)).toEqual(["box:   EX A7"]);
  expect(headOf(bare, sold)).toEqual(["stack: 1: unknown; 2: EX A7"]);
});
