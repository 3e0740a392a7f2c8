import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AgentChange } from "#src/agent/hub_options.ts";
import type { ReceiveListener } from "#src/agent/job_specs.ts";
import type { ReceiveProgress } from "#src/agent/job_state.ts";
import type { Received } from "#src/agent/messages.ts";
import type { AgentInfo } from "#src/agent/node_link.ts";
import type { ReceiveRequest } from "#src/agent/requests.ts";
import { Broadcasts } from "#src/broadcast/broadcasts.ts";
import type { JoinListener, JoinProgress, JoinRequest } from "#src/broadcast/join.ts";
import type { OfferedImage } from "#src/broadcast/source.ts";
import type { ApplianceEvent } from "#src/events/event.ts";

const SOURCE = "10.0.0.1:7802";
const SETTLE_MS = 10;
const RAW_DIGEST = "aa".repeat(32);
const IMAGE: OfferedImage = {
  ...{ kind: "archive", rawBytes: 10, rawDigest: RAW_DIGEST, chunkCount: 2, storedBytes: 8 },
};
const GOOD: Received = {
  ok: true,
  rawDigest: RAW_DIGEST,
  rawBytes: 10,
  fromBytes: {},
  sentBytes: 0,
  ms: 1,
  error: null,
};

const COUNTS = { chunks: 1, chunkCount: 2, rawBytesWritten: 5, bytesReceived: 3, bytesSent: 1 };
const PROGRESS: ReceiveProgress = { ...COUNTS, upstream: null };

type Asked = {
  readonly request: ReceiveRequest;
  readonly listener: ReceiveListener;
  readonly finish: (received: Received) => void;
  readonly fail: (fault: Error) => void;
};

/** A hub and a source that only remember what they were told. Nodes are `n1`, `n2`, … at 10.0.0.11, …. */
class Stage {
  readonly asked = new Map<string, Asked>();
  /** `node list`, as told by `upstreams` messages; the appliance left out. */
  readonly told: string[] = [];
  readonly released: string[] = [];
  readonly events: ApplianceEvent[] = [];
  readonly source = { opened: 0, closed: 0 };
  #watcher: (change: AgentChange) => void = () => {};
  readonly broadcasts = new Broadcasts({
    hub: {
      waitForAgent: async (node) => agentOf(node),
      receive: (node, request, listener) => {
        const { promise, resolve, reject } = Promise.withResolvers<Received>();
        this.asked.set(node, { request, listener, finish: resolve, fail: reject });
        return promise;
      },
      setUpstreams: (node, _, list) => {
        // A hub has nobody to tell before the job is there.
        if (this.asked.has(node)) this.told.push(`${node} ${names(list.upstreams)}`);
      },
      release: (node, id) => void this.released.push(`${node} ${id}`),
      watch: (watcher) => {
        this.#watcher = watcher;
        return () => {};
      },
    },
    source: {
      open: async () => {
        this.source.opened++;
        return IMAGE;
      },
      close: () => void this.source.closed++,
      sentBytes: () => 77,
    },
    sourceOf: () => SOURCE,
    secret: Buffer.from("secret"),
    record: (event) => this.events.push(event),
  });

  join(
    node: string,
    { attempt = 1, verify, onProgress = () => {} }: Partial<JoinRequest & JoinListener> = {},
  ): Promise<Received | Error> {
    const sink = { kind: "archive", directory: "/mnt" } as const;
    const request = { deployment: "d1", node, imageDigest: "bb".repeat(32), sink, verify, attempt };
    const signal = new AbortController().signal;
    return this.broadcasts.join(request, { signal, onProgress }).catch((fault: Error) => fault);
  }

  /** Joins a node that listens as soon as it is asked to. @returns its first list */
  async joinListening(node: string): Promise<string> {
    void this.join(node);
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    this.ask(node).listener.onListening?.(7801);
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    return names(this.ask(node).request.upstreams);
  }

  ask(node: string): Asked {
    const asked = this.asked.get(node);
    if (!asked) throw new Error(`${node} was not asked to receive`);
    return asked;
  }

