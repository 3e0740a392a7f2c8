import { unreachable } from "#src/value/unreachable.ts";

type AtStep = { readonly deployment: string; readonly node: string; readonly step: string };

/** What happens in a deployment. */
export type DeployEvent =
  | Course
  | (AtStep & { readonly kind: "nodePaused" })
  | (AtStep & { readonly kind: "nodeContinued" })
  /** Its ramdisk went away while it stood; `why` is a sentence without a full stop. */
  | (AtStep & { readonly kind: "pausedNodeLost"; readonly why: string })
  | { readonly kind: "nodesJoined"; readonly deployment: string; readonly nodes: readonly string[] }
  | {
      readonly kind: "spareTookPlace";
      readonly deployment: string;
      readonly node: string;
      readonly replaces: string;
    }
  | { readonly kind: "sparesReleased"; readonly deployment: string; readonly nodes: readonly string[] };

/** From its start to its end, step by step. */
type Course =
  | {
      readonly kind: "deploymentStarted";
      readonly deployment: string;
      readonly image: string;
      readonly nodes: number;
      /** The appliance was restarted in the middle of it. */
      readonly resumed: boolean;
    }
  | { readonly kind: "deploymentCancelled"; readonly deployment: string }
  | {
      readonly kind: "stepStarted";
      readonly deployment: string;
      readonly node: string;
      readonly step: string;
      readonly attempt: number;
    }
  | {
      readonly kind: "stepFinished";
      readonly deployment: string;
      readonly node: string;
      readonly step: string;
      readonly tookMs: number;
    }
  | {
      readonly kind: "stepFailed";
      readonly deployment: string;
      readonly node: string;
      readonly step: string;
      readonly attempt: number;
      readonly why: string;
    }
  | {
      readonly kind: "nodeDeployed";
      readonly deployment: string;
      readonly node: string;
      readonly tookMs: number;
    }
  | {
      readonly kind: "nodeFailed";
      readonly deployment: string;
      readonly node: string;
      readonly step: string;
      readonly why: string;
    }
  | {
      readonly kind: "deploymentEnded";
      readonly deployment: string;
      readonly ok: number;
      readonly failed: number;
      /** As many are OK as were wanted. */
      readonly succeeded: boolean;
    };

export function describeDeploy(event: DeployEvent): string {
  switch (event.kind) {
    case "nodePaused":
      return `${event.deployment} ${event.node}: stands before ${event.step} until "brigade deployment continue ${event.deployment}"`;
    case "nodeContinued":
      return `${event.deployment} ${event.node}: goes on with ${event.step}`;
    case "pausedNodeLost":
      return `${event.deployment} ${event.node}: ${event.why}; it goes through the ramdisk again when it is continued`;
    case "nodesJoined":
      return `${event.deployment}: ${event.nodes.join(", ")} joined`;
    case "spareTookPlace":
      return `${event.deployment} ${event.node}: takes the place of ${event.replaces}`;
    case "sparesReleased":
      return `${event.deployment}: ${event.nodes.join(", ")} not needed, free again`;
    default:
      return describeCourse(event);
  }
}

function describeCourse(event: Course): string {
  switch (event.kind) {
    case "deploymentStarted":
      return `${event.deployment} ${event.resumed ? "goes on" : "started"}: ${event.image} on ${event.nodes} nodes`;
    case "deploymentCancelled":
      return `${event.deployment} was cancelled`;
    case "stepStarted":
      return `${event.deployment} ${event.node}: ${event.step} started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`;
    case "stepFinished":
      return `${event.deployment} ${event.node}: ${event.step} took ${event.tookMs} ms`;
    case "stepFailed":
      return `${event.deployment} ${event.node}: ${event.step} failed (attempt ${event.attempt}): ${event.why}`;
    case "nodeDeployed":
      return `${event.deployment} ${event.node}: deployed in ${event.tookMs} ms`;
    case "nodeFailed":
      return `${event.deployment} ${event.node}: failed in ${event.step}: ${event.why}`;
    case "deploymentEnded":
      return `${event.deployment} ${event.succeeded ? "succeeded" : "did not succeed"}: ${event.ok} OK, ${event.failed} KO`;
    default:
      return unreachable(event);
  }
}
