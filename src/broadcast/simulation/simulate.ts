/**
 * Runs the real coordinator against nodes, cables and faults that are not
 * there, in virtual time. The same scenario and seed give the same result.
 *
 * Pure.
 */
import { orderByName } from "../order.ts";
import { Fabric, newLink } from "./fabric.ts";
import { plague } from "./faults.ts";
import { Machine, type World } from "./machine.ts";
import { idealMs, type Scenario } from "./scenario.ts";
import { SimAppliance } from "./sim_appliance.ts";
import { SimNode } from "./sim_node.ts";
import type { SimulationEvent, Stage } from "./stage.ts";
import { randomFrom, VirtualTime } from "./virtual_time.ts";

export type SimulationResult = {
  readonly nodes: number;
  /** From the first join until the last node that is not late and has no fault has all of it on its disk. */
  readonly tookMs: number;
  /** What one node alone would take over the slower of its own and the appliance's link, by what all took. */
  readonly efficiency: number;
  /** From the first join until all that are not late take part. */
  readonly joinedMs: number;
  /** Images that left the appliance. */
  readonly copiesSent: number;
  /** Images over the busiest direction of each cable between switches. */
  readonly switchLinks: readonly { readonly name: string; readonly bytes: number; readonly images: number }[];
  readonly finished: number;
  /** Nodes that are alive and have not all of the image. Never any, unless time ran out. */
  readonly unfinished: readonly string[];
  /** Dead, off, or away for good. */
  readonly lost: readonly string[];
  /** When each node had all of it, since it joined. */
  readonly finishedMs: ReadonlyMap<string, number>;
  readonly slow: readonly string[];
  /** Nodes that are late or have a fault of their own. */
  readonly afflicted: readonly string[];
  /** Nodes that were found to feed themselves. Never any. */
  readonly rings: readonly string[];
  readonly events: readonly SimulationEvent[];
};

/** Nobody waits for ever: this many times what it takes when all is well, and two minutes. */
const LIMIT_TIMES = 60;
const LIMIT_MS = 120_000;

export function simulate(scenario: Scenario): SimulationResult {
  const rings: string[] = [];
  const events: SimulationEvent[] = [];
  const stage = build(scenario, { events, rings });
  plague(stage);
  joinAll(stage);
  const { time, nodes, open, joinedMs } = stage;
  time.run(
    () => open.size === 0 && joinedMs.size === nodes.length,
    LIMIT_TIMES * idealMs(scenario) + LIMIT_MS,
  );
  return conclude(stage, { events, rings });
}

type Notes = { readonly events: SimulationEvent[]; readonly rings: string[] };

function build(scenario: Scenario, { events, rings }: Notes): Stage {
  const time = new VirtualTime();
  const random = randomFrom(scenario.seed);
  const fabric = new Fabric(scenario.fabric);
  const machines = new Map<string, Machine>();
  const world: World = {
    ...{ time, random, fabric, blocks: scenario.blocks, latencyMs: scenario.latencyMs },
    blockBytes: scenario.imageBytes / scenario.blocks,
    machineAt: (endpoint) => machines.get(endpoint),
    onRing: (node) => void rings.push(node),
  };
  const say = (event: SimulationEvent["event"]): void => void events.push({ atMs: time.nowMs, event });
  const egress = newLink("appliance", scenario.sourceMbit);
  const source = new Machine(world, { name: "appliance", endpoint: "appliance", switchAt: 0, egress });
  source.serves = true;
  source.have = scenario.blocks;
  machines.set(source.endpoint, source);
  const names = scenario.known?.names ?? Array.from({ length: scenario.nodes }, (_, at) => `node${at + 1}`);
  const places = new Map(names.map((name, at) => [name, fabric.placeOf(at)]));
  const order = scenario.isFabricKnown
    ? (scenario.known?.order ?? {
        placeOf: (name: string) => places.get(name) ?? fabric.placeOf(0),
        count: names.length,
      })
    : orderByName(names);
  const { sourceMbit, linkMbit } = scenario;
  const appliance = new SimAppliance({ world, source, order, sourceMbit, linkMbit, onFinding: say });
  const open = new Set<SimNode>();
  const nodes = names.map((name, at) => buildNode({ scenario, world, appliance, say, open }, name, at));
  for (const node of nodes) open.add(node);
  for (const node of nodes) machines.set(node.endpoint, node);
  const stage: Stage = {
    ...{ scenario, world, time, random, nodes, open, appliance, say },
    ...{ givenUp: new Set(), late: new Map(), joinedMs: new Map(), afflicted: new Set() },
  };
  return stage;
}

