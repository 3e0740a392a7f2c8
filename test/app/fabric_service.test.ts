import { describe, expect, test, vi } from "vitest";
import { FabricKit, stored } from "./fabric_kit.ts";

const HOUR_MS = 3_600_000;
const kit = new FabricKit();

test("a scan is told who is a node, and never to be asked", async () => {
  void kit.start().scan("asked");
  expect(kit.thread.tasks).toMatchObject([{ endpoints: [{ name: "node1", addresses: ["10.0.0.7"] }] }]);
  await kit.finish();
});

describe("scans", () => {
  test("come 5 s after the start, then each time the interval after the last has ended", async () => {
    kit.start();
    await vi.advanceTimersByTimeAsync(4999);
    expect(kit.thread.scans).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(kit.thread.scans).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(kit.thread.scans).toHaveLength(1);
    await kit.finish();
    await vi.advanceTimersByTimeAsync(599_999);
    expect(kit.thread.scans).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(kit.thread.scans).toHaveLength(2);
  });

  test("never come by themselves without prefixes, nor again where the schedule is off", async () => {
    kit.start({ prefixes: [] });
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(kit.thread.scans).toHaveLength(0);
    kit.start({ scanIntervalSec: undefined });
    await vi.advanceTimersByTimeAsync(5000);
    await kit.finish();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(kit.thread.scans).toHaveLength(1);
  });

  test("run one at a time; who asks meanwhile gets one behind, and all who ask the same one", async () => {
    const fabric = kit.start();
    const first = fabric.scan("schedule");
    const asked = [fabric.scan("asked"), fabric.scan("asked")];
    const joined = fabric.scan("deployment");
    expect(kit.thread.scans).toHaveLength(1);
    await kit.finish();
    expect((await joined).record.id).toBe((await first).record.id);
    expect(kit.thread.scans).toHaveLength(2);
    await kit.finish();
    expect((await Promise.all(asked)).map(({ record }) => record.id)).toEqual([2, 2]);
    expect(fabric.running()).toBeUndefined();
  });

  test("that are cancelled leave what was known, and take the one behind along", async () => {
    const fabric = kit.start();
    void fabric.scan("asked");
    await kit.finish();
    const before = fabric.known();
    const ended = Promise.allSettled([fabric.scan("asked"), fabric.scan("asked")]);
    expect(fabric.cancel()).toBe(true);
    expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(fabric.known()).toBe(before);
    expect(fabric.failure()?.problem).toBe("it was cancelled");
    expect(kit.events.at(-1)).toEqual({ kind: "fabricScanFailed", problem: "it was cancelled" });
    expect(fabric.cancel()).toBe(false);
    void fabric.scan("asked");
    await kit.finish();
    expect(fabric.failure()).toBeUndefined();
  });
});

describe("before a deployment", () => {
  test("what is fresh is not scanned again, and what is older than an hour is", async () => {
    const fabric = kit.start({ scanIntervalSec: undefined });
    void fabric.refresh(0);
    expect(kit.thread.scans).toHaveLength(1);
    await kit.finish();
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1000);
    await fabric.refresh(1000);
    expect(kit.thread.scans).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    void fabric.refresh(1000);
    expect(kit.thread.scans).toHaveLength(2);
  });

  test("nobody waits longer than he said, and the scan goes on", async () => {
    const fabric = kit.start();
    let waited = false;
    const waiting = fabric.refresh(10_000).then(() => {
      waited = true;
    });
    await vi.advanceTimersByTimeAsync(9999);
    expect(waited).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(fabric.running()?.trigger).toBe("deployment");
    await kit.finish();
    expect(fabric.known()?.record.trigger).toBe("deployment");
  });

  test("a scan that fails holds up nobody", async () => {
    const fabric = kit.start();
    const waiting = fabric.refresh(10_000);
    kit.thread.abort();
    await waiting;
    expect(fabric.known()).toBeUndefined();
  });
});

describe("what is heard", () => {
  test("within two seconds makes one graph, and a record only when something changed", async () => {
    const fabric = kit.start({ prefixes: [] });
    kit.thread.hasReadings = true;
    for (let frames = 0; frames < 100; frames++) fabric.heard();
    await vi.advanceTimersByTimeAsync(2000);
    expect(kit.thread.merges).toBe(1);
    expect(fabric.known()?.record).toMatchObject({ id: 1, trigger: "heard" });
    fabric.heard();
    await vi.advanceTimersByTimeAsync(2000);
    expect(fabric.known()?.record.id).toBe(1);
    kit.thread.port = "2";
    fabric.heard();
    await vi.advanceTimersByTimeAsync(2000);
    expect(fabric.known()?.record).toMatchObject({ id: 2, changes: [{ kind: "nodeMoved", node: "node1" }] });
    expect(kit.events.map(({ kind }) => kind)).toEqual(["nodeRewired"]);
    expect(kit.graphs).toBe(2);
    expect(kit.saved).toHaveLength(2);
    expect(kit.thread.rests).toBe(3);
  });

  test("is not merged without the switches that were read before the start: what is kept knows more", async () => {
    const latest = stored();
    const fabric = kit.start({}, latest);
    fabric.heard();
    await vi.advanceTimersByTimeAsync(4000);
    expect(kit.thread.merges).toBe(0);
    expect(fabric.known()).toBe(latest);
  });

  test("while a graph is made is in one more, however much it is", async () => {
    const fabric = kit.start({ prefixes: [] });
    kit.thread.hasReadings = true;
    const gate = Promise.withResolvers<void>();
    kit.thread.gate = gate.promise;
    for (let rounds = 0; rounds < 10; rounds++) {
      fabric.heard();
      await vi.advanceTimersByTimeAsync(2000);
    }
    expect(kit.thread.merges).toBe(1);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(2000);
    expect(kit.thread.merges).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kit.thread.merges).toBe(2);
  });

  test("waits for the scan that runs", async () => {
    const fabric = kit.start();
    void fabric.scan("asked");
    fabric.heard();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kit.thread.merges).toBe(0);
    await kit.finish();
    await vi.advanceTimersByTimeAsync(2000);
    expect(kit.thread.merges).toBe(2);
  });
});
