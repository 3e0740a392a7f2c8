import type { Deployment } from "#src/deploy/deployment.ts";
import type { DeploymentsApi } from "./api_services.ts";
import { DeploymentNews } from "./deployment_news.ts";
import { type SseClient, SseStream, sseText } from "./sse.ts";
import { deploymentSummary } from "./views.ts";

/** As often as a person can see. */
const LOOK_MS = 250;

export type DeploymentStreamOptions = SseClient & {
  readonly id: string;
  readonly deployments: Pick<DeploymentsApi, "byId">;
};

/**
 * Sends how a deployment stands: first every node, then what is new since the
 * last message (see {@link DeploymentNews}), until it has ended; then one
 * `ended` and the end.
 *
 * What a slow client does not take is not kept: it gets the newest state of
 * what changed when it is ready. A client that comes back begins anew.
 */
export function streamDeployment({ id, deployments, request, response }: DeploymentStreamOptions): void {
  const stream = new SseStream({ request, response });
  const news = new DeploymentNews();
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || !stream.isReady) return;
    looking = true;
    const deployment = await deployments.byId(id).finally(() => {
      looking = false;
    });
    if (deployment && stream.isReady) sendNews(deployment);
    else if (!deployment) stream.end();
  };
  const sendNews = (deployment: Deployment): void => {
    const message = news.since(deployment, performance.now());
    if (message) stream.send(sseText("progress", JSON.stringify(message)));
    if (deployment.endedAtMs === undefined) return;
    stream.send(sseText("ended", JSON.stringify(deploymentSummary(deployment))));
    stream.end();
  };
  // A look that fails (the store is gone) ends the stream; the client asks again.
  const safeLook = (): void => void look().catch(() => stream.end());
  const timer = setInterval(safeLook, LOOK_MS);
  stream.onClose(() => clearInterval(timer));
  safeLook();
}
