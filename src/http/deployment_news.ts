/**
 * What is new of a deployment for one client: whole nodes when they moved on, only their reports when nothing else did.
 * Thousands of nodes report once a second, so what did not change is neither made nor sent again. Pure: told the time.
 */
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import type { DeploymentSummary, ProgressMessage } from "./deployment_types.ts";
import { broadcastView, deploymentSummary, nodeProgressView } from "./views.ts";

/** A node's reports go out at most so often; a little less than a second, because looks and heartbeats are not in step. */
const REPORT_EVERY_MS = 900;

type Sent = { readonly progress: NodeProgress; readonly atMs: number };

export class DeploymentNews {
  readonly #sent = new Map<string, Sent>();
  #summary: DeploymentSummary | undefined;

  /**
   * @param nowMs monotonic
   * @returns nothing when nothing is new
   */
  since(deployment: Deployment, nowMs: number): ProgressMessage | undefined {
    const isEnded = deployment.endedAtMs !== undefined;
    const moved: NodeProgress[] = [];
    const reported: NodeProgress[] = [];
    for (const progress of deployment.nodes) {
      const sent = this.#sent.get(progress.node);
      if (sent?.progress === progress) continue;
      const news = sent && !hasMoved(sent.progress, progress) ? reported : moved;
      if (news === reported && sent && !isEnded && nowMs - sent.atMs < REPORT_EVERY_MS) continue;
      news.push(progress);
      this.#sent.set(progress.node, { progress, atMs: nowMs });
    }
    const summary = this.#summaryOf(deployment, moved.length > 0);
    const isSame = moved.length + reported.length === 0 && summary === this.#summary;
    this.#summary = summary;
    return isSame
      ? undefined
      : {
          deployment: summary,
          progress: moved.map((node) => nodeProgressView(node, deployment)),
          reports: reportsOf(reported),
        };
  }

  /** Folding thousands of names takes milliseconds: only when a node moved on. */
  #summaryOf(deployment: Deployment, hasMovedOn: boolean): DeploymentSummary {
    const before = this.#summary;
    const { sourceSentBytes, endedAtMs } = deployment;
    if (!before || hasMovedOn) return deploymentSummary(deployment);
    if (before.sourceSentBytes === sourceSentBytes && before.endedAtMs === endedAtMs) return before;
    return { ...before, sourceSentBytes, ...(endedAtMs === undefined ? {} : { endedAtMs }) };
  }
}

const hasMoved = (before: NodeProgress, after: NodeProgress): boolean =>
  before.state !== after.state || before.records !== after.records;

const reportsOf = (nodes: readonly NodeProgress[]): NonNullable<ProgressMessage["reports"]> =>
  nodes.flatMap(({ node, broadcast }) => (broadcast ? [{ node, broadcast: broadcastView(broadcast) }] : []));
