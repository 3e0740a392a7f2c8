import { expect, test } from "vitest";
import { broadcastTable } from "#src/cli/broadcast_table.ts";
import type { BroadcastView } from "#src/http/broadcast_types.ts";
import type { NodeProgressView } from "#src/http/deployment_types.ts";

const NONE = { receivedBytes: 0, sentBytes: 0, writtenRawBytes: 0, totalRawBytes: 9e9 };
const node = (name: string, broadcast?: BroadcastView): NodeProgressView => ({
  node: name,
  state: { kind: "running", step: "broadcast", phase: 2, turn: 1, attempt: 1, round: 1 },
  records: [],
  ...(broadcast === undefined ? {} : { broadcast }),
});
const lines = (...nodes: NodeProgressView[]): readonly string[] => broadcastTable(nodes).split("\n");

test("before anybody has begun there is no table", () => {
  expect(broadcastTable([node("n1")])).toBe("");
});

test("while it runs: who feeds it, rates, buffer, lag; what an older agent does not tell is a hyphen", () => {
  const live = {
    ...NONE,
    ...{ receivedBytes: 2e9, feeder: "appliance", receiveBytesPerSec: 117e6, writeRawBytesPerSec: 80e6 },
    ...{ heldBytes: 64e6, lagChunks: 0, upstreamChanges: 0, badChunks: 0 },
  };
  expect(lines(node("n1", live), node("n2", { ...NONE, upstream: "10.0.0.9:7801", lagChunks: 12 }))).toEqual([
    "NODE  FROM           RECEIVED  SENT  RATE        DISK       BUFFER   LAG  CHANGES  BAD  TOOK (s)",
    "n1    appliance      2.0 GB    0 B   117.0 MB/s  80.0 MB/s  64.0 MB    0        0    0         -",
    "n2    10.0.0.9:7801  0 B       0 B   -           -          -         12        -    -         -",
    "",
  ]);
});

test("afterwards: who fed it in which shares, what it gave by the word of those who got it, and why it changed", () => {
  const first = {
    ...NONE,
    receivedBytes: 1e9,
    sentBytes: 5e8,
    tookMs: 10_000,
    from: [{ feeder: "appliance", bytes: 1e9 }],
  };
  const second = {
    ...{
      ...NONE,
      receivedBytes: 1e9,
      tookMs: 12_500,
      upstreamChanges: 1,
      reasons: ["10.0.0.1:7801: silent\u001b[2J"],
    },
    from: [
      { feeder: "n1", bytes: 7.5e8 },
      { feeder: "appliance", bytes: 2.5e8 },
    ],
  };
  const [, one = "", two = "", why = ""] = lines(node("n1", first), node("n2", second));
  expect(one).toMatch(/^n1 {4}appliance {13}1\.0 GB {4}750\.0 MB .* 10\.0$/);
  expect(two).toMatch(/^n2 {4}n1 75% appliance 25% .* 12\.5$/);
  expect(why).toBe("  n2 left 10.0.0.1:7801: silent\\u001b[2J");
});
