import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, nodesThrough, RateMeter, sendNote } from "#src/cli/deployment_bars.ts";
import { newLines, phaseMs, summary, type Watched, withMessage } from "#src/cli/deployment_report.ts";
import { duration, fields, size, table } from "#src/cli/output.ts";
import { SseReader } from "#src/cli/sse_reader.ts";
import { splitWords } from "#src/cli/words.ts";
import type { DeploymentSummary, NodeProgressView, StepRecordView } from "#src/http/deployment_types.ts";

describe("splitWords", () => {
  test.each([
    ["pdu {action} {node}", ["pdu", "{action}", "{node}"]],
    ["  a   b ", ["a", "b"]],
    ["'a b' \"c d\" e\\ f", ["a b", "c d", "e f"]],
    [`--x="a \\" b"'c'd`, ['--x=a " bcd']],
    ["''", [""]],
    ["", []],
  ])("%j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  test.each(["'a", 'a "b', "a'b"])("%j has an open quote", (text) => {
    expect(splitWords(text)).toBeUndefined();
  });

  test("any words in single quotes come back", () => {
    const word = fc.string().filter((text) => !text.includes("'"));
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitWords(words.map((text) => `'${text}'`).join(" "))).toEqual(words);
      }),
    );
  });
});

describe("SseReader", () => {
  const text = ':\n\nid: 7\nevent: progress\ndata: {"a":1}\n\n:\n\ndata: x\ndata: y\n\n';
  const messages = [
    { event: "progress", id: "7", data: '{"a":1}' },
    { event: "message", id: "", data: "x\ny" },
  ];

  test("reads messages and skips comments, however the text is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const at = [0, ...cuts.sort((left, right) => left - right), text.length];
        const reader = new SseReader();
        const read = at.flatMap((start, index) => [...reader.feed(text.slice(start, at[index + 1]))]);
        expect(read).toEqual(messages);
      }),
    );
  });
});

describe("output", () => {
  test("a table is as wide as its cells, and numbers lean right", () => {
    const text = table(
      ["NODE", "TOOK"],
      [
        ["node1", "9.0"],
        ["n", "10.5"],
      ],
    );
    expect(text).toBe("NODE   TOOK\nnode1   9.0\nn      10.5\n");
  });

  test("what a stranger named cannot act on the terminal", () => {
    expect(table(["A"], [["\u001b[2Jx\ny"]])).toBe("A\n\\u001b[2Jx\\u000ay\n");
    expect(
      fields([
        ["a", "x\u202ey"],
        ["b", undefined],
      ]),
    ).toBe("a: x\\u202ey\n");
  });

  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_234_567, "1.2 MB"],
    [5e15, "5000.0 TB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });

  test.each([
    [400, "0 s"],
    [59_400, "59 s"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
  ])("%d ms are %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

const DEPLOYMENT: DeploymentSummary = {
  id: "d1",
  image: "debian-12",
  imageDigest: "ab".repeat(32),
  imageRawBytes: 1000,
  partitionTable: "gpt",
  layout: "default",
  createdAtMs: 1,
  sourceSentBytes: 0,
  nodes: "node[1-2]",
  ok: "node1",
  ko: "node2",
  running: "",
  spare: "",
  success: "all",
  needed: 2,
};
const record = (step: string, phase: 1 | 2 | 3, more: Partial<StepRecordView> = {}): StepRecordView => ({
  step,
  phase,
  way: "reboot",
  turn: 1,
  round: 1,
  attempt: 1,
  startedAtMs: 5,
  tookMs: 1500,
  ...more,
});
const running = (node: string, phase: 1 | 2 | 3, writtenRawBytes = 0): NodeProgressView => ({
  node,
  state: { kind: "running", step: "format", phase, turn: 1, attempt: 1, round: 1 },
  records: [],
  broadcast: { receivedBytes: 0, sentBytes: 0, writtenRawBytes, totalRawBytes: 1000 },
});
const DONE: NodeProgressView = {
  node: "node1",
  state: { kind: "done" },
  records: [
    record("power-into-ramdisk", 1),
    record("partition", 2),
    record("sync", 2),
    record("await-system", 3),
  ],
};
const FAILED: NodeProgressView = {
  node: "node2",
  state: { kind: "failed", step: "partition", phase: 2, why: "disk too small" },
  records: [record("partition", 2, { why: "disk too small" })],
};
const watched = (...nodes: NodeProgressView[]): Watched =>
  withMessage(undefined, { deployment: DEPLOYMENT, progress: nodes });

describe("a deployment in lines", () => {
  test("each ended step is one line, each end one more, and nothing is said twice", () => {
    const first = watched({ ...running("node1", 1), records: DONE.records.slice(0, 1) });
    expect(newLines(undefined, first)).toEqual(["node1: power-into-ramdisk done in 1.5 s (phase 1)"]);
    const second = withMessage(first, { deployment: DEPLOYMENT, progress: [DONE, FAILED] });
    expect(newLines(first, second)).toEqual([
      "node1: partition done in 1.5 s (phase 2)",
      "node1: sync done in 1.5 s (phase 2)",
      "node1: await-system done in 1.5 s (phase 3)",
      "node1: OK",
      "node2: partition failed after 1.5 s (phase 2, attempt 1): disk too small",
      "node2: KO in partition: disk too small",
    ]);
    expect(newLines(second, withMessage(second, { deployment: DEPLOYMENT, progress: [] }))).toEqual([]);
  });

  test("the end has seconds by phase and node, OK and KO sets, and why", () => {
    expect(phaseMs(DONE, 2)).toBe(3000);
    const lines = summary(watched(DONE, FAILED)).split("\n");
    expect(lines).toEqual([
      "NODE   RESULT  boot ramdisk (s)  send image (s)  boot system (s)  total (s)",
      "node1  OK                   1.5             3.0              1.5        6.0",
      "node2  KO                   0.0             1.5              0.0        1.5",
      "",
      "OK  node1",
      "KO  node2",
      "  node2: KO in partition: disk too small",
      "",
    ]);
  });
});

describe("a deployment in bars", () => {
  test("counts nodes that have a phase behind them", () => {
    const now = watched(DONE, FAILED, running("node3", 2), running("node4", 3));
    expect([1, 2, 3].map((phase) => nodesThrough(now, phase))).toEqual([3, 2, 1]);
  });

  test("counts bytes of nodes that still want them", () => {
    expect(bytesOf(watched(DONE, FAILED, running("node3", 2, 400)))).toEqual({
      writtenBytes: 1400,
      totalBytes: 2000,
    });
  });

  test("tells percentage, rate and what is left only while bytes flow", () => {
    expect(sendNote({ writtenBytes: 500, totalBytes: 2000, bytesPerSec: 100 })).toBe(
      ", 25 %, 100 B/s, 15 s left",
    );
    expect(sendNote({ writtenBytes: 500, totalBytes: 2000, bytesPerSec: 0 })).toBe(", 25 %, 0 B/s");
    expect(sendNote({ writtenBytes: 0, totalBytes: 2000, bytesPerSec: 0 })).toBe("");
    expect(sendNote({ writtenBytes: 2000, totalBytes: 2000, bytesPerSec: 9 })).toBe("");
  });

  test("the rate is that of the last seconds", () => {
    let nowMs = 0;
    const meter = new RateMeter(() => nowMs);
    expect(meter.at(0)).toBe(0);
    nowMs = 1000;
    expect(meter.at(100)).toBe(100);
    nowMs = 60_000;
    expect(meter.at(200)).toBe(0);
    nowMs = 62_000;
    expect(meter.at(2200)).toBe(1000);
  });
});
