import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StartWindow, type Ticket, type WindowLimits } from "#src/power/window.ts";

const WIDE: WindowLimits = { inFlight: 1000, perSecond: 1000, maxHoldMs: 3_600_000 };
const ticket = (id: string, lane = "d1", more: Partial<Ticket> = {}): Ticket => ({ id, lane, ...more });
const ids = (tickets: readonly Ticket[]): readonly string[] => tickets.map(({ id }) => id);

function windowWith(limits: Partial<WindowLimits>, ...waiting: readonly Ticket[]): StartWindow {
  const window = new StartWindow({ ...WIDE, ...limits });
  for (const one of waiting) window.ask(one);
  return window;
}

describe("a window of slots", () => {
  test("lets the next one in as soon as one is through, and waits for no batch", () => {
    const window = windowWith({ inFlight: 2 }, ...["a", "b", "c", "d"].map((id) => ticket(id)));
    expect(ids(window.admit(0))).toEqual(["a", "b"]);
    expect(ids(window.admit(1))).toEqual([]);
    window.leave("b");
    expect(ids(window.admit(2))).toEqual(["c"]);
    window.leave("a");
    expect(ids(window.admit(3))).toEqual(["d"]);
  });

  test("serves lanes in turns, and each lane in its order", () => {
    const many = Array.from({ length: 4 }, (_, index) => ticket(`big${index}`, "d1"));
    const window = windowWith({ inFlight: 1 }, ...many, ticket("small0", "d2"), ticket("small1", "d2"));
    const order: string[] = [];
    for (let nowMs = 0; nowMs < 6; nowMs++) {
      const [next] = window.admit(nowMs);
      order.push(next?.id ?? "");
      window.leave(next?.id ?? "");
    }
    expect(order).toEqual(["big0", "small0", "big1", "small1", "big2", "big3"]);
  });

  test("is left by who gives up waiting, and a slot is given back once", () => {
    const window = windowWith({ inFlight: 1 }, ticket("a"), ticket("b"), ticket("c"));
    window.admit(0);
    window.leave("b");
    window.leave("a");
    window.leave("a");
    expect(ids(window.admit(1))).toEqual(["c"]);
    expect(window.state()).toMatchObject({ inFlight: 1, waiting: 0 });
  });

  test("takes a slot back that nobody gave back", () => {
    const window = windowWith({ inFlight: 1, maxHoldMs: 600_000 }, ticket("lost"), ticket("next"));
    window.admit(5);
    expect(window.nextMs(5)).toBe(600_005);
    expect(ids(window.admit(600_004))).toEqual([]);
    expect(ids(window.admit(600_005))).toEqual(["next"]);
    window.leave("lost");
    expect(window.state().inFlight).toBe(1);
  });

  test("counts those that were started before it, also beyond its size", () => {
    const window = windowWith({ inFlight: 2 }, ticket("new"));
    for (const id of ["r1", "r2", "r3"]) window.take(ticket(id), 0);
    expect(ids(window.admit(0))).toEqual([]);
    window.leave("r1");
    window.leave("r2");
    expect(ids(window.admit(1))).toEqual(["new"]);
  });
});

describe("starts in a second", () => {
  test("are never more than allowed, in whichever second one looks", () => {
    const window = windowWith({ perSecond: 3 }, ...Array.from({ length: 7 }, (_, at) => ticket(`n${at}`)));
    expect(ids(window.admit(900))).toEqual(["n0", "n1", "n2"]);
    expect(window.nextMs(900)).toBe(1900);
    expect(ids(window.admit(1899))).toEqual([]);
    expect(ids(window.admit(1900))).toEqual(["n3", "n4", "n5"]);
    expect(ids(window.admit(2900))).toEqual(["n6"]);
    expect(window.nextMs(2900)).toBeUndefined();
  });

  test("are no reason to look again while it is a power group that is full", () => {
    const groups = [{ name: "pdu1", inFlight: 1 }];
    const window = windowWith({}, ticket("first", "d1", { groups }), ticket("second", "d1", { groups }));
    expect(ids(window.admit(0))).toEqual(["first"]);
    // Not before the slot counts as lost.
    expect(window.nextMs(0)).toBe(WIDE.maxHoldMs);
  });

  test("do not hold up what starts nothing", () => {
    const cheap = ticket("status", "d1", { isCheap: true });
    const window = windowWith({ perSecond: 1 }, ticket("a"), ticket("b"), cheap);
    expect(ids(window.admit(0))).toEqual(["a", "status"]);
  });
});

