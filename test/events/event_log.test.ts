import { expect, test } from "vitest";
import { type ApplianceEvent, describeEvent } from "#src/events/event.ts";
import { EventLog } from "#src/events/event_log.ts";

const lost = (node: string): ApplianceEvent => ({ kind: "agentLost", node, because: "silence" });

test("events are numbered without gaps from the time of creation", () => {
  const log = new EventLog({ nowMs: () => 1000 });
  log.record(lost("node1"));
  log.record(lost("node2"));
  expect(log.since(0).map(({ sequence }) => sequence)).toEqual([1001, 1002]);
  expect(log.since(1001).map(({ event }) => event)).toEqual([lost("node2")]);
});

test("memory is bounded: only the newest are kept", () => {
  const log = new EventLog({ nowMs: () => 0, keep: 3 });
  for (let number = 1; number <= 100; number++) log.record(lost(`node${number}`));
  expect(log.since(0).map(({ sequence }) => sequence)).toEqual([98, 99, 100]);
});

test("a listener that throws does not keep the others from hearing", () => {
  const faults: unknown[] = [];
  const heard: number[] = [];
  const log = new EventLog({ nowMs: () => 0, onFault: (fault) => faults.push(fault) });
  log.subscribe(() => {
    throw new Error("bad listener");
  });
  const stop = log.subscribe(({ sequence }) => heard.push(sequence));
  log.record(lost("node1"));
  stop();
  log.record(lost("node2"));
  expect(heard).toEqual([1]);
  expect(faults).toHaveLength(2);
});

test("a sentence names the thing and what happened to it", () => {
  expect(describeEvent(lost("node1"))).toBe("Agent of node1 is gone: silence");
});
