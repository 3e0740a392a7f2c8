import { expect, test } from "vitest";
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import { DeploymentNews } from "#src/http/deployment_news.ts";
import { PLAN, running } from "../deploy/states.ts";

const STATE = running("broadcast");
const RECORDS: NodeProgress["records"] = [];
const at = (node: string, receivedBytes: number): NodeProgress => ({
  node,
  state: STATE,
  plan: 0,
  records: RECORDS,
  broadcast: { receivedBytes, sentBytes: 0, writtenRawBytes: 0, totalRawBytes: 10, upstream: undefined },
});
const deployment = (nodes: readonly NodeProgress[], more: Partial<Deployment> = {}): Deployment => ({
  id: "d1",
  request: { image: "i", nodes: nodes.map(({ node }) => node), authorizedKeys: [], partitionTable: "gpt" },
  imageDigest: "ab",
  imageRawBytes: 10,
  createdAtMs: 0,
  plans: [PLAN],
  nodes,
  sourceSentBytes: 0,
  ...more,
});
const said = (news: DeploymentNews, now: Deployment, nowMs: number) => {
  const message = news.since(now, nowMs);
  return (
    message && [message.progress.map(({ node }) => node), (message.reports ?? []).map(({ node }) => node)]
  );
};

test("first every node, then only what is new, and nothing when nothing is", () => {
  const news = new DeploymentNews();
  const [one, two] = [at("n1", 1), at("n2", 1)];
  expect(said(news, deployment([one, two]), 0)).toEqual([["n1", "n2"], []]);
  expect(said(news, deployment([one, two]), 5000)).toBeUndefined();
  expect(said(news, deployment([one, at("n2", 2)]), 6000)).toEqual([[], ["n2"]]);
});

test("a node's reports come once a second at most, the newest is never lost", () => {
  const news = new DeploymentNews();
  news.since(deployment([at("n1", 1)]), 0);
  const newest = deployment([at("n1", 2)]);
  expect([250, 500, 750].map((nowMs) => news.since(newest, nowMs))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(news.since(newest, 1000)?.reports).toMatchObject([{ node: "n1", broadcast: { receivedBytes: 2 } }]);
});

test("a node that moved on is told at once and whole", () => {
  const news = new DeploymentNews();
  news.since(deployment([at("n1", 1), at("n2", 1)]), 0);
  const done: NodeProgress = { ...at("n1", 2), state: { kind: "done" } };
  const message = news.since(deployment([done, at("n2", 1)]), 10);
  expect(message).toMatchObject({
    deployment: { ok: "n1", running: "n2" },
    progress: [{ node: "n1", state: { kind: "done" }, broadcast: { receivedBytes: 2 } }],
    reports: [],
  });
});

test("bytes of the appliance and the end are news too; the end brings the last reports", () => {
  const news = new DeploymentNews();
  news.since(deployment([at("n1", 1)]), 0);
  expect(news.since(deployment([at("n1", 1)], { sourceSentBytes: 7 }), 10)).toMatchObject({
    deployment: { sourceSentBytes: 7, running: "n1" },
  });
  const ended = deployment([at("n1", 3)], { sourceSentBytes: 7, endedAtMs: 99 });
  expect(news.since(ended, 20)).toMatchObject({
    deployment: { endedAtMs: 99 },
    reports: [{ node: "n1", broadcast: { receivedBytes: 3 } }],
  });
});
