/** What the API shows of things: named field by field, so that nothing new shows by accident. */
import type { BroadcastProgress, Deployment, NodeProgress, StepRecord } from "#src/deploy/deployment.ts";
import { describeDiskRule } from "#src/deploy/disk_rule.ts";
import { layoutOf } from "#src/deploy/layout_choice.ts";
import { whatIsLeft } from "#src/deploy/left.ts";
import type { NodeState } from "#src/deploy/node_state.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import { successRuleText } from "#src/deploy/success_rule.ts";
import { describeFinding, type Finding, findingMark, nodesOf, settleCommand } from "#src/nodes/finding.ts";
import type { Node, PowerSettings } from "#src/nodes/node.ts";
import { type Place, placeText } from "#src/nodes/place.ts";
import type { Mac } from "#src/value/mac.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import { unreachable } from "#src/value/unreachable.ts";
import type { NodeView } from "./api_types.ts";
import type { BroadcastView } from "./broadcast_types.ts";
import type {
  DeploymentSummary,
  DeploymentView,
  NodeProgressView,
  StepRecordView,
} from "./deployment_types.ts";
import type { FindingView, NodeIdentityView } from "./finding_types.ts";
import type { PlanView } from "./workflow_types.ts";

/** Leaves out what is `undefined`: JSON has no such value, and the types want a field or none. */
export type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };
export const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;

export type NodeLive = {
  readonly leasedAddress?: string | undefined;
  readonly hasAgent: boolean;
  /** What its agent saw last. */
  readonly secureBootSeen?: boolean | undefined;
  readonly deployment?: string | undefined;
  /** As its agent said last. */
  readonly said?: { readonly serial: string; readonly uuid: string } | undefined;
  readonly placesOf: (mac: Mac) => readonly Place[];
  readonly held?: string | undefined;
  readonly findings: readonly Finding[];
};

export function nodeView(node: Node, live: NodeLive): NodeView {
  const { leasedAddress, hasAgent, secureBootSeen, deployment, held, findings } = live;
  return defined({
    name: node.name,
    macs: [...node.macs],
    status: node.status,
    address: node.address,
    leasedAddress,
    firmware: node.firmware,
    power: node.power && powerView(node.power),
    kernelArguments: [...node.kernelArguments],
    secureBoot: node.secureBoot,
    secureBootSeen,
    groups: [...(node.groups ?? [])],
    dhcpOptions: [...(node.dhcpOptions ?? [])],
    hasAgent,
    deployment,
    identity: identityView(node, live),
    pinned: node.pinned ?? false,
    protected: node.protected ?? false,
    held,
    findings: findings.map((finding) => ({
      ...findingView(finding),
      mark: findingMark(finding, node.name),
    })),
  }) as NodeView;
}

function identityView({ identity, macs }: Node, { said, placesOf }: NodeLive): NodeIdentityView {
  const places = macs.map((mac) => {
    const expected = identity?.places?.[mac];
    return defined({
      ...{ mac, now: placesOf(mac).map(placeText) },
      expected: expected && placeText(expected),
    });
  });
  return defined({
    serial: identity?.serial,
    uuid: identity?.uuid,
    saidSerial: said?.serial,
    saidUuid: said?.uuid,
    places: places.filter(({ expected, now }) => expected !== undefined || now.length > 0),
  });
}

export const findingView = (finding: Finding): FindingView => ({
  kind: finding.kind,
  nodes: [...nodesOf(finding)],
  problem: describeFinding(finding),
  settle: settleCommand(finding),
});

/** Without the password: it goes in and never comes out. */
function powerView(power: PowerSettings): NodeView["power"] {
  if (power.driver === "command") return { driver: "command", command: [...power.command] };
  const { driver, address, port, user } = power;
  return { driver, address, port, user };
}

