import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeFabric } from "#src/fabric/merge.ts";
import type { MergeInput } from "#src/fabric/merge_model.ts";
import { linksOfGraph, linksOfTruth, untruths } from "./fabric_truth.ts";
import {
  type FabricChoice,
  type FabricPlan,
  fabricPlans,
  type SwitchPlan,
  TrueFabric,
} from "./random_fabric.ts";

const { MERGE_RUNS = "200", MERGE_SEED = "1" } = process.env;
/** The same cases each time; more and others by hand. */
const runs = { numRuns: Number(MERGE_RUNS), seed: Number(MERGE_SEED) };
const check = (choice: FabricChoice, claim: (truth: TrueFabric) => void): void =>
  fc.assert(
    fc.property(fabricPlans(choice), (plan: FabricPlan) => claim(new TrueFabric(plan))),
    runs,
  );

describe("everything is known", () => {
  const isWhole = (truth: TrueFabric): void => {
    const fabric = mergeFabric(truth.scan());
    expect(linksOfGraph(truth, fabric)).toEqual(linksOfTruth(truth));
    expect(fabric.contradictions).toEqual([]);
    expect(fabric.attachments.map(({ mac, at }) => `${mac} ${at.port}`)).toEqual(
      truth.machines.map(({ mac, port }) => `${mac} ${port.name}`).sort(),
    );
    expect(untruths(truth, fabric)).toEqual([]);
  };
  const all = { kinds: ["read"], lostPercent: [0] } as const;

  test("by LLDP", () => check({ ...all, lldp: [true] }, isWhole));
  test("by the MAC addresses of the switches", () =>
    check({ ...all, lldp: [false], isVisible: [true] }, isWhole));
  test("by either", () => check({ ...all, isVisible: [true] }, isWhole));
});

test("nothing is made up, whatever is missing", () =>
  check({}, (truth) => {
    expect(untruths(truth, mergeFabric(truth.scan()))).toEqual([]);
  }));

test("machines are on their ports where the table of their switch has them", () =>
  check({ lostPercent: [0], isVisible: [true] }, (truth) => {
    const { attachments } = mergeFabric(truth.scan());
    for (const { mac, at, port } of truth.machines) {
      if (truth.switches[at]?.kind !== "read" || !isInTable(truth, at, mac)) continue;
      expect(attachments.find((one) => one.mac === mac)?.at.port).toBe(port.name);
    }
  }));

test("what switch and machine say of each other is certain, a stack one switch with its boxes", () =>
  check({ kinds: ["read"], lldp: [true] }, (truth) => {
    const { attachments, switches } = mergeFabric(truth.scan());
    for (const { mac, at } of truth.machines) {
      const speaks = truth.switches[at]?.machinesSpeak;
      const isCertain = attachments.find((one) => one.mac === mac)?.confidence === "certain";
      expect({ mac, isCertain }).toEqual({ mac, isCertain: speaks || isInTable(truth, at, mac) });
    }
    expect(switches.map(({ members }) => members.length)).toEqual(
      truth.switches.map(({ boxes }) => (boxes === 1 ? 0 : boxes)),
    );
  }));

const isInTable = (truth: TrueFabric, at: number, mac: string): boolean =>
  truth.learnedBy(at).some((row) => row.mac === mac);

test("by what nodes hear alone", () =>
  check({ kinds: ["silent"], lldp: [true], portIds: ["name", "description"] }, (truth) => {
    const fabric = mergeFabric({ ...truth.scan(), silent: [] });
    expect(fabric.attachments).toHaveLength(truth.machines.length);
    expect(untruths(truth, fabric)).toEqual([]);
  }));

test("the order of a scan does not matter", () =>
  fc.assert(
    fc.property(fabricPlans(), fc.nat(), (plan, seed) => {
      const scan = new TrueFabric(plan).scan();
      expect(mergeFabric(shuffled(scan, seed))).toEqual(mergeFabric(scan));
    }),
    runs,
  ));

test("a graph survives JSON unchanged", () =>
  check({}, (truth) => {
    const fabric = mergeFabric(truth.scan());
    expect(JSON.parse(JSON.stringify(fabric))).toStrictEqual(fabric);
  }));

test("with four rows of ten missing and no LLDP, three links of four are found", () => {
  const choice = { kinds: ["read"], lldp: [false], isVisible: [true], lostPercent: [40] } as const;
  let [found, all] = [0, 0];
  for (const plan of fc.sample(fabricPlans(choice), { numRuns: 300, seed: 1 })) {
    const truth = new TrueFabric(plan);
    const links = new Set(linksOfGraph(truth, mergeFabric(truth.scan())));
    found += linksOfTruth(truth).filter((link) => links.has(link)).length;
    all += linksOfTruth(truth).length;
  }
  expect(found / all).toBeGreaterThan(0.75);
});

test("one row of a hundred may be stale", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const next = numbers(seed);
    const truth = new TrueFabric({
      switches: Array.from({ length: 12 }, () => quietSwitch(next())),
      lostPercent: 5,
      seed,
    });
    const { readings, ...rest } = truth.scan();
    const stale = readings.map((one) => ({
      ...one,
      learned: one.learned.map((row) => {
        const { ifIndex } = one.ports[next() % one.ports.length] ?? row;
        return next() % 1000 < 10 ? { ...row, ifIndex } : row;
      }),
    }));
    // A machine that seems to be on the port of another one puts a switch there; that is not for here.
    const links = linksOfGraph(truth, mergeFabric({ ...rest, readings: stale }));
    expect(links.filter((link) => !link.includes("undefined"))).toEqual(linksOfTruth(truth));
  }
});

const quietSwitch = (choice: number): SwitchPlan => ({
  kind: "read",
  lldp: false,
  isVisible: choice % 10 < 7,
  parent: choice,
  width: 1,
  portIds: "name",
  machines: Array.from({ length: 12 }, () => 1),
  machinesSpeak: false,
  boxes: 1,
});

/** The same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

function shuffled(scan: MergeInput, seed: number): MergeInput {
  const next = numbers(seed);
  const mix = <T>(list: readonly T[]): readonly T[] =>
    list
      .map((one) => ({ one, at: next() }))
      .sort((left, right) => left.at - right.at)
      .map(({ one }) => one);
  return {
    readings: mix(scan.readings).map((one) => ({
      ...one,
      neighbours: mix(one.neighbours),
      learned: mix(one.learned),
      ports: mix(one.ports),
      lags: mix(one.lags),
      ownMacs: mix(one.ownMacs),
    })),
    heard: mix(scan.heard),
    silent: mix(scan.silent),
    endpoints: mix(scan.endpoints),
  };
}
