/** The coordinator against random fabrics and faults, in virtual time. BRIGADE_SIMULATIONS: how many of each. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FabricPlan } from "#src/broadcast/simulation/fabric.ts";
import { readFaults } from "#src/broadcast/simulation/read_scenario.ts";
import { dealtFabric, type Fault, idealMs, type Scenario } from "#src/broadcast/simulation/scenario.ts";
import { type SimulationResult, simulate } from "#src/broadcast/simulation/simulate.ts";

const numRuns = Number(process.env["BRIGADE_SIMULATIONS"] ?? 60);
const IMAGE_BYTES = 1e9;

function scenario(changes: Partial<Scenario> & { readonly nodes: number }): Scenario {
  return {
    ...{ fabric: dealtFabric(changes.nodes, 1, 10_000), linkMbit: 1000, sourceMbit: 1000 },
    ...{ diskMbit: Number.POSITIVE_INFINITY, imageBytes: IMAGE_BYTES, memoryBytes: 2 * IMAGE_BYTES },
    ...{ latencyMs: 0.1, joinMs: 300, isFabricKnown: true, faults: [], seed: 1, blocks: 60 },
    ...changes,
  };
}

/** Any tree of switches, with nodes anywhere. */
const anyFabric: fc.Arbitrary<FabricPlan> = fc
  .integer({ min: 1, max: 8 })
  .chain((switches) =>
    fc.record({
      above: fc.tuple(...Array.from({ length: switches }, (_, at) => fc.nat({ max: Math.max(0, at - 1) }))),
      switchOf: fc.array(fc.nat({ max: switches - 1 }), { minLength: 1, maxLength: 40 }),
    }),
  )
  .map(({ above, switchOf }) => ({
    switches: above.map((up, at) => ({ above: at === 0 ? -1 : up, uplinkMbit: 10_000 })),
    switchOf,
  }));

const KINDS = [
  ...["kill:1", "kill:3", "off:1", "stop:1", "stop:1:1", "stop:1:4", "stop:1:9", "down:1", "down:1:3"],
  ...["down:1:8", "flap:1", "slow:1:0.2", "disk:1:0.2", "flip:1:0.2", "late:3", "restart:2", "reboot:1:2"],
];
/** The appliance is started again and again while nodes are away. */
const AWAY_KINDS = [
  ...["stop:1:1", "stop:2:4", "stop:1:9", "down:1:3", "down:2:8", "restart:1", "restart:2", "restart:4"],
  ...["reboot:1:2", "reboot:1:1", "kill:1", "late:2"],
];
const faultsOf = (kinds: readonly string[], maxLength: number): fc.Arbitrary<readonly Fault[]> =>
  fc
    .array(fc.record({ kind: fc.constantFrom(...kinds), percent: fc.integer({ min: 0, max: 110 }) }), {
      minLength: 1,
      maxLength,
    })
    .map((all) => all.flatMap(({ kind, percent }) => readFaults(`${kind}@${percent}%`)));

const anyScenario = fc.record({
  fabric: anyFabric,
  seed: fc.nat(),
  joinMs: fc.constantFrom(0, 20, 50),
  isFabricKnown: fc.boolean(),
});

const worst = ({ switchLinks }: SimulationResult): number =>
  Math.max(0, ...switchLinks.map(({ images }) => images));

describe("while nothing fails", () => {
  test("all get the image, each link between switches carries it once, and it leaves the appliance once", () => {
    fc.assert(
      fc.property(anyScenario, ({ fabric, ...rest }) => {
        const result = simulate(
          scenario({ nodes: fabric.switchOf.length, fabric, ...rest, isFabricKnown: true }),
        );
        expect(result).toMatchObject({ unfinished: [], rings: [], slow: [] });
        expect(result.finished).toBe(fabric.switchOf.length);
        expect(result.copiesSent).toBeLessThan(1.1);
        expect(worst(result)).toBeLessThan(1.1);
        expect(result.tookMs).toBeLessThan(1.05 * idealMs(scenario({ nodes: 1 })) + rest.joinMs + 200);
      }),
      { numRuns },
    );
  });

  test.each([
    { nodes: 8, sourceMbit: 1000, copies: 1 },
    { nodes: 40, sourceMbit: 2500, copies: 2 },
    { nodes: 40, sourceMbit: 40_000, copies: 4 },
  ])("$nodes nodes take $copies images from an appliance with $sourceMbit Mbit/s", ({ copies, ...rest }) => {
    const result = simulate(scenario(rest));
    expect(result.copiesSent).toBeCloseTo(copies, 1);
    expect(result.efficiency).toBeGreaterThan(0.9);
  });

  test("128 nodes take hardly longer than 8, and 200 have joined within a second", () => {
    const times = [8, 128].map((nodes) => simulate(scenario({ nodes, joinMs: 50 })).tookMs);
    expect((times[1] ?? 0) / (times[0] ?? 1)).toBeLessThan(1.05);
    expect(simulate(scenario({ nodes: 200, joinMs: 0, latencyMs: 20 })).joinedMs).toBeLessThan(1000);
  });
});

