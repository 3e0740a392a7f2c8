import type { UpstreamList } from "#src/agent/requests.ts";
import type { SimNode } from "./sim_node.ts";

/** A node's end of its conversation with the appliance. */
export type Talk = {
  readonly node: SimNode;
  /** The newest list, for an agent that was away. */
  list: UpstreamList | undefined;
  /** What it has to say as soon as it can. */
  outbox: (() => void)[];
  mutes: number;
  newsMs: number;
  /** The start of the appliance that has heard of it. */
  start: number | undefined;
  isLost: boolean;
  isDone: boolean;
};

export const newTalk = (node: SimNode): Talk => ({
  ...{ node, list: undefined, outbox: [], mutes: 0, newsMs: Number.NEGATIVE_INFINITY },
  ...{ start: undefined, isLost: false, isDone: false },
});