function buildNode(
  { scenario, world, appliance, say, open }: Pick<Stage, "scenario" | "world" | "appliance" | "say" | "open">,
  name: string,
  at: number,
): SimNode {
  const { known, diskMbit, memoryBytes, fabric } = scenario;
  const linkMbit = known?.linkMbit[at] ?? scenario.linkMbit;
  const node: SimNode = new SimNode(
    world,
    {
      ...{ name, endpoint: `${name}:7801`, switchAt: fabric.switchOf[at] ?? 0 },
      egress: newLink(`${name} out`, linkMbit),
      ingress: newLink(`${name} in`, linkMbit),
      diskBytesPerMs: (diskMbit * 1e6) / 8000,
      memoryBlocks: Math.max(2, Math.floor(memoryBytes / world.blockBytes)),
    },
    {
      onDone: () => {
        open.delete(node);
        appliance.done(node);
      },
      onNews: () => appliance.news(node),
      onBadBlock: (_, upstream) => {
        say({ kind: "badBlock", node: name, from: upstream });
        appliance.badBlock(node, upstream);
      },
    },
  );
  return node;
}

function joinAll({ nodes, late, random, scenario, time, appliance, joinedMs }: Stage): void {
  for (const node of nodes) {
    time.at(late.get(node) ?? random() * scenario.joinMs, () => {
      joinedMs.set(node, time.nowMs);
      if (node.isReachable && !appliance.knows(node)) appliance.join(node);
    });
  }
}

function conclude(stage: Stage, { events, rings }: Notes): SimulationResult {
  const { nodes, givenUp, late, afflicted, scenario, world, joinedMs } = stage;
  const done = nodes.filter((node) => node.doneMs !== undefined);
  const slow = events.flatMap(({ event }) => (event.kind === "slow" ? [event.node] : []));
  const onTime = done.filter((node) => !late.has(node) && !afflicted.has(node));
  const tookMs = Math.max(0, ...onTime.map(({ doneMs = 0 }) => doneMs));
  const starts = nodes.filter((node) => !late.has(node)).flatMap(({ servesSinceMs }) => servesSinceMs ?? []);
  const { imageBytes } = scenario;
  const links = [...world.fabric.up.slice(1), ...world.fabric.down.slice(1)];
  return {
    nodes: nodes.length,
    tookMs,
    efficiency: tookMs > 0 ? idealMs(scenario) / tookMs : 0,
    joinedMs: Math.max(0, ...starts),
    copiesSent: (world.machineAt("appliance")?.egress.carriedBytes ?? 0) / imageBytes,
    switchLinks: links.map(({ name, carriedBytes }) => ({
      ...{ name, bytes: Math.round(carriedBytes), images: carriedBytes / imageBytes },
    })),
    finished: done.length,
    unfinished: nodes
      .filter((node) => node.doneMs === undefined && !givenUp.has(node))
      .map(({ name }) => name),
    lost: [...givenUp].map(({ name }) => name),
    finishedMs: new Map(done.map((node) => [node.name, (node.doneMs ?? 0) - (joinedMs.get(node) ?? 0)])),
    afflicted: nodes.filter((node) => late.has(node) || afflicted.has(node)).map(({ name }) => name),
    ...{ slow: [...new Set(slow)], rings, events },
  };
}
