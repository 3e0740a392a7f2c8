import type { BroadcastProgress, Deployment, NodeProgress } from "./deployment.ts";
import type { RunningState } from "./node_state.ts";
import type { PlannedStep } from "./plan.ts";
import type { StepName } from "./steps.ts";
import type { StepTools } from "./tools.ts";

/** What an attempt can learn that later steps, or the same one after a restart of the appliance, need. */
export type NodeFacts = Partial<Pick<NodeProgress, "formerBootIds" | "bootId" | "hostKey">>;

/** One attempt at one step of one node. */
export type StepContext = {
  readonly deployment: Pick<Deployment, "id" | "request" | "imageDigest" | "imageRawBytes" | "plans">;
  readonly progress: NodeProgress;
  readonly state: RunningState;
  readonly planned: PlannedStep;
  /** The appliance was restarted in the middle of this attempt: some or all of it may have been done. */
  readonly resumed: boolean;
  readonly timeLimitSec: number;
  readonly signal: AbortSignal;
  /** Resolves when the facts are durable. For what must be known before something is done. */
  readonly note: (facts: NodeFacts) => Promise<void>;
  readonly report: (broadcast: BroadcastProgress) => void;
  readonly tools: StepTools;
};

/**
 * Resolves when the step is done, with facts to save in the same write as the
 * next state. Throws for another attempt; `Hopeless` and `AgentGone` say more.
 * Must end promptly when the signal aborts, and must bear being done again.
 */
export type StepAction = (context: StepContext) => Promise<NodeFacts>;

export type StepActions = Readonly<Record<StepName, StepAction>>;

/**
 * The name of a request to the agent. The same attempt has the same name after
 * a restart of the appliance, so an agent that knows it does not do it twice.
 * Of a way that is not the first, or is taken again in the same round, it says so.
 */
export const jobId = ({ deployment, progress, state }: StepContext): string => {
  const { round, step, attempt, way, turn } = state;
  const later = way > 0 || turn > 1 ? `/w${way}t${turn}` : "";
  return `${deployment.id}/${progress.node}/r${round}/${step}/${attempt}${later}`;
};
