/** Runs the scripts of the image, one after the other, before the new system is started. */
import type { PostInstall } from "#src/images/description.ts";
import { POST_INSTALL } from "./node_scripts/post_install.ts";
import { runScript } from "./script_actions.ts";
import { jobId, type StepAction, type StepContext } from "./step_action.ts";
import { AgentGone, Hopeless, wordsOf } from "./step_fault.ts";

export const postInstall: StepAction = async (context) => {
  for (const step of context.planned.postInstall ?? []) await runStep(context, step);
  return {};
};

async function runStep(context: StepContext, step: PostInstall): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await runScript(context, {
        id: `${jobId(context)}/${step.name}/${attempt}`,
        script: POST_INSTALL,
        args: step.args,
        env: envOf(context, step),
        limitSec: step.timeLimitSec,
      });
      return;
    } catch (fault) {
      if (isFinal(fault, context)) throw fault;
      if (attempt >= step.retries)
        throw new Error(`Post-install step "${step.name}" failed: ${wordsOf(fault)}`, { cause: fault });
    }
  }
}

/** By name: the agent hub has an `AgentGone` of its own. */
const isFinal = (fault: unknown, { signal }: StepContext): boolean =>
  signal.aborted ||
  fault instanceof Hopeless ||
  fault instanceof AgentGone ||
  (fault instanceof Error && fault.name === "AgentGone");

function envOf({ deployment, progress }: StepContext, step: PostInstall): Readonly<Record<string, string>> {
  const [, image = deployment.request.image, version = "1"] =
    /^(.*):(\d+)$/.exec(deployment.request.image) ?? [];
  return {
    SCRIPT: step.script,
    RUN_IN: step.runIn,
    BRIGADE_NODE: progress.node,
    BRIGADE_DEPLOYMENT: deployment.id,
    BRIGADE_IMAGE: image,
    BRIGADE_IMAGE_VERSION: version,
    BRIGADE_STEP: step.name,
  };
}
