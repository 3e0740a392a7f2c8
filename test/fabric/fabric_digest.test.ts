import { expect, test } from "vitest";
import { fabricDigest } from "#src/fabric/fabric_digest.ts";
import { madeFabric } from "./made_fabric.ts";

const made = (inErrors: number, place = "s/1") =>
  madeFabric({ at: { node1: place }, ports: { "s/1": { inErrors, inPackets: inErrors } } });

test("what ports have counted and when is not told from each other, and the wiring is", () => {
  const digest = fabricDigest(made(1));
  expect(fabricDigest({ ...made(2), takenAtMs: 7 })).toBe(digest);
  expect(fabricDigest(made(1, "s/2"))).not.toBe(digest);
});
