/** What a scan of the rig has to find. */
import type { Confidence } from "#src/fabric/graph.ts";
import type { FabricView } from "./fabric_view.ts";
import { linkLine } from "./fabric_view.ts";
import {
  APPLIANCE,
  HOSTS,
  portName,
  type Socket,
  SWITCHES,
  speedOf,
  switchPlan,
  UPLINKS,
} from "./rig_plan.ts";
import type { RigWire } from "./rig_wire.ts";

export type TruthOptions = {
  /** Hosts that say where they are, over LLDP; MAC tables tell of the others. */
  readonly confidenceOf?: (host: string) => Confidence;
};

const place = ({ switch: name, port }: Socket): string => `${name} ${portName(switchPlan(name), port)}`;

/** Everything was read and agrees. */
export function rigTruth(wire: RigWire, { confidenceOf = () => "inferred" }: TruthOptions = {}): FabricView {
  return {
    switches: SWITCHES.map(({ name }) => `${name} read`).sort(),
    links: UPLINKS.map(({ core, edge }) =>
      linkLine([place(core), place(edge)], "certain", speedOf(switchPlan(core.switch), core.port)),
    ).sort(),
    machines: [APPLIANCE, ...HOSTS]
      .map(({ name }) => {
        const at = wire.placeOf(name);
        return `${name} ${place(at)} ${confidenceOf(name)} ${speedOf(switchPlan(at.switch), at.port)}`;
      })
      .sort(),
    strangers: [],
    contradictions: [],
  };
}

/** What hosts hear by themselves: the switch that they are on, and nothing beyond. */
export const heardTruth = (wire: RigWire, switches: readonly string[]): FabricView => ({
  switches: switches.map((name) => `${name} seen`).sort(),
  links: [],
  machines: HOSTS.map(({ name }) => `${name} ${place(wire.placeOf(name))} likely undefined`).sort(),
  strangers: [],
  contradictions: [],
});
