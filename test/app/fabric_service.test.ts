import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FabricService } from "#src/app/fabric.ts";
import type { FabricChoice } from "#src/config/fabric.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { FabricOutcome } from "#src/fabric/fabric_messages.ts";
import type { KnownFabric } from "#src/fabric/scan_record.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { madeFabric } from "#test/fabric/made_fabric.ts";

const HOUR_MS = 3_600_000;
const CHOICE: FabricChoice = {
  seeds: ["10.0.0.1" as Ipv4],
  prefixes: [{ prefix: { network: "10.0.0.0" as Ipv4, prefixBits: 24 }, credentials: [] }],
  scanIntervalSec: 600,
};
const outcomeAt = (port: string): FabricOutcome => ({
  fabric: madeFabric({ at: { node1: `leaf1/${port}` } }),
  ...{ read: 1, silent: [], notes: [], taken: [], gaps: [] },
});

/** A thread whose scans end when they are told to. */
class FakeThread {
  isRunning = false;
  port = "1";
  merges = 0;
  readonly scans: PromiseWithResolvers<void>[] = [];

  readonly tasks: unknown[] = [];

  scan = (task: unknown): Promise<void> => {
    this.isRunning = true;
    this.tasks.push(task);
    const scan = Promise.withResolvers<void>();
    this.scans.push(scan);
    return scan.promise;
  };
  merge = async (): Promise<FabricOutcome> => {
    this.merges++;
    return outcomeAt(this.port);
  };
  rests = 0;
  rest = async (): Promise<void> => {
    this.rests++;
  };
  abort = (): void => this.scans.at(-1)?.reject(new Error("it was cancelled"));
}

let thread: FakeThread;
let events: ApplianceEvent[];
let saved: KnownFabric[];
let graphs: number;
let service: FabricService | undefined;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  thread = new FakeThread();
  events = [];
  saved = [];
  graphs = 0;
});
afterEach(() => {
  service?.[Symbol.dispose]();
  service = undefined;
  vi.useRealTimers();
});

function start(choice: Partial<FabricChoice> = {}, latest?: KnownFabric): FabricService {
  service = new FabricService({
    choice: { ...CHOICE, ...choice },
    thread,
    store: {
      latest: () => latest,
      records: async () => [],
      save: async (known) => void saved.push(known),
    },
    record: (event) => void events.push(event),
    witnesses: () => ({
      machines: [],
      endpoints: [{ name: "node1", macs: [], addresses: ["10.0.0.7" as Ipv4] }],
    }),
    onGraph: () => {
      graphs++;
    },
    wallMs: Date.now,
    nowMs: () => performance.now(),
    onFault: (fault) => {
      throw fault;
    },
  });
  return service;
}
const settle = () => vi.advanceTimersByTimeAsync(0);
const finish = async (at = -1): Promise<void> => {
  thread.scans.at(at)?.resolve();
  await settle();
};

test("a scan is told who is a node, and never to be asked", async () => {
  void start().scan("asked");
  expect(thread.tasks).toMatchObject([{ endpoints: [{ name: "node1", addresses: ["10.0.0.7"] }] }]);
  await finish();
});

