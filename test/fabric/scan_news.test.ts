import { expect, test } from "vitest";
import type { FabricEvent } from "#src/events/fabric_event.ts";
import type { Attachment, Fabric } from "#src/fabric/graph.ts";
import { newsOf } from "#src/fabric/scan_news.ts";
import type { KnownFabric, ScanRecord } from "#src/fabric/scan_record.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const address = "10.0.0.7" as Ipv4;
const mac = "52:54:00:00:00:01" as Mac;
const at = (port: string | undefined, id = "s1"): Attachment => ({
  ...{ endpoint: "node1", mac, confidence: "likely", evidence: [] },
  at: { switch: id, port },
});
const known = (
  record: Partial<ScanRecord> = {},
  { attachments = [at("p1")], contradictions = [] }: Partial<Fabric> = {},
): KnownFabric => ({
  fabric: {
    ...{ takenAtMs: 1, links: [], attachments, contradictions },
    switches: [
      {
        ...{ id: "s1", name: "leaf1", description: "", addresses: [], macs: [], members: [], ports: [] },
        knowledge: "read",
      },
    ],
  },
  record: {
    ...{
      id: 1,
      trigger: "schedule",
      startedAtMs: 1000,
      endedAtMs: 3000,
      read: 1,
      silent: [],
      notes: [],
      gaps: [],
      changes: [],
      moreChanges: 0,
    },
    ...record,
  },
  taken: [],
});
const kinds = (events: readonly FabricEvent[]): readonly string[] => events.map(({ kind }) => kind);
const loop = { kind: "tableCut", address, gap: { table: "dot1dTpFdbTable", reason: "loop" } } as const;
const ring = { kind: "ring", at: [{ switch: "s1", port: "p7" }], text: "a ring" } as const;

test("the first scan tells its numbers", () => {
  expect(newsOf(undefined, "schedule", known())).toEqual([
    {
      ...{ kind: "fabricScanned", switches: 1, read: 1, silent: 0, links: 0, nodes: 1, gaps: 0 },
      tookMs: 2000,
    },
  ]);
});

test("one on schedule that finds the same says nothing; one that was asked for answers", () => {
  const again = known({ startedAtMs: 5000, endedAtMs: 9000 });
  expect(newsOf(known(), "schedule", again)).toEqual([]);
  expect(kinds(newsOf(known(), "asked", again))).toEqual(["fabricScanned"]);
  expect(newsOf(known(), "heard", again)).toEqual([]);
});

test("a switch is told silent once, and once that it answers", () => {
  const silent = known({ silent: [{ address, reason: "noAnswer" }] });
  const first = newsOf(known(), "schedule", silent);
  expect(first[0]).toEqual({ kind: "switchSilent", address, because: "no answer" });
  expect(newsOf(silent, "schedule", silent)).toEqual([]);
  expect(kinds(newsOf(silent, "schedule", known()))).toEqual(["switchAnswers", "fabricScanned"]);
  // What is heard in between knows nothing of who answers.
  expect(newsOf(silent, "heard", known())).toEqual([]);
});

test("a table that was cut and a scan that was not whole are told once, whatever number was left", () => {
  const cut = (left: number) => known({ notes: [loop, { kind: "limit", limit: "deadline", left }] });
  expect(newsOf(known(), "schedule", cut(3)).slice(0, 2)).toEqual([
    { kind: "switchTableCut", address, table: "dot1dTpFdbTable", because: "it repeats itself" },
    { kind: "fabricScanCut", because: "its time was over, and 3 switches were left" },
  ]);
  expect(newsOf(cut(3), "schedule", cut(4))).toEqual([]);
});

test("addresses that nobody allowed are no event", () => {
  const outside = known({ notes: [{ kind: "outside", address, namedBy: address }] });
  expect(newsOf(known(), "schedule", outside)).toEqual([]);
});

test("a cable that was moved is told with both ports; a port that is only not known any more is not", () => {
  const moved = newsOf(known(), "heard", known({}, { attachments: [at("p2")] }));
  expect(moved).toEqual([
    { kind: "nodeRewired", node: "node1", mac, from: "leaf1 port p1", to: "leaf1 port p2" },
  ]);
  expect(newsOf(known(), "heard", known({}, { attachments: [at(undefined)] }))).toEqual([]);
  expect(newsOf(known(), "heard", known({}, { attachments: [] }))).toEqual([]);
  expect(kinds(newsOf(known(), "heard", known({}, { attachments: [at(undefined, "s2")] })))).toEqual([
    "nodeRewired",
  ]);
});

test("a contradiction is told once, and its words may change", () => {
  const one = known({}, { contradictions: [ring] });
  expect(newsOf(known(), "heard", one)).toEqual([
    { kind: "fabricContradiction", contradiction: "ring", problem: "a ring" },
  ]);
  expect(newsOf(one, "heard", known({}, { contradictions: [{ ...ring, text: "a larger ring" }] }))).toEqual(
    [],
  );
});

test("a thousand contradictions are not a thousand events", () => {
  const contradictions = Array.from({ length: 1000 }, (_, port) => ({
    ...ring,
    at: [{ switch: "s1", port: `p${port}` }],
  }));
  expect(newsOf(known(), "heard", known({}, { contradictions })).length).toBe(50);
});
