import type { RecordEvent } from "#src/events/event.ts";
import type { Node } from "#src/nodes/node.ts";
import type { DeploymentStore } from "./deployment_store.ts";
import type { SeenDisk } from "./expected_disk.ts";
import type { NodeState } from "./node_state.ts";
import type { GroupOperation } from "./operation_plan.ts";
import type { DeployableImage } from "./request_check.ts";
import type { NodeRun, StepLimitsSec } from "./runner.ts";
import type { StepActions } from "./step_action.ts";
import type { StepTools } from "./tools.ts";
import type { WorkflowOverride } from "./workflow.ts";

export type DeployServiceOptions = {
  readonly store: DeploymentStore;
  readonly actions: StepActions;
  readonly tools: StepTools;
  readonly imageByName: (name: string) => DeployableImage | undefined;
  readonly nodeByName: (name: string) => Node | undefined;
  /** As each node said last; undefined: it never did. */
  readonly disksOf?: (node: string) => readonly SeenDisk[] | undefined;
  /** Bytes, as each node said last; undefined: it never did. */
  readonly memoryOf?: ((node: string) => number | undefined) | undefined;
  /** What admins say that nodes of its groups do beside their steps. */
  readonly operationsOf?: (node: string) => readonly GroupOperation[];
  /** How the groups of a node want deployments gone about, the strongest first. */
  readonly workflowsOf?: ((node: string) => readonly WorkflowOverride[]) | undefined;
  readonly record: RecordEvent;
  /** Image bytes that left the appliance for a deployment since this process began. */
  readonly sentBytes: (deployment: string) => Promise<number>;
  /** Lets go of what the broadcast of an ended deployment holds. */
  readonly endBroadcast: (deployment: string) => Promise<void>;
  /** A request for more nodes than this has to be confirmed. */
  readonly confirmAbove?: number;
  readonly limitsSec?: StepLimitsSec;
  readonly learnedLimitSec?: NodeRun["learnedLimitSec"];
  readonly admit?: NodeRun["admit"];
  /** Without it no node is held. */
  readonly hold?: NodeRun["hold"];
  /** For tests that kill the appliance: a state is durable and nothing of it was done yet. Not called for states from before a restart. */
  readonly afterSave?: (node: string, state: NodeState) => void | Promise<void>;
};
