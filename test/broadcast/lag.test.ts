import { describe, expect, test } from "vitest";
import type { Report } from "#src/broadcast/member.ts";
import { at, Stand, standOf } from "./stand.ts";

const MB = 1e6;
/** A quarter of a second of a gigabit. */
const came = { ms: 250, cameBytes: 30 * MB };

/** All are alike until `stand.report` says otherwise. */
function even(stand: Stand, more: Partial<Report> = {}): void {
  stand.nowMs += 1000;
  for (const node of stand.told.keys())
    stand.report(node, {
      ...{ receivedBytes: 0.12 * MB * stand.nowMs, writtenRawBytes: 0.12 * MB * stand.nowMs },
      ...{ memoryBytes: 400 * MB, heldBytes: 0, list: stand.names.get(node) },
      ...more,
    });
  stand.settle();
}

/** A quarter of a second later an upstream says that one lags. @returns whether that is worth a decision */
function tell(stand: Stand, feeder: string, lagging: Report["lagging"], more: Partial<Report> = {}): boolean {
  stand.nowMs += 250;
  const isPressing = stand.coordinator.report(feeder, {
    ...{ atMs: stand.nowMs, upstream: stand.told.get(feeder)?.[0], list: stand.names.get(feeder), lagging },
    ...{ receivedBytes: 0.12 * MB * stand.nowMs, writtenRawBytes: 0.12 * MB * stand.nowMs },
    ...more,
  });
  stand.settle();
  return isPressing;
}

describe("one that its upstream says takes too little", () => {
  test("feeds nobody from that moment, and moves to the end when all go by lists without it", () => {
    const stand = standOf("n1", "n2", "n3", "n4", "n5");
    even(stand);
    expect(tell(stand, "n1", { address: "n2", ...came, tookBytes: 6 * MB })).toBe(true);
    expect(stand.findings).toEqual([
      { kind: "slow", node: "n2", why: "link", rate: 24 * MB, otherRate: 120 * MB },
    ]);
    expect(stand.firsts()).toMatchObject({ n2: "n1", n3: "n1" });
    even(stand);
    expect(stand.firsts()).toEqual({ n1: "appliance", n3: "n1", n4: "n3", n5: "n4", n2: "n5" });
  });

  test.each([
    { what: "that are late themselves for want of a processor", members: 40, feeder: 0, isSlow: false },
    { what: "of an upstream that is", members: 0, feeder: 40, isSlow: false },
    { what: "that are late as anybody may be", members: 10, feeder: 10, isSlow: true },
  ])("is nobody among those $what: $isSlow", ({ members, feeder, isSlow }) => {
    const stand = standOf("n1", "n2", "n3", "n4");
    even(stand, { lateMs: members });
    const lagging = { address: "n2", ...came, tookBytes: 6 * MB };
    expect(tell(stand, "n1", lagging, { lateMs: feeder })).toBe(isSlow);
    expect(stand.findings).toHaveLength(isSlow ? 1 : 0);
  });

  test.each([
    {
      what: "takes a third and more of it in so short a time",
      lagging: { address: "n2", ...came, tookBytes: 11 * MB },
    },
    { what: "is fed by somebody else", lagging: { address: "n3", ...came, tookBytes: 1 * MB } },
    { what: "is nobody that is known", lagging: { address: "n9", ...came, tookBytes: 1 * MB } },
  ])("is left alone when it $what", ({ lagging }) => {
    const stand = standOf("n1", "n2", "n3", "n4", "n5");
    even(stand);
    expect(tell(stand, "n1", lagging)).toBe(false);
    expect(stand.findings).toEqual([]);
  });

  test("is measured by its share when it is not the only one that is fed", () => {
    const stand = standOf("n1", "n2", "n3", "n4", "n5");
    even(stand, { upstream: at("n1") });
    tell(stand, "n1", { address: "n2", ...came, tookBytes: 6 * MB });
    expect(stand.findings).not.toContainEqual(expect.objectContaining({ kind: "slow" }));
  });

  test("is not slow by its link when its memory is full and it writes as fast as the others", () => {
    const stand = standOf("n1", "n2", "n3", "n4", "n5");
    even(stand, { heldBytes: 390 * MB });
    tell(stand, "n1", { address: "n2", ...came, tookBytes: 1 * MB });
    expect(stand.findings).toEqual([]);
  });

  test.each([
    {
      what: "is given time when another has come for it to feed, for what it acknowledges waits behind that",
      agoMs: 1000,
      isSlow: false,
    },
    { what: "has had that time after a second and a half", agoMs: 1300, isSlow: true },
  ])("$what", ({ agoMs, isSlow }) => {
    const stand = standOf("n1", "n2", "n3", "n4", "n5");
    even(stand, { newcomerMs: agoMs });
    expect(tell(stand, "n1", { address: "n2", ...came, tookBytes: 6 * MB })).toBe(isSlow);
    expect(stand.findings).toHaveLength(isSlow ? 1 : 0);
  });
});

describe("one whose memory fills", () => {
  const filling = { heldBytes: 210 * MB };
  const says = (stand: Stand, writtenRawBytes: number): boolean =>
    tell(stand, "n2", undefined, { memoryBytes: 400 * MB, ...filling, writtenRawBytes });

  test("is found by its disk before it is full", () => {
    const stand = standOf("n1", "n2", "n3", "n4", "n5");
    even(stand);
    expect(says(stand, 40 * MB)).toBe(true);
    expect(stand.findings).toMatchObject([{ kind: "slow", node: "n2", why: "disk", rate: 32 * MB }]);
  });

  test.each([
    { what: "writes more than half of what the others write", written: 80 * MB },
    { what: "is less than three chunks behind", written: 8 * MB, chunkRawBytes: 50e6 },
  ])("is left alone when it $what", ({ written, chunkRawBytes }) => {
    const stand = new Stand(undefined, undefined, "run1", chunkRawBytes);
    stand.join("n1", "n2", "n3");
    even(stand);
    expect(says(stand, written)).toBe(false);
    expect(stand.findings).toEqual([]);
  });
});
