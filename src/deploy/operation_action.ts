import { operationScript } from "./node_scripts/operation.ts";
import { TARGET } from "./node_scripts/words.ts";
import type { PlannedOperation } from "./operation.ts";
import { hostKeyIn, readHostKey, runScript } from "./script_actions.ts";
import { jobId, type StepAction, type StepContext } from "./step_action.ts";

/** What scripts are told. The manual's page on deployments lists the same. */
export function operationEnvironment(
  { deployment, progress, state, tools }: Pick<StepContext, "deployment" | "progress" | "state" | "tools">,
  { name, when, step }: PlannedOperation,
): Readonly<Record<string, string>> {
  const node = tools.nodeByName(progress.node);
  const { image, partitionTable, disk = "" } = deployment.request;
  return {
    BRIGADE_DEPLOYMENT: deployment.id,
    BRIGADE_NODE: progress.node,
    BRIGADE_GROUPS: (node?.groups ?? []).join(" "),
    BRIGADE_MACS: (node?.macs ?? []).join(" "),
    BRIGADE_KERNEL_ARGUMENTS: (node?.kernelArguments ?? []).join(" "),
    BRIGADE_IMAGE: image,
    BRIGADE_IMAGE_DIGEST: deployment.imageDigest,
    BRIGADE_IMAGE_BYTES: String(deployment.imageRawBytes),
    BRIGADE_OPERATION: name,
    BRIGADE_WHEN: when,
    BRIGADE_STEP: step,
    BRIGADE_PHASE: String(state.phase),
    BRIGADE_ROUND: String(state.round),
    BRIGADE_ATTEMPT: String(state.attempt),
    BRIGADE_TARGET: TARGET,
    BRIGADE_PARTITION_TABLE: partitionTable,
    BRIGADE_DISK_ASKED: disk,
  };
}

/** The step that an operation is. Its last line is the reason when it fails. */
export const operationAction =
  (operation: PlannedOperation): StepAction =>
  async (context) => {
    const { action, when, step } = operation;
    const id = jobId(context);
    const own = action.kind === "run" ? (action.environment ?? {}) : { TO: action.to, MODE: action.mode };
    const env = { ...own, ...operationEnvironment(context, operation) };
    const output = await runScript(context, { id, script: operationScript(action), env });
    if (when !== "instead" || step !== "ssh-keys") return {};
    // Nobody believes that the new system runs who does not know its key.
    return { hostKey: hostKeyIn(output) ?? (await readHostKey(context, id)) };
  };
