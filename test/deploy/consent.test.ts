import { expect, test } from "vitest";
import { consentProblems } from "#src/deploy/consent.ts";
import { requestFor } from "./fake_appliance.ts";
import { nodeNamed } from "./fake_lab.ts";
import { LabRun } from "./lab_run.ts";

const around = {
  confirmAbove: 2,
  nodeByName: (name: string) => ({ ...nodeNamed(name), protected: name.startsWith("head") }),
};
const kinds = (nodes: readonly string[], consent = {}): string[] =>
  consentProblems(nodes, consent, around).map(({ kind }) => kind);

test("few nodes want no confirmation, many do, and a wrong number is none", () => {
  expect(kinds(["n1", "n2"])).toEqual([]);
  expect(kinds(["n1", "n2", "n3"])).toEqual(["unconfirmed"]);
  expect(kinds(["n1", "n2", "n3"], { confirm: "3" })).toEqual([]);
  expect(kinds(["n1", "n2", "n3"], { confirm: "4" })).toEqual(["unconfirmed"]);
  // Whoever says a number means it.
  expect(kinds(["n1"], { confirm: "2" })).toEqual(["unconfirmed"]);
});

test("a protected node is meant only when that is said", () => {
  expect(kinds(["n1", "head1"])).toEqual(["protectedNodes"]);
  expect(kinds(["n1", "head1"], { forceProtected: true })).toEqual([]);
});

test("without consent nothing is taken, and late nodes need it too", async () => {
  const run = new LabRun({ node1: {}, node2: {}, node3: {} }, { confirmAbove: 1 });
  await run.start(["node1"]);
  const many = requestFor("node2", "node3");
  expect(await run.service.start(many)).toMatchObject({
    ok: false,
    problem: { kind: "unconfirmed", nodes: 2 },
  });
  const late = { id: "d1", nodes: ["node2", "node3"] };
  expect(await run.service.join(late)).toMatchObject({ ok: false, problem: { kind: "unconfirmed" } });
  expect(run.service.deploymentOf("node2")).toBeUndefined();
  expect(await run.service.join({ ...late, confirm: "2" })).toMatchObject({ ok: true });
});

test("spares count, for they may be installed", async () => {
  const run = new LabRun({ node1: {}, spare1: {} }, { confirmAbove: 1 });
  const service = await run.appliance.open();
  const asked = { ...requestFor("node1"), spares: ["spare1"] };
  expect(await service.start(asked)).toMatchObject({ ok: false, problem: { kind: "unconfirmed", nodes: 2 } });
  expect(service.preview(asked).problems).toMatchObject([{ kind: "unconfirmed" }]);
  expect(service.preview(asked, { confirm: "2" }).problems).toEqual([]);
  expect(service.deploymentOf("node1")).toBeUndefined();
});
