/** A network out of a cabling file, for a simulation. */
import { readFileSync } from "node:fs";
import type { FabricPlan, SwitchPlan } from "#src/broadcast/simulation/fabric.ts";
import { ScenarioFault } from "#src/broadcast/simulation/read_scenario.ts";
import type { Scenario } from "#src/broadcast/simulation/scenario.ts";
import { describeCablingProblem, readCabling } from "#src/fabric/cabling.ts";
import { fabricOf } from "#src/fabric/cabling_fabric.ts";
import { APPLIANCE } from "#src/fabric/fabric_messages.ts";
import { chainOrder } from "#src/fabric/order.ts";
import type { ChainOrder, SwitchVisit } from "#src/fabric/order_types.ts";
import { placesOf } from "./fabric_order.ts";

/** For what has no speed in the file, in Mbit/s. */
export type UsualSpeeds = {
  readonly linkMbit: number;
  readonly uplinkMbit: number;
  readonly sourceMbit: number | undefined;
};

export type WrittenNetwork = {
  readonly nodes: number;
  readonly plan: FabricPlan;
  readonly known: NonNullable<Scenario["known"]>;
  /** Undefined: nobody says. */
  readonly sourceMbit: number | undefined;
};

/** @throws {ScenarioFault} with every problem of the file */
export function writtenNetwork(path: string, usual: UsualSpeeds): WrittenNetwork {
  const read = readCabling(textOf(path));
  if (!read.ok)
    throw new ScenarioFault(read.problems.map((one) => describeCablingProblem(path, one)).join("; "));
  const fabric = fabricOf(read.cabling);
  const speeds = new Map(read.cabling.nodes.map(({ node, speedMbit }) => [node, speedMbit]));
  const names = [...speeds.keys()].filter((node) => node !== APPLIANCE);
  if (names.length === 0) throw new ScenarioFault(`Cannot use --cabling ${path}: wants nodes`);
  const sourceMbit = usual.sourceMbit ?? speeds.get(APPLIANCE);
  const linkMbitOf = (node: string): number => speeds.get(node) ?? usual.linkMbit;
  const order = chainOrder(fabric, { appliance: APPLIANCE, nodes: names, linkMbitOf, sourceMbit });
  const plan = planOf(order, usual.uplinkMbit);
  const inOrder = order.nodes.map(({ node }) => node);
  const known = { names: inOrder, linkMbit: inOrder.map(linkMbitOf), order: placesOf(order) };
  return { nodes: inOrder.length, plan, known, sourceMbit };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (fault) {
    throw new ScenarioFault(
      `Cannot use --cabling ${path}: ${fault instanceof Error ? fault.message : fault}`,
    );
  }
}

/** The switches as the walk comes to them. Islands hang on the appliance's switch, for something leads to them. */
function planOf({ nodes, explanation: { visits } }: ChainOrder, uplinkMbit: number): FabricPlan {
  const numbers = new Map(visits.map((visit, number) => [visit.switch, number]));
  const switches = visits.map((visit, number): SwitchPlan => {
    if (number === 0) return { above: -1, uplinkMbit: Number.POSITIVE_INFINITY };
    const above = numbers.get(visit.link?.ends[0].switch ?? "") ?? 0;
    return { above, uplinkMbit: speedOf(visit) ?? uplinkMbit };
  });
  return { switches, switchOf: nodes.map(({ at }) => numbers.get(at?.switch ?? "") ?? 0) };
}

const speedOf = ({ link }: SwitchVisit): number | undefined => link?.speedMbit;
