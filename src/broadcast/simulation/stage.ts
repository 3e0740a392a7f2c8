/** One simulation while it runs: who is there, and what became of them. Pure. */
import type { Finding } from "../decision.ts";
import type { World } from "./machine.ts";
import type { Scenario } from "./scenario.ts";
import type { SimAppliance } from "./sim_appliance.ts";
import type { SimNode } from "./sim_node.ts";
import type { VirtualTime } from "./virtual_time.ts";

export type SimulationEvent = {
  readonly atMs: number;
  readonly event:
    | Finding
    | { readonly kind: "fault"; readonly what: string; readonly node: string }
    | { readonly kind: "badBlock"; readonly node: string; readonly from: string };
};

export type Stage = {
  readonly scenario: Scenario;
  readonly world: World;
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly nodes: readonly SimNode[];
  readonly appliance: SimAppliance;
  /** Have not all of the image yet. */
  readonly open: Set<SimNode>;
  /** Are not waited for. */
  readonly givenUp: Set<SimNode>;
  /** Join later than the others, and the time of that. */
  readonly late: Map<SimNode, number>;
  readonly joinedMs: Map<SimNode, number>;
  /** Have a fault of their own. */
  readonly afflicted: Set<SimNode>;
  readonly say: (event: SimulationEvent["event"]) => void;
};
