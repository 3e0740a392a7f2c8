import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import type { DeploymentsApi } from "./api_services.ts";
import type { ProgressMessage } from "./api_types.ts";
import { type SseClient, SseStream, sseText } from "./sse.ts";
import { deploymentSummary, nodeProgressView } from "./views.ts";

/** As often as a person can see. */
const LOOK_MS = 250;

export type DeploymentStreamOptions = SseClient & {
  readonly id: string;
  readonly deployments: Pick<DeploymentsApi, "byId">;
};

/**
 * Sends how a deployment stands: first every node, then those that changed
 * since the last message, until it has ended; then one `ended` and the end.
 *
 * What a slow client does not take is not kept: it gets the newest state of
 * what changed when it is ready. A client that comes back begins anew.
 */
export function streamDeployment({ id, deployments, request, response }: DeploymentStreamOptions): void {
  const stream = new SseStream({ request, response });
  const sent = new Map<string, NodeProgress>();
  let lastSummary = "";
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || !stream.isReady) return;
    looking = true;
    const deployment = await deployments.byId(id).finally(() => {
      looking = false;
    });
    if (deployment && stream.isReady) sendChanges(deployment);
    else if (!deployment) stream.end();
  };
  const sendChanges = (deployment: Deployment): void => {
    const changed = deployment.nodes.filter((progress) => sent.get(progress.node) !== progress);
    for (const progress of changed) sent.set(progress.node, progress);
    const message: ProgressMessage = {
      deployment: deploymentSummary(deployment),
      progress: changed.map(nodeProgressView),
    };
    const summary = JSON.stringify(message.deployment);
    if (changed.length > 0 || summary !== lastSummary)
      stream.send(sseText("progress", JSON.stringify(message)));
    lastSummary = summary;
    if (deployment.endedAtMs === undefined) return;
    stream.send(sseText("ended", summary));
    stream.end();
  };
  // A look that fails (the store is gone) ends the stream; the client asks again.
  const safeLook = (): void => void look().catch(() => stream.end());
  const timer = setInterval(safeLook, LOOK_MS);
  stream.onClose(() => clearInterval(timer));
  safeLook();
}
