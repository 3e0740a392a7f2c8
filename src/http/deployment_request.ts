/** From what came over the API to what the deployment service is asked. */
import type { Principal } from "#src/access/principal.ts";
import type { Consent } from "#src/deploy/consent.ts";
import type { DeploymentRequest, StartProblem } from "#src/deploy/deployment.ts";
import { type DiskRule, parseDiskRule } from "#src/deploy/disk_rule.ts";
import type { JoinProblem } from "#src/deploy/joining.ts";
import { getsKeys } from "#src/deploy/request_check.ts";
import { describeStartProblem } from "#src/deploy/start_problem.ts";
import { DEPLOY_STEPS, isStepName, type StepName } from "#src/deploy/steps.ts";
import { parseSuccessRule, type SuccessRule } from "#src/deploy/success_rule.ts";
import {
  findImage,
  type ImageViewer,
  imageLabel,
  imageOfLabel,
  parseImageReference,
} from "#src/images/image_reference.ts";
import { describeNodeSetError, foldNodeSet, parseNodeSet } from "#src/value/node_set.ts";
import type { ApiServices } from "./api_services.ts";
import type { DeploymentCreate, DeploymentRetry } from "./deployment_types.ts";
import { holders } from "./holders.ts";
import { readOperations } from "./operation_input.ts";
import { ApiProblem, type ProblemFields } from "./problem.ts";
import { checkedWorkflow } from "./workflow_routes.ts";

/** @throws ApiProblem when something of it cannot be read */
export function readRequest(
  services: ApiServices,
  body: DeploymentCreate,
  viewer: ImageViewer,
): DeploymentRequest {
  const { authorizedKeys = [], partitionTable = "gpt", verify } = body;
  const { grow, customize, bootLoader, seed, probe, disk, layout, partition, bootSector } = body;
  return {
    image: labelOf(services, body.image, viewer),
    nodes: readNodeSet(services, body.nodes),
    authorizedKeys,
    partitionTable,
    ...{ verify, grow, customize, bootLoader, seed, probe },
    applianceKey: body.applianceKey,
    workflow: body.workflow && checkedWorkflow(body.workflow),
    ...{ disk, layout, partition, bootSector },
    diskRule: body.diskRule === undefined ? undefined : readDiskRule(body.diskRule),
    breakpoints: body.breakpoints?.map(readStep),
    operations: body.operations && readOperations(body.operations),
    success: body.success === undefined ? undefined : readRule(body.success),
    spares: body.spares === undefined ? undefined : readNodeSet(services, body.spares),
  };
}

/** Nobody could log in to what this makes: it is the slip of a finger. @throws ApiProblem */
export function wantKeys({ images }: ApiServices, request: DeploymentRequest): void {
  const image = imageOfLabel(images.all(), request.image);
  if (image && getsKeys(request, image) && request.authorizedKeys.length === 0)
    throw startProblem({ kind: "noKey", image: request.image });
}

/** The image that is meant now, whatever comes after it. What nobody knows stays as it is, for the service to refuse. */
function labelOf({ images }: ApiServices, text: string, viewer: ImageViewer): string {
  const reference = parseImageReference(text);
  const found = reference && findImage(images.all(), reference, viewer);
  if (found?.kind === "ambiguous")
    throw startProblem({ kind: "ambiguousImage", image: text, labels: found.labels });
  if (found?.kind === "found") return imageLabel(found.image);
  // The service knows labels and not who asks.
  if (imageOfLabel(images.all(), text)) throw startProblem({ kind: "unknownImage", image: text });
  return text;
}

/** @throws {ApiProblem} 403 when somebody else than an admin means protected nodes */
export function readConsent(
  { confirm, forceProtected }: DeploymentRetry,
  { name, role }: Pick<Principal, "name" | "role">,
): Consent {
  if (!forceProtected || role === "admin") return { confirm, forceProtected };
  const detail = `Cannot deploy to protected nodes: ${name} is no admin`;
  throw new ApiProblem(403, "adminsOnly", detail);
}

function readStep(name: string): StepName {
  if (isStepName(name)) return name;
  const known = DEPLOY_STEPS.map((spec) => spec.name);
  throw new ApiProblem(400, "unknownStep", describeStartProblem({ kind: "unknownStep", step: name, known }));
}

function readDiskRule(text: string): DiskRule {
  const rule = parseDiskRule(text);
  if ("value" in rule) return rule.value;
  throw new ApiProblem(400, "badDiskRule", `Cannot read the disk rule "${text}": wants ${rule.wanted}`);
}

function readRule(text: string): SuccessRule {
  const rule = parseSuccessRule(text);
  if (rule) return rule;
  const detail = `Cannot read the rule of success "${text}": wants all, a number of nodes such as 8, or a share such as 80%`;
  throw new ApiProblem(400, "badRule", detail);
}

/** Names in natural order. @throws ApiProblem when it is no node set, or names a group that is not there */
export function readNodeSet({ groups, nodes }: ApiServices, text: string): readonly string[] {
  const members = new Map<string, readonly string[]>();
  const read = parseNodeSet(text, (name) => {
    if (groups.byName(name) && !members.has(name)) members.set(name, nodes.membersOf(name));
    return members.get(name);
  });
  if (read.ok) return read.names;
  throw new ApiProblem(400, "badNodeSet", describeNodeSetError(text, read.error));
}

/** Why nothing was started. */
export const startProblem = (problem: StartProblem): ApiProblem =>
  new ApiProblem(statusOf(problem), problem.kind, describeStartProblem(problem), moreOf(problem));

/** Why nobody joined. */
export function joinProblem(problem: JoinProblem): ApiProblem {
  if (problem.kind === "ended")
    return new ApiProblem(409, "ended", `Cannot add nodes to ${problem.deployment}: it has ended`);
  if (problem.kind !== "alreadyIn") return startProblem(problem);
  const detail = `Cannot add ${foldNodeSet(problem.nodes)} to ${problem.deployment}: the deployment has them`;
  return new ApiProblem(409, problem.kind, detail);
}

function moreOf(problem: StartProblem): ProblemFields {
  if (problem.kind === "nodesBusy") return holders(problem.nodes);
  return problem.kind === "unconfirmed" ? { confirm: String(problem.nodes) } : {};
}

function statusOf({ kind }: StartProblem): number {
  if (kind === "unknownImage" || kind === "unknownNodes") return 404;
  if (kind === "ambiguousImage" || kind === "nodesBusy" || kind === "protectedNodes") return 409;
  // Everything else is a request that is understood and cannot be carried out as it stands.
  return 422;
}
