/** `brigade simulate`: options to a scenario, its result to what people read. */
import {
  readCount,
  readFaults,
  readRateMbit,
  readSize,
  ScenarioFault,
} from "#src/broadcast/simulation/read_scenario.ts";
import { dealtFabric, idealMs, type Scenario } from "#src/broadcast/simulation/scenario.ts";
import { type SimulationResult, simulate } from "#src/broadcast/simulation/simulate.ts";
import type { SimulationEvent } from "#src/broadcast/simulation/stage.ts";
import { eventOf } from "#src/broadcast/translate.ts";
import type { Simulate, SimulateOptions, SimulationView } from "#src/cli/simulate_command.ts";
import { describeEvent } from "#src/events/event.ts";
import { unreachable } from "#src/value/unreachable.ts";
import { writtenNetwork } from "./written_network.ts";

/** Pieces that the image is followed in: fewer for many nodes, so that a run stays short. */
const BLOCKS = 200;
const MANY_NODES = 2000;
const LATENCY_MS = 0.1;

export const simulateHere: Simulate = async (raw) => {
  try {
    const { scenario, switches } = scenarioOf(raw);
    return viewOf(scenario, switches, simulate(scenario));
  } catch (fault) {
    if (!(fault instanceof ScenarioFault)) throw fault;
    return { refused: fault.message };
  }
};

type Made = { readonly scenario: Scenario; readonly switches: number };

function scenarioOf(raw: SimulateOptions): Made {
  const made = dealtScenario(raw);
  return raw.cabling === undefined ? made : onCabling(made, raw);
}

/** The network of a file in the place of one that is dealt out. */
function onCabling({ scenario }: Made, { cabling = "", uplink, source }: SimulateOptions): Made {
  const usual = { linkMbit: scenario.linkMbit, uplinkMbit: readRateMbit(uplink, "uplink") };
  const { nodes, plan, known, sourceMbit } = writtenNetwork(cabling, {
    ...usual,
    sourceMbit: source === undefined ? undefined : scenario.sourceMbit,
  });
  const linkMbit = Math.max(...known.linkMbit);
  return {
    scenario: { ...scenario, nodes, known, linkMbit, fabric: plan, sourceMbit: sourceMbit ?? linkMbit },
    switches: plan.switches.length,
  };
}

function dealtScenario(raw: SimulateOptions): Made {
  const nodes = readCount(raw.nodes, "nodes", { min: 1, max: 100_000 });
  const switches = readCount(raw.switches, "switches", { min: 0, max: 10_000 });
  const linkMbit = readRateMbit(raw.link, "link");
  const imageBytes = readSize(raw.image, "image");
  if (raw.order !== "fabric" && raw.order !== "name")
    throw new ScenarioFault(`Cannot use --order ${raw.order}: wants fabric or name`);
  const scenario: Scenario = {
    ...{ nodes, linkMbit, imageBytes, latencyMs: LATENCY_MS },
    fabric: dealtFabric(nodes, switches, readRateMbit(raw.uplink, "uplink")),
    sourceMbit: raw.source === undefined ? linkMbit : readRateMbit(raw.source, "source"),
    diskMbit: raw.disk === undefined ? Number.POSITIVE_INFINITY : readRateMbit(raw.disk, "disk"),
    memoryBytes: raw.memory === undefined ? 2 * imageBytes : readSize(raw.memory, "memory"),
    joinMs: readCount(raw.spread, "spread", { min: 0, max: 3_600_000 }),
    isFabricKnown: raw.order === "fabric",
    faults: readFaults(raw.faults),
    seed: readCount(raw.seed, "seed", { min: 0, max: 999_999_999 }),
    blocks: nodes > MANY_NODES ? BLOCKS / 2 : BLOCKS,
  };
  return { scenario, switches: switches <= 1 ? 1 : switches + 1 };
}

function viewOf(scenario: Scenario, switches: number, result: SimulationResult): SimulationView {
  const { events, afflicted, ...rest } = result;
  const late = afflicted.flatMap((node) => {
    const tookMs = result.finishedMs.get(node);
    return tookMs === undefined ? [] : [{ node, tookMs }];
  });
  const { nodes, tookMs, efficiency, joinedMs, copiesSent, finished, unfinished, lost, slow, switchLinks } =
    rest;
  return {
    ...{ nodes, switches, imageBytes: scenario.imageBytes, idealMs: idealMs(scenario), tookMs, efficiency },
    ...{ joinedMs, copiesSent, finished, unfinished, lost, slow, switchLinks, late },
    events: events.map(({ atMs, event }) => ({ atMs, text: sentence(event) })),
  };
}

function sentence(event: SimulationEvent["event"]): string {
  switch (event.kind) {
    case "fault":
      return `${event.node}: ${event.what}`;
    case "badBlock":
      return `${event.node}: what came from ${event.from} was damaged`;
    case "slow":
    case "distrusted":
    case "leftUpstream":
      return describeEvent(eventOf("", event)).trim();
    default:
      return unreachable(event);
  }
}
