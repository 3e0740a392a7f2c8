/** What a deployment looks like in words: lines while it runs, a table when it has ended. Pure. */
import type {
  DeploymentSummary,
  NodeProgressView,
  ProgressMessage,
  StepRecordView,
} from "#src/http/deployment_types.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { broadcastTable } from "./broadcast_table.ts";
import { seconds, table } from "./output.ts";

export const PHASES = [
  { phase: 1, name: "boot ramdisk" },
  { phase: 2, name: "send image" },
  { phase: 3, name: "boot system" },
] as const;

/** All that has been told of a deployment, put together. */
export type Watched = {
  readonly deployment: DeploymentSummary;
  readonly nodes: ReadonlyMap<string, NodeProgressView>;
};

export function withMessage(
  before: Watched | undefined,
  { deployment, progress, reports = [] }: ProgressMessage,
): Watched {
  const nodes = new Map(before?.nodes);
  for (const node of progress) nodes.set(node.node, node);
  for (const { node, broadcast } of reports) {
    const known = nodes.get(node);
    if (known) nodes.set(node, { ...known, broadcast });
  }
  return { deployment, nodes };
}

/** One line for each step that ended and each node that is through since `before`. */
export function newLines(before: Watched | undefined, after: Watched): readonly string[] {
  return [...after.nodes.values()].flatMap((node) => {
    const old = before?.nodes.get(node.node);
    if (old === node) return [];
    const known = new Set(old?.records.map(keyOf));
    const lines = node.records
      .filter((record) => !known.has(keyOf(record)))
      .map((record) => recordLine(node.node, record));
    const end = old?.state.kind === node.state.kind ? undefined : endLine(node);
    return end === undefined ? lines : [...lines, end];
  });
}

const keyOf = ({ step, turn, round, attempt, startedAtMs }: StepRecordView): string =>
  `${step} ${turn} ${round} ${attempt} ${startedAtMs}`;

function recordLine(node: string, { step, phase, attempt, tookMs, why }: StepRecordView): string {
  const took = `${seconds(tookMs)} s`;
  return inertLine(
    why === undefined
      ? `${node}: ${step} done in ${took} (phase ${phase})`
      : `${node}: ${step} failed after ${took} (phase ${phase}, attempt ${attempt}): ${why}`,
  );
}

function endLine({ node, state, left }: NodeProgressView): string | undefined {
  switch (state.kind) {
    case "running":
    case "spare":
      return undefined;
    case "paused":
      return `${node}: stands before ${state.step}; "brigade deployment continue" lets it go on`;
    case "done":
      return `${node}: OK`;
    case "failed":
      return inertLine(`${node}: KO in ${state.step}: ${state.why}${leftText(left)}`);
    case "cancelled":
      return `${node}: cancelled in ${state.step}${leftText(left)}`;
    default:
      return undefined;
  }
}

const LEFT: Readonly<Record<NonNullable<NodeProgressView["left"]>, string>> = {
  untouched: "untouched",
  switched: "its power may have been switched, its disk is as it was",
  inRamdisk: "in the ramdisk, its disk is as it was",
  operated: "in the ramdisk, its disk is as operations left it",
  halfWritten: "its disk is half written and does not boot",
  unfinished: "its disk is written in part and may not boot",
  installed: "installed, not started",
  started: "installed and started, not proven",
};

const leftText = (left: NodeProgressView["left"]): string => (left === undefined ? "" : ` (${LEFT[left]})`);

/** Seconds that a node spent in each phase, failed attempts included. */
export const phaseMs = ({ records }: NodeProgressView, phase: number): number =>
  records.filter((record) => record.phase === phase).reduce((sum, { tookMs }) => sum + tookMs, 0);

/** Seconds by phase and node, how the image came to each, OK and KO sets, and why each KO is one. */
export function summary({ deployment, nodes }: Watched): string {
  const all = [...nodes.values()];
  const why = all.flatMap((node) => {
    const line = node.state.kind === "done" ? undefined : endLine(node);
    return line === undefined ? [] : [`  ${line}\n`];
  });
  const sets = [
    deployment.ok && `OK  ${deployment.ok}\n`,
    deployment.ko && `KO  ${deployment.ko}\n`,
    ...why,
    deployment.running && `on their way  ${deployment.running}\n`,
    deployment.spare && `in reserve  ${deployment.spare}\n`,
    ...all.flatMap(({ node, replaces }) => (replaces ? [`${node} took the place of ${replaces}\n`] : [])),
  ];
  const parts = [phaseTable(all), broadcastTable(all), sets.join("")];
  return parts.filter((part) => part !== "").join("\n");
}

function phaseTable(nodes: readonly NodeProgressView[]): string {
  const rows = nodes.map((node) => {
    const perPhase = PHASES.map(({ phase }) => phaseMs(node, phase));
    const totalMs = perPhase.reduce((sum, ms) => sum + ms, 0);
    return [node.node, resultOf(node), ...perPhase.map(seconds), seconds(totalMs)];
  });
  return table(["NODE", "RESULT", ...PHASES.map(({ name }) => `${name} (s)`), "total (s)"], rows);
}

function resultOf({ state, waitsFor }: NodeProgressView): string {
  if (waitsFor !== undefined) return `waiting for ${waitsFor}`;
  if (state.kind === "running") return state.step;
  if (state.kind === "paused") return `before ${state.step}`;
  if (state.kind === "spare") return "in reserve";
  return state.kind === "done" ? "OK" : "KO";
}