describe("a power group", () => {
  const rack1 = { groups: [{ name: "rack1", inFlight: 1 }] };
  const both = { groups: [...rack1.groups, { name: "room", inFlight: 2 }] };

  test("that is full lets others pass", () => {
    const window = windowWith(
      {},
      ticket("a", "d1", rack1),
      ticket("b", "d1", rack1),
      ticket("c"),
      ticket("d", "d2", rack1),
    );
    expect(ids(window.admit(0))).toEqual(["a", "c"]);
    window.leave("a");
    // The turn of the other lane.
    expect(ids(window.admit(1))).toEqual(["d"]);
    window.leave("d");
    expect(ids(window.admit(2))).toEqual(["b"]);
  });

  test("counts a machine that is in two of them in both", () => {
    const room = { groups: [{ name: "room", inFlight: 2 }] };
    const window = windowWith(
      {},
      ticket("a", "d1", both),
      ticket("b", "d1", room),
      ticket("c", "d1", room),
      ticket("d", "d1", rack1),
    );
    expect(ids(window.admit(0))).toEqual(["a", "b"]);
    window.leave("a");
    expect(ids(window.admit(1))).toEqual(["c", "d"]);
  });
});

const LIMITS = { inFlight: 4, perSecond: 3, maxHoldMs: 3_600_000 };
const step = fc.oneof(
  fc.record({ kind: fc.constant("ask" as const), lane: fc.nat(3), group: fc.option(fc.nat(2)) }),
  fc.record({ kind: fc.constant("leave" as const), which: fc.nat(50) }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(700) }),
);

/** A window, and what those who use it know of it. */
class Model {
  readonly window = new StartWindow(LIMITS);
  readonly waiting = new Map<string, Ticket>();
  readonly inside = new Map<string, Ticket>();
  readonly #startsMs: number[] = [];
  #asked = 0;
  #nowMs = 0;

  ask(lane: number, group: number | null): void {
    const groups = group === null ? [] : [{ name: `g${group}`, inFlight: 2 }];
    const asked = ticket(`n${this.#asked++}`, `d${lane}`, { groups });
    this.waiting.set(asked.id, asked);
    this.window.ask(asked);
  }

  leave(which: number): void {
    const all = [...this.waiting.keys(), ...this.inside.keys()];
    const id = all[which % Math.max(1, all.length)] ?? "nobody";
    this.waiting.delete(id);
    this.inside.delete(id);
    this.window.leave(id);
  }

  pass(ms: number): void {
    this.#nowMs += ms;
  }

  admit(): void {
    for (const one of this.window.admit(this.#nowMs)) {
      expect(this.waiting.delete(one.id)).toBe(true);
      this.inside.set(one.id, one);
      this.#startsMs.push(this.#nowMs);
    }
    expect(this.inside.size).toBeLessThanOrEqual(LIMITS.inFlight);
    const lastSecond = this.#startsMs.filter((ms) => ms > this.#nowMs - 1000);
    expect(lastSecond.length).toBeLessThanOrEqual(LIMITS.perSecond);
    const groups = [...this.inside.values()].flatMap(({ groups = [] }) => groups.map(({ name }) => name));
    for (const name of groups) expect(groups.filter((one) => one === name).length).toBeLessThanOrEqual(2);
    expect(this.window.state()).toMatchObject({ inFlight: this.inside.size, waiting: this.waiting.size });
  }

  /** Everybody who is inside gets through. */
  drain(): void {
    for (const id of [...this.inside.keys()]) this.window.leave(id);
    this.inside.clear();
    this.#nowMs = this.window.nextMs(this.#nowMs) ?? this.#nowMs + 1000;
    this.admit();
  }
}

test("whatever happens, no limit is passed, nobody is forgotten, and all slots are free in the end", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const model = new Model();
      for (const one of steps) {
        if (one.kind === "pass") model.pass(one.ms);
        else if (one.kind === "ask") model.ask(one.lane, one.group);
        else model.leave(one.which);
        model.admit();
      }
      for (let turn = 0; turn < 1000 && model.waiting.size + model.inside.size > 0; turn++) model.drain();
      expect(model.window.state()).toMatchObject({ inFlight: 0, waiting: 0, lanes: [] });
    }),
    { numRuns: 200 },
  );
});
