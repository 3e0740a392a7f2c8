import { SEED } from "../node_scripts/seed.ts";
import { nodeOf } from "../power_actions.ts";
import { scriptStep } from "../script_actions.ts";
import type { StepContext } from "../step_action.ts";
import { CLOUD_INIT_FILES, IGNITION_FILE, type SeededNode, seedFile } from "./seed.ts";

/** The node as its seed sees it. */
function seededNode(context: StepContext): SeededNode {
  const { deployment, progress, state, tools } = context;
  const { name, macs } = nodeOf(context);
  const call = { deployment: deployment.id, node: progress.node, round: state.round };
  return {
    ...{ name, macs, deployment: deployment.id, round: state.round },
    authorizedKeys: deployment.request.authorizedKeys,
    phoneHome: tools.phoneHome.urlFor(call),
  };
}

export const seed = scriptStep(SEED, (context) => {
  const asked = context.deployment.request.seed;
  const node = seededNode(context);
  const PHONE_HOME = context.planned.phoneHome ? (node.phoneHome ?? "") : "";
  if (!asked) return { SEED: "none", PHONE_HOME };
  if (asked.kind === "ignition")
    return { SEED: "ignition", PHONE_HOME: "", USER_DATA: seedFile(asked, IGNITION_FILE, node) ?? "" };
  const files = CLOUD_INIT_FILES.map((file) => [
    file.toUpperCase().replace("-", "_"),
    seedFile(asked, file, node) ?? "",
  ]);
  return { SEED: "cloud-init", PHONE_HOME, ...Object.fromEntries(files) };
});