export function deploymentSummary(deployment: Deployment): DeploymentSummary {
  const { request, id, imageDigest, imageRawBytes, createdAtMs, endedAtMs, sourceSentBytes } = deployment;
  const { ok, ko, running, spare, needed, succeeded } = outcomeOf(deployment);
  return defined({
    id,
    image: request.image,
    imageDigest,
    imageRawBytes,
    partitionTable: request.partitionTable,
    verify: request.verify,
    disk: request.disk,
    owner: request.owner,
    layout: layoutOf(request),
    diskRule: request.diskRule && describeDiskRule(request.diskRule),
    partition: request.partition,
    createdAtMs,
    endedAtMs,
    sourceSentBytes,
    nodes: foldNodeSet(takingPart(deployment)),
    ok: foldNodeSet(ok),
    ko: foldNodeSet(ko.map(({ node }) => node)),
    running: foldNodeSet(running),
    spare: foldNodeSet(spare),
    success: successRuleText(request.success ?? { kind: "all" }),
    needed,
    succeeded: endedAtMs === undefined ? undefined : succeeded,
    retryOf: request.retryOf,
  }) as DeploymentSummary;
}

export const deploymentView = (deployment: Deployment): DeploymentView => ({
  ...deploymentSummary(deployment),
  plans: planViews(deployment),
  progress: deployment.nodes.map((node) => nodeProgressView(node, deployment)),
});

/** Those that a node has. */
const planViews = ({ plans, nodes }: Deployment): PlanView[] =>
  plans.flatMap((plan, place) => {
    const its = nodes.filter((node) => node.plan === place).map(({ node }) => node);
    const [ramdisk, install, system] = plan.map((ways) => ways.map(({ way }) => way));
    if (its.length === 0 || !ramdisk || !install || !system) return [];
    return [{ nodes: foldNodeSet(its), ramdisk, install, system }];
  });

/** Spares that took a place are among them. */
const takingPart = ({ nodes }: Deployment): readonly string[] =>
  nodes.filter(({ state }) => state.kind !== "spare").map(({ node }) => node);

export function nodeProgressView(
  progress: NodeProgress,
  { plans, request }: Pick<Deployment, "plans" | "request">,
): NodeProgressView {
  const { node, state, records, broadcast, replaces } = progress;
  const left = whatIsLeft(progress, { plan: plans[progress.plan], request });
  return {
    ...{ node, state: stateView(state), records: records.map(recordView) },
    ...(broadcast ? { broadcast: broadcastView(broadcast) } : {}),
    ...(replaces === undefined ? {} : { replaces }),
    ...(progress.waitsFor === undefined ? {} : { waitsFor: progress.waitsFor }),
    ...(left === undefined ? {} : { left }),
  };
}

/** Field by field and not by a loop: thousands of them are made each second. */
export function broadcastView(report: BroadcastProgress): BroadcastView {
  const { receivedBytes, sentBytes, writtenRawBytes, totalRawBytes, upstream, feeder } = report;
  const { receiveBytesPerSec, sendBytesPerSec, writeRawBytesPerSec, chunks, chunkCount, lagChunks } = report;
  const { heldBytes, memoryBytes, downstreams, upstreamChanges, reasons, badChunks, tookMs, from } = report;
  const now = { receivedBytes, sentBytes, writtenRawBytes, totalRawBytes, upstream, feeder };
  const pace = { receiveBytesPerSec, sendBytesPerSec, writeRawBytesPerSec, chunks, chunkCount, lagChunks };
  const room = { heldBytes, memoryBytes, downstreams };
  const story = { upstreamChanges, reasons: reasons?.length ? [...reasons] : undefined, badChunks, tookMs };
  const feeders = from?.map(({ feeder: name, bytes }) => ({ feeder: name, bytes }));
  // What is undefined is no part of the JSON that this becomes.
  return { ...now, ...pace, ...room, ...story, from: feeders } as BroadcastView;
}

function stateView(state: NodeState): NodeProgressView["state"] {
  switch (state.kind) {
    case "running": {
      const { step, phase, turn, attempt, round } = state;
      return { kind: "running", step, phase, turn, attempt, round };
    }
    case "paused":
      return { kind: "paused", step: state.next.step, phase: state.next.phase };
    case "spare":
      return { kind: "spare" };
    case "done":
      return { kind: "done" };
    case "failed":
      return { kind: "failed", step: state.step, phase: state.phase, why: state.why };
    case "cancelled":
      return { kind: "cancelled", step: state.step, phase: state.phase };
    default:
      return unreachable(state);
  }
}

function recordView(record: StepRecord): StepRecordView {
  const { step, phase, way, turn, round, attempt, startedAtMs, tookMs, why } = record;
  const view = { step, phase, way, turn, round, attempt, startedAtMs, tookMs };
  return why === undefined ? view : { ...view, why };
}
