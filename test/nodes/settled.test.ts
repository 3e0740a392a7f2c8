/** The command that a finding names settles it, whatever else is found. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Finding, findingKey } from "#src/nodes/finding.ts";
import { judgeIdentities } from "#src/nodes/identity_judge.ts";
import type { Node } from "#src/nodes/node.ts";
import { planAccept } from "#src/nodes/node_accept.ts";
import type { MachineSaid, NodeIdentity } from "#src/nodes/node_identity.ts";
import { NodeIndex } from "#src/nodes/node_index.ts";
import { planMerge, planReplace, planSplit, planSwap } from "#src/nodes/node_merge.ts";
import type { MakePlan } from "#src/nodes/node_plan.ts";
import type { Origins } from "#src/nodes/node_store.ts";
import type { Place, SeenPlaces } from "#src/nodes/place.ts";
import type { Mac } from "#src/value/mac.ts";
import { mac, port, uuid } from "./judged.ts";

const RULES = { whyNotAddress: () => undefined, whyNotOption: () => undefined, isGroup: () => true };

type World = {
  readonly nodes: readonly Node[];
  readonly said: ReadonlyMap<string, MachineSaid>;
  readonly places: SeenPlaces;
};

const judged = ({ nodes, said, places }: World): readonly Finding[] =>
  judgeIdentities({ nodes, saidOf: (name) => said.get(name), places }).findings;

/** What `settleCommand` says, as a plan; `undefined` for what is only accepted as it is. */
function settling(
  finding: Finding,
  { said, places }: World,
  findings: readonly Finding[],
): MakePlan | undefined {
  switch (finding.kind) {
    case "secondCard":
      return planMerge(finding.node, finding.other, true);
    case "cardMoved":
      return finding.hasMore
        ? planSplit(finding.node, [finding.mac], { kind: "existing", node: finding.other })
        : planMerge(finding.other, finding.node, true);
    case "cardsSwapped":
      return planSwap(finding.node, finding.other);
    case "newcomer":
      return planReplace(finding.node, finding.other, false);
    case "boardChanged":
    case "moved":
      return planAccept([finding.node], { findings, saidOf: (name) => said.get(name), places });
    case "cablesSwapped":
      return planAccept([finding.node, finding.other], {
        findings,
        saidOf: (name) => said.get(name),
        places,
      });
    default:
      return undefined;
  }
}

function after(world: World, make: MakePlan): World | undefined {
  const index = new NodeIndex(world.nodes);
  const plan = make({ index, rules: RULES });
  if (!plan.ok) return undefined;
  for (const name of plan.remove) index.drop(name);
  for (const node of plan.put) index.hold(node);
  return { ...world, nodes: index.all(), said: saidAfter(world.said, plan.remove, plan.origins) };
}

/** As inventories go along with their machines. */
function saidAfter(
  said: World["said"],
  remove: readonly string[],
  origins: Origins,
): ReadonlyMap<string, MachineSaid> {
  const now = new Map(said);
  for (const name of [...remove, ...origins.keys()]) now.delete(name);
  for (const [name, from] of origins) {
    const words = from.flatMap((one) => said.get(one) ?? [])[0];
    if (words) now.set(name, words);
  }
  return now;
}

const number = fc.integer({ min: 1, max: 4 });
const anyMachine = fc.record({
  status: fc.constantFrom("registered" as const, "discovered" as const),
  serial: fc.option(fc.constantFrom("SN-0001", "SN-0002", "SN-0003"), { nil: undefined }),
  expected: fc.option(number, { nil: undefined }),
  now: fc.option(number, { nil: undefined }),
  said: fc.option(
    fc.record({
      serial: fc.constantFrom("", "SN-0001", "SN-0002", "SN-0003", "SN-0009"),
      uuid: fc.constantFrom("", uuid("1"), uuid("2")),
      listed: fc.array(number, { maxLength: 2 }),
      order: fc.integer({ min: 1, max: 9 }),
    }),
    { nil: undefined },
  ),
});

const anyWorld: fc.Arbitrary<World> = fc.array(anyMachine, { minLength: 1, maxLength: 4 }).map((machines) => {
  const places = new Map<Mac, readonly Place[]>();
  const said = new Map<string, MachineSaid>();
  const nodes = machines.map((machine, index): Node => {
    const own = mac(index + 1);
    const name = `${machine.status === "registered" ? "n" : "d"}${index + 1}`;
    if (machine.now !== undefined) places.set(own, [port(machine.now)]);
    // Nobody lets an agent of a discovered machine in.
    if (machine.said && machine.status === "registered") {
      const { serial, uuid: words, listed, order } = machine.said;
      said.set(name, { serial, uuid: words, order, macs: [own, ...listed.map(mac)] });
    }
    const identity: NodeIdentity = {
      serial: machine.status === "registered" ? machine.serial : undefined,
      uuid: undefined,
      places: machine.expected === undefined ? undefined : { [own]: port(machine.expected) },
    };
    return { name, macs: [own], status: machine.status, kernelArguments: [], identity };
  });
  return {
    nodes,
    said,
    places: {
      placesOf: (one) => places.get(one) ?? [],
      hasLeft: () => true,
      askedAtMs: () => 0,
      isWhole: () => true,
    },
  };
});

test("each finding is over when what it names was done, and no card is lost or with two nodes", () => {
  const kinds = new Set<Finding["kind"]>();
  fc.assert(
    fc.property(anyWorld, (world) => {
      const findings = judged(world);
      for (const finding of findings) {
        const make = settling(finding, world, findings);
        const then = make && after(world, make);
        if (!then) continue;
        kinds.add(finding.kind);
        expect(judged(then).map(findingKey)).not.toContain(findingKey(finding));
        const cards = then.nodes.flatMap(({ macs }) => macs).sort();
        expect(cards).toEqual(world.nodes.flatMap(({ macs }) => macs).sort());
      }
    }),
    { numRuns: 3000 },
  );
  expect([...kinds].sort()).toEqual([
    ...["boardChanged", "cablesSwapped", "cardMoved", "cardsSwapped", "moved", "newcomer", "secondCard"],
  ]);
});
