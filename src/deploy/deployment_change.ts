import type { Deployment, NodeProgress } from "./deployment.ts";

/** What happens, as it happens; the progress of a broadcast at most twice a second and node. */
export type DeploymentChange =
  | { readonly kind: "started"; readonly deployment: Deployment }
  | {
      readonly kind: "node";
      readonly deployment: string;
      readonly progress: NodeProgress;
      readonly sourceSentBytes: number;
    }
  | { readonly kind: "ended"; readonly deployment: Deployment };
