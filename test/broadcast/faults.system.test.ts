/** Everything that may go wrong in a broadcast, done to real agents. How long it takes is the bench's business. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { FaultTrials } from "./fault_trial.ts";
import { FAULTS, HEALTHY } from "./faults.ts";

const { BRIGADE_FAULT_NODES = "32" } = process.env;
/** The image takes 1.5 s at this rate: long enough to have a middle. */
const SETUP = {
  nodes: Number(BRIGADE_FAULT_NODES),
  rateMbit: 32,
  imageBytes: 6_000_000,
  flapping: { downMs: 1500, upMs: 500, times: 2 },
};
/** Far above what is allowed, for machines that are busy: only hanging is meant. */
const GENEROUS_SEC = 30;

let trials: FaultTrials;

beforeAll(async () => {
  trials = await FaultTrials.begin(SETUP);
});
afterAll(() => trials[Symbol.asyncDispose]());

test.each([HEALTHY, ...FAULTS])("$name: the others have the image", async (fault) => {
  const { problems, othersSec } = await trials.try(fault);
  expect(problems).toEqual([]);
  expect(othersSec).toBeLessThan(GENEROUS_SEC);
});
