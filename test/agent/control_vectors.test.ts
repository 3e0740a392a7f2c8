import { expect, test } from "vitest";
import { CONTROL, decodeAgentMessage } from "#src/agent/messages.ts";
import { fromHex, readVectors } from "./vectors.ts";

/** What agents say; the other types are read by the agent, which runs the same table. */
const OURS: ReadonlySet<number> = new Set(
  (["hello", "heartbeat", "exited", "listening", "received", "badChunk", "leaving", "heard"] as const).map(
    (name) => CONTROL[name],
  ),
);
const ROWS = readVectors("control.tsv")
  .map(([what = "", type, status, , payload = ""]) => ({ what, type: Number(type), status, payload }))
  .filter(({ type }) => OURS.has(type));

test.each(ROWS)("$what", ({ type, status, payload }) => {
  const bytes = payload.startsWith("hex:") ? fromHex(payload.slice("hex:".length)) : Buffer.from(payload);
  expect(decodeAgentMessage(type, bytes).ok ? "OK" : "BAD").toBe(status);
});

test("every type that agents send has a row", () =>
  expect(new Set(ROWS.map(({ type }) => type))).toEqual(OURS));
