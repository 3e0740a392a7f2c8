/** What is simulated: machines, cables, image, and what goes wrong when. Pure. */
import type { Order } from "../order.ts";
import type { FabricPlan } from "./fabric.ts";

/** Which nodes: some number of them, chosen by the seed, or one by its name. */
export type Target = { readonly count: number } | { readonly node: string };

/** Rates are shares of what the node has when it is well. */
export type FaultKind =
  | { readonly kind: "kill" | "off" }
  | { readonly kind: "stop" | "down"; readonly forMs: number | undefined }
  | { readonly kind: "reboot" | "hiccup" | "starve"; readonly forMs: number }
  | { readonly kind: "flap"; readonly times: number }
  | { readonly kind: "slow" | "disk" | "flip"; readonly share: number }
  | { readonly kind: "late" }
  | { readonly kind: "restart"; readonly forMs: number };

export type Fault = FaultKind & {
  readonly target: Target;
  /** Share of the time that the broadcast takes when all is well, or milliseconds; chosen by the seed when not said. */
  readonly at: { readonly share: number } | { readonly ms: number } | undefined;
};

export type Scenario = {
  readonly nodes: number;
  readonly fabric: FabricPlan;
  readonly linkMbit: number;
  /** Nodes that have names and links of their own, by number, and where they stand; else `node1` on, as the plan has them. */
  readonly known?:
    | { readonly names: readonly string[]; readonly linkMbit: readonly number[]; readonly order: Order }
    | undefined;
  readonly sourceMbit: number;
  /** Infinity: as fast as anything can come. */
  readonly diskMbit: number;
  readonly imageBytes: number;
  /** What each node keeps of the image. */
  readonly memoryBytes: number;
  readonly latencyMs: number;
  /** Within which all join that are not late. */
  readonly joinMs: number;
  /** False: the coordinator knows names only. */
  readonly isFabricKnown: boolean;
  readonly faults: readonly Fault[];
  readonly seed: number;
  /** Checks after each change that nobody feeds itself; costs time with thousands of nodes. */
  readonly blocks: number;
};

/** Switches below the appliance's own, with the nodes dealt out to them like cards; 0 or 1: all on the appliance's. */
export function dealtFabric(nodes: number, switches: number, uplinkMbit: number): FabricPlan {
  const root = { above: -1, uplinkMbit: Number.POSITIVE_INFINITY };
  if (switches <= 1) return { switches: [root], switchOf: Array<number>(nodes).fill(0) };
  return {
    switches: [root, ...Array.from({ length: switches }, () => ({ above: 0, uplinkMbit }))],
    switchOf: Array.from({ length: nodes }, (_, at) => 1 + (at % switches)),
  };
}

/** How long the image takes over one link, in milliseconds. */
export const idealMs = ({ imageBytes, linkMbit, sourceMbit }: Scenario): number =>
  (imageBytes * 8) / (Math.min(linkMbit, sourceMbit) * 1000);
