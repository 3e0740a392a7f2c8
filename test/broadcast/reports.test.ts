import { beforeEach, expect, test } from "vitest";
import type { ReceiveProgress } from "#src/agent/job_state.ts";
import type { Received } from "#src/agent/messages.ts";
import { Reports } from "#src/broadcast/reports.ts";

const SOURCE = "10.0.0.1:7802";
const SAID: ReceiveProgress = {
  ...{ chunks: 0, chunkCount: 10, rawBytesWritten: 0, bytesReceived: 0, bytesSent: 0, upstream: SOURCE },
};
const GOOD: Received = {
  ...{
    ok: true,
    rawDigest: "aa".repeat(32),
    rawBytes: 1000,
    fromBytes: {},
    sentBytes: 0,
    ms: 1,
    error: null,
  },
};

let reports: Reports;
beforeEach(() => {
  reports = new Reports({ rawBytes: 1000, chunkCount: 10 });
  reports.serves("n1", "10.0.0.11:7801", SOURCE);
  reports.serves("n2", "10.0.0.12:7801", SOURCE);
});

test("a report has rates of successive ones, and its feeder by name", () => {
  reports.progress("n1", SAID, 0);
  expect(reports.progress("n1", { ...SAID, bytesReceived: 200, rawBytesWritten: 400 }, 2000)).toMatchObject({
    ...{ feeder: "appliance", upstream: SOURCE, receiveBytesPerSec: 100, writeRawBytesPerSec: 200 },
    ...{ receivedBytes: 200, writtenRawBytes: 400, totalRawBytes: 1000, chunkCount: 10 },
  });
  expect(reports.progress("n2", { ...SAID, upstream: "10.0.0.11:7801" }, 0).feeder).toBe("n1");
  expect(reports.progress("n2", { ...SAID, upstream: "10.9.9.9:1" }, 0).feeder).toBe("10.9.9.9:1");
  expect(reports.progress("n2", { ...SAID, upstream: null }, 0).feeder).toBeUndefined();
});

test("a node lags by what the foremost has and it has not", () => {
  expect(reports.progress("n1", { ...SAID, chunks: 7 }, 0).lagChunks).toBe(0);
  expect(reports.progress("n2", { ...SAID, chunks: 3 }, 0).lagChunks).toBe(4);
  reports.ended("n1", GOOD);
  expect(reports.progress("n2", { ...SAID, chunks: 8 }, 0).lagChunks).toBe(2);
});

test("what an older agent does not tell is not made up", () => {
  const { heldBytes, memoryBytes, downstreams, upstreamChanges } = reports.progress("n1", SAID, 0);
  expect([heldBytes, memoryBytes, downstreams, upstreamChanges]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("each change of upstream is noted once with its reason, and only the last few are kept", () => {
  const change = (upstreamChanges: number, lastChange: string): readonly string[] | undefined =>
    reports.progress("n1", { ...SAID, upstreamChanges, lastChange }, 0).reasons;
  expect(change(1, "a: silent")).toEqual(["a: silent"]);
  expect(change(1, "a: silent")).toEqual(["a: silent"]);
  // Two since the last report: the agent tells the later one.
  expect(change(3, "b: silent")).toEqual(["a: silent", "b: silent"]);
  for (let count = 4; count < 20; count++) change(count, `${count}: silent`);
  expect(change(20, "end")).toEqual(["16: silent", "17: silent", "18: silent", "19: silent", "end"]);
});

test("the last report says who fed it, averages, and what was noticed on the way", () => {
  reports.progress("n2", { ...SAID, upstreamChanges: 1, lastChange: "10.0.0.11:7801: silent" }, 0);
  reports.badChunk("n2");
  const fromBytes = { [SOURCE]: 2000, "10.0.0.11:7801": 6000 };
  expect(reports.ended("n2", { ...GOOD, fromBytes, sentBytes: 4000, ms: 2000 })).toEqual({
    ...{ receivedBytes: 8000, sentBytes: 4000, writtenRawBytes: 1000, totalRawBytes: 1000 },
    ...{ receiveBytesPerSec: 4000, sendBytesPerSec: 2000, writeRawBytesPerSec: 500 },
    ...{
      chunks: 10,
      chunkCount: 10,
      lagChunks: 0,
      heldBytes: 0,
      upstreamChanges: 1,
      badChunks: 1,
      tookMs: 2000,
    },
    reasons: ["10.0.0.11:7801: silent"],
    from: [
      { feeder: "n1", bytes: 6000 },
      { feeder: "appliance", bytes: 2000 },
    ],
  });
});

test("one that failed lags by what it had not, and a node of a thousand feeders names the first few", () => {
  reports.progress("n1", { ...SAID, chunks: 9 }, 0);
  reports.progress("n2", { ...SAID, chunks: 4 }, 0);
  const fromBytes = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`10.1.${at >> 8}.${at & 255}:1`, at]),
  );
  const last = reports.ended("n2", { ...GOOD, ok: false, fromBytes });
  expect(last).toMatchObject({ lagChunks: 5, receivedBytes: 499_500 });
  expect(last.from).toHaveLength(8);
});
