import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idealRank, listName, rankBehind, rankBetween, rankIn } from "#src/broadcast/rank.ts";

describe("a rank", () => {
  test("is the one that it would have if all were there, when it fits", () => {
    expect(rankBetween(idealRank(0, 1), idealRank(0, 5), idealRank(0, 3))).toBe(idealRank(0, 3));
    expect(rankBetween(undefined, undefined, idealRank(0, 3))).toBe(idealRank(0, 3));
  });

  test.each([
    { what: "between two", before: 10, behind: 20, found: 15 },
    { what: "before the first", before: undefined, behind: 20, found: 9 },
    { what: "where there is no room", before: 10, behind: 11, found: undefined },
    { what: "behind the last", before: 10, behind: undefined, found: rankBehind(10) },
  ])("$what, when that does not fit", ({ before, behind, found }) => {
    expect(rankBetween(before, behind, 5_000_000_000)).toBe(behind === undefined ? 5_000_000_000 : found);
    expect(rankBetween(before, behind, before ?? 1000)).toBe(found);
  });

  test("is always between its neighbours, and exact", () => {
    const rank = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(rank, rank, rank, (one, other, ideal) => {
        const [before, behind] = [Math.min(one, other), Math.max(one, other)];
        const found = rankBetween(before, behind, ideal);
        if (found === undefined) return;
        expect(found).toBeGreaterThan(before);
        expect(found).toBeLessThan(behind);
        expect(Number.isSafeInteger(found)).toBe(true);
      }),
    );
  });

  test("comes back from the name of a list, of whatever run", () => {
    expect(rankIn(listName("8f3a0c11", 17, idealRank(3, 1_000_000)))).toBe(idealRank(3, 1_000_000));
    expect(listName("f".repeat(32), 99_999_999_999, idealRank(3, 1_000_000)).length).toBeLessThanOrEqual(64);
  });

  test.each([undefined, "", "x", "a.b.5", "a.1.5.6", "a.1.-5", "a.1.9007199254740993", "a.1.1e3"])(
    "is not in %j",
    (name) => {
      expect(rankIn(name)).toBeUndefined();
    },
  );
});