  async change(kind: AgentChange["kind"], node: string, bootId = "b1"): Promise<void> {
    this.#watcher({ kind, node, bootId });
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
  }
}

const addressOf = (node: string): string => `10.0.0.${10 + Number(node.slice(1))}`;
const agentOf = (node: string): AgentInfo =>
  ({ node, address: addressOf(node), bootId: "b1", dataPort: 7801 }) as AgentInfo;
const names = (list: readonly string[]): string =>
  list
    .map((endpoint) => (endpoint === SOURCE ? "source" : `n${Number(endpoint.split(/[.:]/)[3]) - 10}`))
    .join(" ");

let stage: Stage;
beforeEach(() => {
  vi.useFakeTimers();
  stage = new Stage();
});
afterEach(() => {
  stage.broadcasts[Symbol.dispose]();
  vi.useRealTimers();
});

describe("nodes that join", () => {
  test("make a chain", async () => {
    expect(await stage.joinListening("n1")).toBe("source");
    expect(await stage.joinListening("n2")).toBe("n1 source");
    expect(await stage.joinListening("n3")).toBe("n2 n1 source");
    expect(stage.told).toEqual([]);
    expect(stage.source.opened).toBe(1);
  });

  test("at once are asked at once, and get the appliance as their last resort when the one before serves", async () => {
    for (const node of ["n1", "n2", "n3"]) void stage.join(node);
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    expect([...stage.asked.keys()]).toEqual(["n1", "n2", "n3"]);
    expect(names(stage.ask("n2").request.upstreams)).toBe("n1");
    stage.ask("n1").listener.onListening?.(7801);
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    expect(stage.told).toEqual(["n2 n1 source"]);
  });

  test("get the same number, key and job id after a restart of the appliance, and others in another deployment", async () => {
    await stage.joinListening("n1");
    const again = new Stage();
    await again.joinListening("n1");
    const { request } = stage.ask("n1");
    const { list, ...rest } = again.ask("n1").request;
    expect({ ...rest, list: request.list }).toEqual(request);
    expect(list).not.toBe(request.list);
    expect([request.key, request.broadcast, request.id].map(({ length }) => length)).toEqual([64, 32, 15]);
  });

  test("are told of progress, which also shows that they listen", async () => {
    const seen: JoinProgress[] = [];
    void stage.join("n1", { onProgress: (progress) => void seen.push(progress) });
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    stage.ask("n1").listener.onProgress?.(PROGRESS);
    expect(seen).toMatchObject([
      { receivedBytes: 3, sentBytes: 1, writtenRawBytes: 5, totalRawBytes: 10, chunks: 1, chunkCount: 2 },
    ]);
    expect(await stage.joinListening("n2")).toBe("n1 source");
    for (let count = 0; count < 30; count++, await vi.advanceTimersByTimeAsync(100))
      stage.ask("n1").listener.onProgress?.(PROGRESS);
    expect(seen.length).toBeLessThan(6); // once a second, however often agents report
  });
});

