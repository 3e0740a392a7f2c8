/** A deployment that is only looked at: what would happen, and what is in its way. */
import type { Principal } from "#src/access/principal.ts";
import type { Deployment, DeploymentRequest } from "#src/deploy/deployment.ts";
import { expectedDisk } from "#src/deploy/expected_disk.ts";
import { layoutOf } from "#src/deploy/layout_choice.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import type { PlannedWay } from "#src/deploy/plan.ts";
import { allNodesOf } from "#src/deploy/request_check.ts";
import { successRuleText } from "#src/deploy/success_rule.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import type { ApiServices } from "./api_services.ts";
import { readConsent, startProblem } from "./deployment_request.ts";
import type { DeploymentCreate } from "./deployment_types.ts";
import { gateByFabric } from "./fabric_check.ts";
import type { PlannedWayView, PreviewView } from "./preview_types.ts";
import { ApiProblem } from "./problem.ts";

/** @throws what is no refusal of the request */
export async function previewOf(
  services: ApiServices,
  asked: DeploymentRequest,
  body: DeploymentCreate & { readonly principal: Principal },
): Promise<PreviewView> {
  const { deployment, problems } = services.deployments.preview(asked, readConsent(body, body.principal));
  const cabling = await cablingProblems(services, asked, body);
  const { image, nodes, spares = [], success = { kind: "all" } } = deployment?.request ?? asked;
  return {
    image,
    ...(deployment ? imageFields(deployment) : {}),
    nodes: foldNodeSet(nodes),
    spares: foldNodeSet(spares),
    success: successRuleText(success),
    plans: deployment ? plansOf(deployment) : [],
    disks: deployment ? disksOf(services, deployment) : [],
    chains: chainsOf(services, nodes),
    problems: [...problems.map(startProblem), ...cabling].map(problemView),
  };
}

const imageFields = (deployment: Deployment) => ({
  imageDigest: deployment.imageDigest,
  imageRawBytes: deployment.imageRawBytes,
  needed: outcomeOf(deployment).needed,
});

const problemView = ({ kind, message, more }: ApiProblem): PreviewView["problems"][number] => ({
  ...{ kind, detail: message },
  ...(more.confirm === undefined ? {} : { confirm: more.confirm }),
});

async function cablingProblems(
  services: ApiServices,
  { nodes }: DeploymentRequest,
  { checkFabric }: DeploymentCreate,
): Promise<readonly ApiProblem[]> {
  if (!checkFabric) return [];
  try {
    await gateByFabric(services, { ...checkFabric, nodes });
    return [];
  } catch (fault) {
    if (fault instanceof ApiProblem) return [fault];
    throw fault;
  }
}

function plansOf({ plans, nodes }: Deployment): PreviewView["plans"] {
  return plans.map((plan, index) => ({
    nodes: foldNodeSet(nodes.filter((one) => one.plan === index).map(({ node }) => node)),
    phases: plan.map((ways) => ways.map(wayView)),
  }));
}

const wayView = ({ way, retries, timeLimitSec, steps }: PlannedWay): PlannedWayView => ({
  ...{ way, retries },
  ...(timeLimitSec === undefined ? {} : { timeLimitSec }),
  steps: steps.map(({ name, timeLimitSec: limitSec, maxAttempts, pauseBefore = false }) => ({
    ...{ name, timeLimitSec: limitSec, maxAttempts, pauseBefore },
  })),
});

function disksOf({ inventoryOf, layouts }: ApiServices, deployment: Deployment): PreviewView["disks"] {
  const { request, imageRawBytes, plans } = deployment;
  const wholeDisk = plans[0]?.[1][0]?.way === "disk";
  const layout = layouts.byName(layoutOf(request))?.layout;
  const seen = allNodesOf(request).map((node) => {
    const disks = inventoryOf(node)?.disks;
    const unknown = { kind: "none", why: "its disks are not known: it was never in the ramdisk" } as const;
    const wish = layout && { ...request, layout, imageRawBytes, wholeDisk };
    return { node, found: disks && wish ? expectedDisk(disks, wish) : unknown };
  });
  const groups = Map.groupBy(seen, ({ found }) => JSON.stringify(found));
  return [...groups.values()].flatMap((members) => {
    const nodes = foldNodeSet(members.map(({ node }) => node));
    const found = members[0]?.found;
    if (!found) return [];
    return found.kind === "disk"
      ? { nodes, disk: found.name, bytes: found.bytes }
      : { nodes, why: found.why };
  });
}

function chainsOf({ fabric }: ApiServices, names: readonly string[]): PreviewView["chains"] {
  const ordered = fabric.order(names).nodes.toSorted((left, right) => left.position - right.position);
  return [...Map.groupBy(ordered, ({ chain }) => chain).values()].map((chain) =>
    chain.map(({ node }) => node),
  );
}
