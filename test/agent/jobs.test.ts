import { describe, expect, test } from "vitest";
import { runSpec } from "#src/agent/job_specs.ts";
import { AgentGone, NodeJobs } from "#src/agent/jobs.ts";
import type { ApplianceMessage } from "#src/agent/requests.ts";

const request = (id = "j1") => ({ id, script: "true", args: [], env: {}, timeLimitMs: 1000 });
const exited = (id = "j1") =>
  ({ kind: "exited", id, code: 0, signal: null, timedOut: false, error: null }) as const;
const live = new AbortController().signal;

/** A node whose agent is there in boot `a`, and what was said to it. */
function node() {
  const said: ApplianceMessage[] = [];
  const jobs = new NodeJobs("node1");
  const come = (bootId: string) => jobs.agentCame(bootId, [], (message) => said.push(message));
  const kinds = () => said.map((message) => message.kind);
  return { jobs, said, kinds, come };
}

describe("a job", () => {
  test("is asked once and ends with its result and the output before it", async () => {
    const { jobs, kinds, come } = node();
    come("a");
    const heard: string[] = [];
    const listener = {
      onOutput: (stream: string, bytes: Uint8Array) => heard.push(`${stream} ${bytes.length}`),
    };
    const result = jobs.start(runSpec(request(), listener), live);
    jobs.hear({ kind: "output", stream: "stderr", id: "j1", bytes: Buffer.from("oops") });
    jobs.hear(exited());
    expect(await result).toMatchObject({ code: 0, outputTail: "oops" });
    expect(kinds()).toEqual(["run"]);
    expect(heard).toEqual(["stderr 4"]);
  });

  test("is asked again after a reconnect in the same boot", async () => {
    const { jobs, kinds, come } = node();
    come("a");
    const result = jobs.start(runSpec(request(), {}), live);
    jobs.agentWent();
    come("a");
    jobs.hear(exited());
    await result;
    come("a");
    expect(kinds()).toEqual(["run", "run"]);
  });

  test("waits for the first agent when none has been heard of", async () => {
    const { jobs, kinds, come } = node();
    const result = jobs.start(runSpec(request(), {}), live);
    expect(kinds()).toEqual([]);
    come("a");
    jobs.hear(exited());
    await expect(result).resolves.toMatchObject({ code: 0 });
  });

  test("fails when the node booted anew", async () => {
    const { jobs, kinds, come } = node();
    come("a");
    const result = jobs.start(runSpec(request(), {}), live);
    come("b");
    await expect(result).rejects.toThrow(AgentGone);
    expect(kinds()).toEqual(["run"]);
  });

  test("that belongs to another boot fails at once", async () => {
    const { jobs, kinds, come } = node();
    come("b");
    await expect(jobs.start(runSpec({ ...request(), bootId: "a" }, {}), live)).rejects.toThrow(AgentGone);
    expect(kinds()).toEqual([]);
  });
});

describe("a job, besides,", () => {
  test("that does not fit into a frame is refused and not kept", async () => {
    const { jobs, kinds, come } = node();
    come("a");
    const long = { ...request(), script: "#".repeat(1 << 20) };
    await expect(jobs.start(runSpec(long, {}), live)).rejects.toThrow("at most 1048576 fit");
    come("a");
    expect(kinds()).toEqual([]);
  });

  test("cannot be started twice", async () => {
    const { jobs, come } = node();
    come("a");
    const first = jobs.start(runSpec(request(), {}), live);
    await expect(jobs.start(runSpec(request(), {}), live)).rejects.toThrow("already running");
    jobs.hear(exited());
    await first;
  });

  test("has its latest upstreams repeated after a reconnect", () => {
    const { jobs, said, come } = node();
    come("a");
    const receive = { kind: "receive", id: "r", upstreams: ["10.0.0.1:1"] } as const;
    const spec = { request: receive as never, take: () => undefined };
    void jobs.start(spec, live);
    jobs.setUpstreams("r", { upstreams: ["10.0.0.2:2"], list: "run1.2.5" });
    come("a");
    expect(said.slice(1)).toEqual([
      { kind: "upstreams", id: "r", upstreams: ["10.0.0.2:2"], list: "run1.2.5" },
      { ...receive, upstreams: ["10.0.0.2:2"], list: "run1.2.5" },
      { kind: "upstreams", id: "r", upstreams: ["10.0.0.2:2"], list: "run1.2.5" },
    ]);
  });

  test("that goes on since before the appliance restarted tells its progress at once", () => {
    const jobs = new NodeJobs("node1");
    const receive = {
      chunks: 1,
      chunkCount: 2,
      rawBytesWritten: 0,
      bytesReceived: 9,
      bytesSent: 0,
      upstream: null,
    };
    jobs.agentCame("a", [{ id: "r", kind: "receive", state: "running", receive }], () => {});
    const heard: string[] = [];
    const spec = {
      request: { kind: "receive", id: "r" } as never,
      take: (message: { kind: string }) => void heard.push(message.kind),
    };
    void jobs.start(spec, live);
    expect(heard).toEqual(["progress"]);
  });
});

describe("a job that is not wanted any more", () => {
  test("is killed, and killed again after a reconnect until it has ended", async () => {
    const { jobs, kinds, come } = node();
    come("a");
    const stop = new AbortController();
    const result = jobs.start(runSpec(request(), {}), stop.signal);
    stop.abort(new Error("operator"));
    await expect(result).rejects.toThrow("operator");
    come("a");
    jobs.hear(exited());
    come("a");
    expect(kinds()).toEqual(["run", "kill", "kill"]);
  });

  test("is not killed in the next boot, where its id may mean another", async () => {
    const { jobs, kinds, come } = node();
    come("a");
    jobs.agentWent();
    jobs.forget("j1", "kill");
    jobs.forget("j2", "release");
    come("b");
    expect(kinds()).toEqual([]);
  });

  test("is not even asked for when it was given up before", async () => {
    const { jobs, kinds, come } = node();
    come("a");
    await expect(jobs.start(runSpec(request(), {}), AbortSignal.abort(new Error("late")))).rejects.toThrow(
      "late",
    );
    expect(kinds()).toEqual([]);
  });

  test("is released once, when the agent is there", () => {
    const { jobs, kinds, come } = node();
    jobs.forget("j1", "release");
    come("a");
    come("a");
    expect(kinds()).toEqual([]); // nothing was known of the boot it belonged to
    jobs.agentWent();
    jobs.forget("j1", "release");
    come("a");
    come("a");
    expect(kinds()).toEqual(["release"]);
  });
});

test("what an agent says of jobs that nobody asked for is dropped", () => {
  const { jobs, come } = node();
  come("a");
  jobs.hear(exited("other"));
  jobs.hear({ kind: "badChunk", id: "other", chunk: 1, upstream: "10.0.0.1:1" });
});