describe("a node that", () => {
  beforeEach(async () => {
    for (const node of ["n1", "n2", "n3"]) await stage.joinListening(node);
  });

  test("is done goes on feeding", async () => {
    stage.ask("n2").finish(GOOD);
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    expect(await stage.joinListening("n4")).toBe("n3 n2 n1 source");
    expect(stage.told).toEqual([]);
  });

  test("booted anew is dropped from the lists", async () => {
    stage.ask("n2").fail(new Error("gone"));
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    expect(stage.told).toEqual(["n3 n1 source"]);
  });

  test("leaves is dropped at once", async () => {
    await stage.change("leaving", "n2");
    expect(stage.told).toEqual(["n3 n1 source"]);
  });

  test("is lost keeps its place for a while, for its data port may be well", async () => {
    await stage.change("lost", "n2");
    await vi.advanceTimersByTimeAsync(4900);
    await stage.change("here", "n2");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stage.told).toEqual([]);
  });

  test("stays lost is passed by, and goes to the end when it is back", async () => {
    await stage.change("lost", "n2");
    await vi.advanceTimersByTimeAsync(6000);
    expect(stage.told).toEqual(["n3 n1 source"]);
    await stage.change("here", "n2");
    for (let second = 0; second < 3; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      for (const node of ["n1", "n3"]) stage.ask(node).listener.onProgress?.(PROGRESS);
    }
    expect(stage.told.slice(1)).toEqual(["n2 n3 n1 source"]);
  });

  test("comes back in another boot is dropped", async () => {
    await stage.change("here", "n2", "b2");
    expect(stage.told).toEqual(["n3 n1 source"]);
  });

  test("sends two bad chunks feeds nobody any more, and is named", async () => {
    const { onBadChunk } = stage.ask("n3").listener;
    onBadChunk?.(4, "10.0.0.12:7801");
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    expect(stage.told).toEqual([]);
    onBadChunk?.(9, "10.0.0.12:7801");
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    expect(stage.told).toEqual(["n3 n1 source"]);
    expect(stage.events).toEqual([
      { kind: "badChunk", deployment: "d1", node: "n3", chunk: 4, from: "n2" },
      { kind: "badChunk", deployment: "d1", node: "n3", chunk: 9, from: "n2" },
      { kind: "nodeDistrusted", deployment: "d1", node: "n2" },
    ]);
  });
});

describe("a result", () => {
  test.each([
    { what: "another digest", received: { ...GOOD, rawDigest: "cc".repeat(32) } },
    { what: "fewer bytes", received: { ...GOOD, rawBytes: 9 } },
  ])("that claims to be well with $what is not", async ({ received }) => {
    const result = stage.join("n1");
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    stage.ask("n1").finish(received);
    expect(await result).toMatchObject({
      ok: false,
      error: expect.stringContaining(`the image has 10 with ${RAW_DIGEST}`),
    });
  });

  test.each([
    { verify: "none", received: { rawDigest: "00".repeat(32), verify: "none" }, ok: true },
    { verify: "digest", received: { rawDigest: "00".repeat(32), verify: "none" }, ok: false },
    { verify: "readback", received: { verify: "readback" }, ok: true },
    { verify: "readback", received: { verify: "digest" }, ok: false },
    { verify: "readback", received: {}, ok: false },
  ] as const)(
    "of a node asked for $verify that says $received is well: $ok",
    async ({ verify, received, ok }) => {
      const result = stage.join("n1", { verify });
      await vi.advanceTimersByTimeAsync(SETTLE_MS);
      expect(stage.ask("n1").request.verify).toBe(verify);
      stage.ask("n1").finish({ ...GOOD, ...received });
      expect(await result).toMatchObject({ ok });
    },
  );

  test("that is not well is passed on, and its copy goes to nobody", async () => {
    const result = stage.join("n1");
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    stage.ask("n1").listener.onListening?.(7801);
    stage.ask("n1").finish({ ...GOOD, ok: false, error: "disk full" });
    expect(await result).toMatchObject({ ok: false, error: "disk full" });
    expect(await stage.joinListening("n2")).toBe("source");
  });

  test("of another attempt starts with a new id after the old one was released", async () => {
    const result = stage.join("n1");
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    stage.ask("n1").finish({ ...GOOD, ok: false, error: "disk full" });
    await result;
    void stage.join("n1", { attempt: 2 });
    await vi.advanceTimersByTimeAsync(SETTLE_MS);
    expect(stage.released).toEqual(["n1 d1/n1/receive/1"]);
    expect(stage.ask("n1").request.id).toBe("d1/n1/receive/2");
  });
});

test("the end of a deployment releases every node and closes the source", async () => {
  await stage.joinListening("n1");
  await stage.joinListening("n2");
  expect(await stage.broadcasts.sentBytes("d1")).toBe(77);
  await stage.broadcasts.end("d1");
  expect(stage.released).toEqual(["n1 d1/n1/receive/1", "n2 d1/n2/receive/1"]);
  expect(stage.source.closed).toBe(1);
  expect(await stage.broadcasts.sentBytes("d1")).toBe(0);
  await stage.broadcasts.end("d1");
});
