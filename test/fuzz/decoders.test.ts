/** The same code as `make fuzz`, with fewer packets and the same ones each time. */
import { describe, expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";
import { mutated } from "./mutate.ts";
import { randomOf } from "./random.ts";
import { TARGETS } from "./targets.ts";

const PACKETS = 30_000;

describe.each(TARGETS)("$name", (target) => {
  test("has seeds", () => {
    expect(target.seeds.length).toBeGreaterThan(0);
  });

  test(`${PACKETS} packets that are almost right: it throws at none`, () => {
    expect(() => fuzz(target, { packets: PACKETS, seed: 1 })).not.toThrow();
  });
});

test("a seed gives the same packets again, another one others", () => {
  const seeds = [Buffer.from("abcdefgh"), Buffer.from("12345678")];
  const some = (seed: number): readonly string[] => {
    const random = randomOf(seed);
    return Array.from({ length: 50 }, () => mutated(seeds, random).toString("hex"));
  };
  expect(some(7)).toEqual(some(7));
  expect(some(7)).not.toEqual(some(8));
  expect(new Set(some(7)).size).toBeGreaterThan(40);
});

test("a decoder that throws is named with the packet that it threw at", () => {
  const bad = {
    name: "bad",
    seeds: [Buffer.from([1, 2, 3, 4])],
    decode: (bytes: Buffer) => void bytes.readUInt32BE(0),
  };
  expect(() => fuzz(bad, { packets: 1000, seed: 3 })).toThrow(
    /^bad, seed 3, packet \d+: .*out.*\n[0-9a-f]*$/s,
  );
});
