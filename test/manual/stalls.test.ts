import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { STALL_CAUSES } from "#src/boot/stall.ts";

test("the manual explains every cause of a boot that stands still", () => {
  const rows = readFileSync("appliance/manual/README.md", "utf8").split("\n");
  const explained = rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(STALL_CAUSES.filter((cause) => !explained.includes(cause))).toEqual([]);
});
