/**
 * What the reports of thousands of nodes take of the main thread: `node test/bench/report_load.ts [NODES] [SECONDS]`.
 *
 * Heartbeats as agents send them, decoded, made into reports and into the messages of one client of the event stream.
 * Without TLS and sockets. Time does not pass: each second of the nodes is done at once and measured.
 */
import { CONTROL, decodeAgentMessage } from "#src/agent/messages.ts";
import { Reports } from "#src/broadcast/reports.ts";
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import { DeploymentNews } from "#src/http/deployment_news.ts";
import { PLAN, recordOf, running, STRAIGHT } from "../deploy/states.ts";

const [nodes = 4000, seconds = 20] = process.argv.slice(2).map(Number);
const CHUNKS = 1000;
const LOOKS = 4;
const names = Array.from({ length: nodes }, (_, index) => `node${index + 1}`);
const endpoint = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}:7801`;
const reports = new Reports({ rawBytes: CHUNKS * 4e6, chunkCount: CHUNKS });
for (const [index, name] of names.entries()) reports.serves(name, endpoint(index), "10.99.0.1:7802");

const state = running("broadcast");
const records = STRAIGHT.slice(0, 5).map((step) => recordOf(step));
const all = new Map<string, NodeProgress>(names.map((node) => [node, { node, state, plan: 0, records }]));
const deploymentNow = (): Deployment => ({
  id: "d1",
  request: { image: "big", nodes: names, authorizedKeys: [], partitionTable: "gpt" },
  imageDigest: "ab".repeat(32),
  imageRawBytes: CHUNKS * 4e6,
  createdAtMs: 0,
  plans: [PLAN],
  nodes: [...all.values()],
  sourceSentBytes: 1e9,
});

const heartbeat = (index: number, second: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      uptimeMs: second * 1000,
      memFreeBytes: 8e9,
      jobs: [
        {
          ...{ id: `d1/node${index + 1}/receive/1`, kind: "receive", state: "running" },
          ...{
            chunks: second * 20,
            chunkCount: CHUNKS,
            rawBytesWritten: second * 8e7,
            bytesReceived: second * 8e7,
          },
          ...{ bytesSent: second * 8e7, heldUnwrittenBytes: 4e6, memoryBytes: 4e9, downstreams: 1 },
          ...{ upstream: endpoint(Math.max(0, index - 1)), upstreamChanges: 1 },
          lastChange: "10.0.0.7:7801: silent for 2 s",
        },
      ],
    }),
  );

const took = { decodeMs: 0, reportMs: 0, streamMs: 0, longestMs: 0 };
let streamBytes = 0;
const timed = (what: "decodeMs" | "reportMs" | "streamMs", work: () => void): void => {
  const startedMs = performance.now();
  work();
  const ms = performance.now() - startedMs;
  took[what] += ms;
  if (what === "streamMs") took.longestMs = Math.max(took.longestMs, ms);
};
const news = new DeploymentNews();
news.since(deploymentNow(), 0);
// The first seconds are those of code that is not compiled yet.
for (let second = 1; second <= seconds + 5; second++) {
  if (second === 6) {
    Object.assign(took, { decodeMs: 0, reportMs: 0, streamMs: 0, longestMs: 0 });
    streamBytes = 0;
  }
  for (let look = 0; look < LOOKS; look++) oneLook(second, look);
}
const perSecond = (value: number): number => Math.round((value / seconds) * 10) / 10;
process.stdout.write(
  `${JSON.stringify({
    nodes,
    decodeMsPerSec: perSecond(took.decodeMs),
    reportMsPerSec: perSecond(took.reportMs),
    streamMsPerSec: perSecond(took.streamMs),
    longestStreamMs: Math.round(took.longestMs * 10) / 10,
    streamKBPerSec: Math.round(streamBytes / seconds / 1000),
    heartbeatBytes: heartbeat(0, 10).length,
  })}\n`,
);

/** A quarter of the nodes report, then the stream looks. */
function oneLook(second: number, look: number): void {
  const payloads = names.flatMap((_, index) =>
    index % LOOKS === look ? [{ index, payload: heartbeat(index, second) }] : [],
  );
  const decoded = payloads.map(({ index }) => ({
    index,
    message: undefined as ReturnType<typeof decodeAgentMessage> | undefined,
  }));
  timed("decodeMs", () => {
    for (const [at, { payload }] of payloads.entries()) {
      const slot = decoded[at];
      if (slot) slot.message = decodeAgentMessage(CONTROL.heartbeat, payload);
    }
  });
  const nowMs = second * 1000 + look * 250;
  timed("reportMs", () => {
    for (const { index, message } of decoded) {
      if (!message?.ok || message.value.kind !== "heartbeat") throw new Error("not a heartbeat");
      const receive = message.value.jobs[0]?.receive;
      const node = names[index] ?? "";
      const before = all.get(node);
      if (receive && before) all.set(node, { ...before, broadcast: reports.progress(node, receive, nowMs) });
    }
  });
  timed("streamMs", () => {
    const text = news.since(deploymentNow(), nowMs);
    streamBytes += text === undefined ? 0 : JSON.stringify(text).length;
  });
}