describe("whatever fails", () => {
  test.each([
    { what: "whatever it is", faults: faultsOf(KINDS, 5) },
    {
      what: "also when the appliance is started again while nodes are away",
      faults: faultsOf(AWAY_KINDS, 9),
    },
  ])(
    "everyone who stays alive ends with the whole image, and nobody ever feeds itself: $what",
    ({ faults: anyFaults }) => {
      fc.assert(
        fc.property(
          anyScenario,
          fc.constantFrom(0, 50, 1000, 6000),
          anyFaults,
          ({ fabric, ...rest }, joinMs, faults) => {
            const result = simulate(
              scenario({ nodes: fabric.switchOf.length, fabric, ...rest, joinMs, faults }),
            );
            expect(result.unfinished).toEqual([]);
            expect(result.rings).toEqual([]);
          },
        ),
        { numRuns },
      );
    },
  );
});

describe("a node that is slow", () => {
  /** 32 nodes, 40 Mbit/s, 30 MB: what the bench does to real agents. */
  const small = (faults: string, seed: number): Scenario =>
    scenario({
      ...{ nodes: 32, linkMbit: 40, sourceMbit: 40, imageBytes: 30e6, memoryBytes: 60e6, blocks: 300 },
      ...{ joinMs: 0, faults: readFaults(faults), seed },
    });

  test("by its link costs the others at most 5 %, from whenever on, unless it is the first", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 2, max: 32 }),
        fc.integer({ min: 5, max: 90 }),
        (seed, node, at) => {
          const result = simulate(small(`slow:node${node}:0.2@${at}%`, seed));
          expect(result.tookMs).toBeLessThan(1.05 * simulate(small("", seed)).tookMs);
          expect(result.slow.filter((name) => name !== `node${node}`)).toEqual([]);
          expect(result.copiesSent).toBeLessThan(1.1);
        },
      ),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  test.each(["stop:1@30%", "down:1@30%", "flap:1@30%", "off:1@30%"])(
    "is nobody when one falls silent and whoever it fed goes elsewhere, with much to catch up: %s",
    (fault) => {
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const result = simulate(small(fault, seed));
          expect(result.slow.filter((name) => !result.afflicted.includes(name))).toEqual([]);
          expect(result.tookMs).toBeLessThan(simulate(small("", seed)).tookMs + 4000);
        }),
        { numRuns: Math.ceil(numRuns / 3) },
      );
    },
  );

  test("is nobody among virtual machines whose kernels wait for the processor, now and then, up to 0.3 s", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(2, 4, 8, 32), (seed, nodes) => {
        const faults = readFaults(`starve:${nodes}:0.3@1%`);
        const result = simulate({ ...small("", seed), nodes, fabric: dealtFabric(nodes, 1, 10_000), faults });
        expect(result).toMatchObject({ slow: [], rings: [], unfinished: [] });
        expect(result.copiesSent).toBeLessThan(1.1);
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });

  test("is nobody when all wait for the processor now and then, up to 0.2 s", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.01, max: 0.2, noNaN: true }), (seed, sec) => {
        const result = simulate(
          scenario({
            nodes: 32,
            blocks: 120,
            joinMs: 50,
            seed,
            faults: readFaults(`hiccup:32:${sec.toFixed(3)}@1%`),
          }),
        );
        expect(result).toMatchObject({ slow: [], rings: [], unfinished: [] });
        expect(result.copiesSent).toBeLessThan(1.1);
      }),
      { numRuns: Math.ceil(numRuns / 3) },
    );
  });
});
