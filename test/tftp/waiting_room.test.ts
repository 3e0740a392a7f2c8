import { describe, expect, test } from "vitest";
import { ResendShare, WaitingRoom } from "#src/tftp/waiting_room.ts";

describe("a storm", () => {
  const having = (sends: number, resends: number): ResendShare => {
    const share = new ResendShare();
    for (let count = 0; count < sends; count++) share.note(count < resends, 1000);
    return share;
  };

  test.each([
    { sends: 1000, resends: 20, storm: false, why: "two of a hundred are lost on any network" },
    { sends: 1000, resends: 21, storm: true, why: "more than that" },
    { sends: 100, resends: 50, storm: false, why: "one machine that was switched off" },
    { sends: 0, resends: 0, storm: false, why: "nothing happens" },
  ])("$resends of $sends sent again: $storm, $why", ({ sends, resends, storm }) => {
    expect(having(sends, resends).isStorm(1000)).toBe(storm);
  });

  test("is over two seconds after the last of it", () => {
    const share = having(1000, 500);
    expect(share.isStorm(2500)).toBe(true);
    expect(share.isStorm(4600)).toBe(false);
  });
});

describe("waiting", () => {
  test("first come, first served, once for each client, and a repeat keeps its turn", () => {
    const room = new WaitingRoom<string>(10);
    room.put("a", "a, first", 0);
    room.put("b", "b", 1);
    room.put("a", "a, again", 2);
    expect([room.take(9), room.take(9), room.take(9)]).toEqual(["a, again", "b", undefined]);
  });

  test("nobody is taken who has not waited long enough", () => {
    const room = new WaitingRoom<string>(10);
    room.put("a", "a", 5);
    expect(room.take(4)).toBeUndefined();
    expect(room.size).toBe(1);
    expect(room.take(5)).toBe("a");
  });

  test("there is an end to it", () => {
    const room = new WaitingRoom<string>(1);
    expect(room.put("a", "a", 0)).toBe(true);
    expect(room.put("b", "b", 0)).toBe(false);
    expect(room.put("a", "a again", 0)).toBe(true);
  });
});
