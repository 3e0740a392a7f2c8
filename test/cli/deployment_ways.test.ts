import { expect, test } from "vitest";
import { planTable, wayTable } from "#src/cli/deployment_ways.ts";
import { nodeProgressView } from "#src/http/views.ts";
import { requestFor } from "../deploy/fake_appliance.ts";
import { PLAN, recordOf } from "../deploy/states.ts";

test("the ways that nodes may take, in order of fall-back", () => {
  const plans = [
    { nodes: "node[1-2]", ramdisk: ["kexec", "reboot"], install: ["archive"], system: ["kexec"] },
    { nodes: "node3", ramdisk: ["reboot"], install: ["archive"], system: ["none"] },
  ];
  expect(planTable(plans)).toBe(
    [
      "PLAN OF    into the ramdisk by  installs by  into the system by",
      "node[1-2]  kexec, reboot        archive      kexec",
      "node3      reboot               archive      none",
      "",
    ].join("\n"),
  );
});

test("the ways that a node took, with those that were in vain; a node that has not begun took none", () => {
  const why = "no key fits";
  const records = [
    recordOf("kexec-into-ramdisk", { way: "kexec", why }),
    recordOf("power-into-ramdisk", { way: "reboot", round: 2, why }),
    recordOf("power-into-ramdisk", { way: "reboot", round: 2, attempt: 2 }),
    recordOf("await-agent", { way: "reboot", round: 2 }),
    recordOf("partition", { way: "archive", round: 2 }),
  ];
  const nodes = [
    { node: "node1", state: { kind: "done" } as const, plan: 0, records },
    { node: "node2", state: { kind: "spare" } as const, plan: 0, records: [] },
  ].map((progress) => nodeProgressView(progress, { plans: [PLAN], request: requestFor() }));
  const [, ...rows] = wayTable(nodes).trimEnd().split("\n");
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([["node1", "kexec failed, reboot", "archive", "-"]]);
});