describe("scans", () => {
  test("come 5 s after the start, then each time the interval after the last has ended", async () => {
    start();
    await vi.advanceTimersByTimeAsync(4999);
    expect(thread.scans).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(thread.scans).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(thread.scans).toHaveLength(1);
    await finish();
    await vi.advanceTimersByTimeAsync(599_999);
    expect(thread.scans).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(thread.scans).toHaveLength(2);
  });

  test("never come by themselves without prefixes, nor again where the schedule is off", async () => {
    start({ prefixes: [] });
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(thread.scans).toHaveLength(0);
    service?.[Symbol.dispose]();
    start({ scanIntervalSec: undefined });
    await vi.advanceTimersByTimeAsync(5000);
    await finish();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(thread.scans).toHaveLength(1);
  });

  test("run one at a time; who asks meanwhile gets one behind, and all who ask the same one", async () => {
    const fabric = start();
    const first = fabric.scan("schedule");
    const asked = [fabric.scan("asked"), fabric.scan("asked")];
    const joined = fabric.scan("deployment");
    expect(thread.scans).toHaveLength(1);
    await finish();
    expect((await joined).record.id).toBe((await first).record.id);
    expect(thread.scans).toHaveLength(2);
    await finish();
    expect((await Promise.all(asked)).map(({ record }) => record.id)).toEqual([2, 2]);
    expect(fabric.running()).toBeUndefined();
  });

  test("that are cancelled leave what was known, and take the one behind along", async () => {
    const fabric = start();
    void fabric.scan("asked");
    await finish();
    const before = fabric.known();
    const ended = Promise.allSettled([fabric.scan("asked"), fabric.scan("asked")]);
    expect(fabric.cancel()).toBe(true);
    expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(fabric.known()).toBe(before);
    expect(fabric.failure()?.problem).toBe("it was cancelled");
    expect(events.at(-1)).toEqual({ kind: "fabricScanFailed", problem: "it was cancelled" });
    expect(fabric.cancel()).toBe(false);
    void fabric.scan("asked");
    await finish();
    expect(fabric.failure()).toBeUndefined();
  });
});

describe("before a deployment", () => {
  test("what is fresh is not scanned again, and what is older than an hour is", async () => {
    const fabric = start({ scanIntervalSec: undefined });
    void fabric.refresh(0);
    expect(thread.scans).toHaveLength(1);
    await finish();
    await vi.advanceTimersByTimeAsync(HOUR_MS - 1000);
    await fabric.refresh(1000);
    expect(thread.scans).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    void fabric.refresh(1000);
    expect(thread.scans).toHaveLength(2);
  });

  test("nobody waits longer than he said, and the scan goes on", async () => {
    const fabric = start();
    let waited = false;
    const waiting = fabric.refresh(10_000).then(() => {
      waited = true;
    });
    await vi.advanceTimersByTimeAsync(9999);
    expect(waited).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(fabric.running()?.trigger).toBe("deployment");
    await finish();
    expect(fabric.known()?.record.trigger).toBe("deployment");
  });

  test("a scan that fails holds up nobody", async () => {
    const fabric = start();
    const waiting = fabric.refresh(10_000);
    thread.abort();
    await waiting;
    expect(fabric.known()).toBeUndefined();
  });
});

describe("what is heard", () => {
  test("within two seconds makes one graph, and a record only when something changed", async () => {
    const fabric = start({ prefixes: [] });
    for (let frames = 0; frames < 100; frames++) fabric.heard();
    await vi.advanceTimersByTimeAsync(2000);
    expect(thread.merges).toBe(1);
    expect(fabric.known()?.record).toMatchObject({ id: 1, trigger: "heard" });
    fabric.heard();
    await vi.advanceTimersByTimeAsync(2000);
    expect(fabric.known()?.record.id).toBe(1);
    thread.port = "2";
    fabric.heard();
    await vi.advanceTimersByTimeAsync(2000);
    expect(fabric.known()?.record).toMatchObject({ id: 2, changes: [{ kind: "nodeMoved", node: "node1" }] });
    expect(events.map(({ kind }) => kind)).toEqual(["nodeRewired"]);
    expect(graphs).toBe(3);
    expect(thread.rests).toBe(3);
  });

  test("is not merged without the switches that were read before the start: what is kept knows more", async () => {
    const latest = { ...outcomeAt("1"), record: { id: 7 } } as unknown as KnownFabric;
    const fabric = start({}, latest);
    fabric.heard();
    await vi.advanceTimersByTimeAsync(4000);
    expect(thread.merges).toBe(0);
    expect(fabric.known()).toBe(latest);
  });

  test("waits for the scan that runs", async () => {
    const fabric = start();
    void fabric.scan("asked");
    fabric.heard();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(thread.merges).toBe(0);
    await finish();
    await vi.advanceTimersByTimeAsync(2000);
    expect(thread.merges).toBe(2);
  });
});
