import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { DeploymentView } from "#src/http/deployment_types.ts";
import { GroupWorkflowView } from "#src/http/workflow_types.ts";
import { setup } from "./api_fixture.ts";

let { appliance, ask, addNode, deploy } = setup();
beforeEach(async () => {
  ({ appliance, ask, addNode, deploy } = setup());
  await ask("POST", "/groups", { name: "rack1" });
  await addNode();
});

const WORKFLOW = { ramdisk: ["kexec", { way: "reboot", retries: 2 }], steps: { sync: { timeLimitSec: 30 } } };

test("a group's workflow is set, shown, replaced and taken away, also with the group", async () => {
  const path = "/groups/rack1/workflow";
  expect((await ask("GET", path)).json).toEqual({ workflow: null });
  const set = await ask("PUT", path, WORKFLOW);
  expect(set).toMatchObject({ status: 200, json: { workflow: { ramdisk: [{ way: "kexec" }, {}] } } });
  expect(Value.Errors(GroupWorkflowView, set.json)).toEqual([]);
  expect((await ask("PUT", path, { installRetries: 0 })).json).toEqual({ workflow: { installRetries: 0 } });
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("GET", path)).json).toEqual({ workflow: null });
  await ask("PUT", path, WORKFLOW);
  await ask("DELETE", "/groups/rack1");
  expect((await ask("GET", path)).status).toBe(404);
  expect(appliance.groupWorkflows.of("rack1")).toBeUndefined();
  const changes = appliance.events.filter(({ kind }) => kind === "groupChanged");
  expect(changes).toHaveLength(4);
});

test("a request has its workflow and may leave the appliance's key out", async () => {
  const made = await deploy({ workflow: WORKFLOW, applianceKey: false });
  expect(made.status).toBe(201);
  expect(Value.Errors(DeploymentView, made.json)).toEqual([]);
  expect(made.json.plans).toEqual([
    { nodes: "node1", ramdisk: ["kexec", "reboot"], install: ["archive"], system: ["reboot", "hard-reboot"] },
  ]);
  expect(appliance.deployments.requests).toMatchObject([
    { workflow: { ramdisk: [{ way: "kexec" }, { way: "reboot", retries: 2 }] }, applianceKey: false },
  ]);
});

const REFUSED: readonly (readonly [string, object, number, RegExp])[] = [
  ["a way that there is none of", { ramdisk: ["sail"] }, 422, /no way "sail".*already, kexec, reboot/],
  ["a step that there is none of", { steps: { fly: {} } }, 422, /no step "fly".*await-agent/],
  ["a field that there is none of", { fast: true }, 400, /fast|additional/],
  ["too many retries", { installRetries: 11 }, 400, /10/],
  ["a limit of more than a day", { steps: { sync: { timeLimitSec: 86_401 } } }, 400, /86400/],
];

test.each(REFUSED)("refuses %s, of a request and of a group", async (_, workflow, status, detail) => {
  for (const refused of [await deploy({ workflow }), await ask("PUT", "/groups/rack1/workflow", workflow)]) {
    expect(refused.status).toBe(status);
    expect(refused.json.detail).toMatch(detail);
  }
  expect(appliance.deployments.requests).toEqual([]);
});

test("no group, no workflow; the appliance's key is told, its private half is not", async () => {
  expect((await ask("PUT", "/groups/rack9/workflow", {})).status).toBe(404);
  expect((await ask("GET", "/ssh-key")).json).toEqual({
    publicKey: "ssh-ed25519 T1VSUw== brigade-appliance",
  });
});
