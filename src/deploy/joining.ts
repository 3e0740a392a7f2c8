/** Late nodes: join a deployment that runs, with the request of those that began it. */
import { claimOf } from "./claims.ts";
import type { Consent } from "./consent.ts";
import type { Deployment, StartProblem } from "./deployment.ts";
import type { LiveDeployment } from "./live_deployment.ts";
import { newDeployment } from "./new_deployment.ts";
import { withOperations } from "./operation_plan.ts";
import { checkRequest, type DeployableImage } from "./request_check.ts";
import { wordsOf } from "./step_fault.ts";
import type { Underway } from "./underway.ts";

export type JoinProblem =
  | StartProblem
  /** None of that id is under way (any more). */
  | { readonly kind: "ended"; readonly deployment: string }
  | { readonly kind: "alreadyIn"; readonly deployment: string; readonly nodes: readonly string[] };

export type JoinResult =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; readonly problem: JoinProblem };

export type Joiners = Consent & { readonly id: string; readonly nodes: readonly string[] };

/**
 * Takes nodes into a running deployment. Resolves when that is durable.
 *
 * @throws when it cannot be stored; nothing was changed then
 */
export async function join(
  underway: Underway,
  { id, nodes: asked, ...consent }: Joiners,
  launch: (live: LiveDeployment, nodes: readonly string[]) => void,
): Promise<JoinResult> {
  const live = underway.live.get(id);
  if (!live) return { ok: false, problem: { kind: "ended", deployment: id } };
  return live.inTurn(async () => {
    // It may have ended while this waited for its turn.
    if (!underway.live.has(id) || live.isCancelled || live.ended)
      return { ok: false, problem: { kind: "ended", deployment: id } };
    const planned = plan(underway, live, { nodes: asked, consent });
    if (!planned.ok) return planned;
    const { added } = planned;
    const nodes = added.nodes.map(({ node }) => node);
    const { store, record, tools } = underway.options;
    underway.claims.take(nodes, { ...claimOf(live.about), sinceMs: tools.clock.wallMs() });
    try {
      await store.addNodes(id, added);
    } catch (fault) {
      underway.claims.free(nodes);
      throw new Error(`Cannot add nodes to ${id}: it cannot be stored: ${wordsOf(fault)}`, { cause: fault });
    }
    live.add(added);
    record({ kind: "nodesJoined", deployment: id, nodes });
    for (const progress of added.nodes)
      underway.tell({ kind: "node", deployment: id, progress, sourceSentBytes: live.sourceSentBytes });
    launch(live, nodes);
    return { ok: true, deployment: live.deployment };
  });
}

type Added = Pick<Deployment, "plans" | "nodes">;

/** The nodes with their plans, as of a deployment of their own, behind the plans that are there. */
function plan(
  underway: Underway,
  live: LiveDeployment,
  { nodes: asked, consent }: { readonly nodes: readonly string[]; readonly consent: Consent },
): { readonly ok: true; readonly added: Added } | { readonly ok: false; readonly problem: JoinProblem } {
  const { options, claims } = underway;
  const { about } = live;
  const here = asked.filter((node) => live.progressOf(node));
  if (here.length > 0) return { ok: false, problem: { kind: "alreadyIn", deployment: live.id, nodes: here } };
  const alone = { ...about.request, nodes: asked, spares: undefined, success: undefined };
  const checked = checkRequest(alone, imageOf(live, options.imageByName), options.nodeByName);
  if (!checked.ok) return checked;
  const bad = underway.targetProblem(checked.request, checked.image);
  if (bad) return { ok: false, problem: bad };
  const [problem] = underway.consentProblems(checked.request.nodes, consent);
  if (problem) return { ok: false, problem };
  const busy = claims.busyAmong(checked.request.nodes);
  if (busy.length > 0) return { ok: false, problem: { kind: "nodesBusy", nodes: busy } };
  const { id, createdAtMs, plans } = about;
  const { image } = checked;
  const { workflowsOf } = options;
  const fresh = newDeployment(checked.request, { id, image, createdAtMs, workflowsOf });
  const operated = withOperations(fresh, options.operationsOf ?? (() => []));
  if (!operated.ok) return operated;
  const { nodes: late, plans: more } = operated.deployment;
  const nodes = late.map((progress) => ({ ...progress, plan: progress.plan + plans.length }));
  return { ok: true, added: { plans: [...plans, ...more], nodes } };
}

/** The image that the others get, even when its name means another one by now. */
function imageOf(
  { about }: LiveDeployment,
  imageByName: (name: string) => DeployableImage | undefined,
): DeployableImage | undefined {
  const image = imageByName(about.request.image);
  return image && { ...image, digest: about.imageDigest, rawBytes: about.imageRawBytes };
}
