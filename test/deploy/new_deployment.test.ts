import { expect, test } from "vitest";
import { GroupWorkflows, MemoryGroupWorkflowStore } from "#src/deploy/group_workflows.ts";
import { newDeployment } from "#src/deploy/new_deployment.ts";
import { mergeWorkflows, type WorkflowOverride } from "#src/deploy/workflow.ts";
import { IMAGE, requestFor } from "./fake_appliance.ts";

const KEXEC: WorkflowOverride = { ramdisk: [{ way: "kexec" }, { way: "reboot" }] };

test("nodes of groups that say the same share a plan; of two groups the later one counts", async () => {
  const groups = new GroupWorkflows(new MemoryGroupWorkflowStore());
  await groups.set("fast", KEXEC);
  await groups.set("slow", { ramdisk: [{ way: "reboot", retries: 3 }], steps: { sync: { maxAttempts: 5 } } });
  const of: Record<string, string[]> = {
    node1: ["fast"],
    node2: ["slow", "fast"],
    node3: ["fast", "slow"],
    node4: [],
    node5: ["fast"],
  };
  const { plans, nodes } = newDeployment(requestFor(...Object.keys(of)), {
    ...{ id: "d1", image: IMAGE, createdAtMs: 1 },
    workflowsOf: (node) => groups.ofGroups(of[node] ?? []),
  });
  expect(plans).toHaveLength(4);
  expect(nodes.map(({ plan }) => plan)).toEqual([0, 1, 2, 3, 0]);
  const ramdiskWays = plans.map(([ramdisk]) => ramdisk.map(({ way }) => way).join(","));
  expect(ramdiskWays).toEqual(["kexec,reboot", "kexec,reboot", "reboot", "reboot"]);
  expect(nodes[0]?.state).toMatchObject({ step: "kexec-into-ramdisk" });
});

test("the request counts before every group, number by number", () => {
  const request: WorkflowOverride = { installRetries: 0, steps: { sync: { timeLimitSec: 9 } } };
  const later: WorkflowOverride = { ...KEXEC, steps: { sync: { timeLimitSec: 8, maxAttempts: 4 } } };
  const earlier: WorkflowOverride = {
    installRetries: 5,
    ramdisk: [{ way: "already" }],
    system: [{ way: "none" }],
  };
  expect(mergeWorkflows([request, later, earlier])).toEqual({
    ramdisk: KEXEC.ramdisk,
    installRetries: 0,
    system: [{ way: "none" }],
    steps: { sync: { timeLimitSec: 9, maxAttempts: 4 } },
  });
});

test.each([
  ["kexec is left out", [{ way: "kexec" }, { way: "none" }], ["none"]],
  ["there is always a way", [{ way: "kexec" }], ["reboot", "hard-reboot"]],
] as const)("for an image without a kernel %s", (_, system, left) => {
  const request = { ...requestFor("node1"), workflow: { ...KEXEC, system } };
  const image = { ...IMAGE, kernel: undefined };
  const { plans } = newDeployment(request, { id: "d1", image, createdAtMs: 1 });
  expect(plans[0]?.[2].map(({ way }) => way)).toEqual(left);
  // What the node runs now has nothing to do with the image.
  expect(plans[0]?.[0].map(({ way }) => way)).toEqual(["kexec", "reboot"]);
});
