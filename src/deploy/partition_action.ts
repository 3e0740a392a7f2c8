/**
 * The step `partition`: a look at the node's disks, the decision here, and a script that carries it out. The look has a
 * name of its own each time, for an agent repeats the result of a job and not its output.
 */
import type { Deployment } from "./deployment.ts";
import { layoutOf } from "./layout_choice.ts";
import { type NodeLook, readLook } from "./look_text.ts";
import { LOOK } from "./node_scripts/look.ts";
import { PARTITION, TAKE_PARTITION } from "./node_scripts/partition.ts";
import { TAKE_DISK } from "./node_scripts/take_disk.ts";
import { runScript } from "./script_actions.ts";
import { jobId, type StepAction, type StepContext } from "./step_action.ts";
import { Hopeless } from "./step_fault.ts";
import { chooseForImage, chooseTarget, type Target } from "./target.ts";

export const partition: StepAction = async (context) => {
  const target = await decide(context);
  const script = target.kind === "disk" ? PARTITION : TAKE_PARTITION;
  await runScript(context, { id: jobId(context), script, env: { DISK_PLAN: target.plan } });
  return {};
};

/** The step `take-disk`: the same for a disk image, which is not divided here. */
export const takeDisk: StepAction = async (context) => {
  const { deployment, progress } = context;
  const look = await lookAtDisks(context, { disk: deployment.request.disk });
  const chosen = chooseForImage(look, { ...deployment.request, imageRawBytes: deployment.imageRawBytes });
  if (chosen.kind === "refused") throw new Hopeless(aboutNode(progress.node, chosen.why));
  await runScript(context, { id: jobId(context), script: TAKE_DISK, env: { DISK: chosen.name } });
  return {};
};

/** @throws Hopeless when no disk of the node will do */
async function decide(context: StepContext): Promise<Exclude<Target, { kind: "refused" }>> {
  const { deployment, progress, tools } = context;
  const { request, imageRawBytes } = deployment;
  const name = layoutOf(request);
  const layout = tools.layoutByName(name);
  if (!layout) throw new Hopeless(`No layout is called "${name}" any more; see "brigade layout list"`);
  const look = await lookAtDisks(context, request);
  const target = chooseTarget(look, { ...request, layout, imageRawBytes });
  if (target.kind === "refused") throw new Hopeless(aboutNode(progress.node, target.why));
  return target;
}

/** What the node says of its disks now. */
export async function lookAtDisks(
  context: StepContext,
  { disk, partition: part }: Pick<Deployment["request"], "disk" | "partition">,
): Promise<NodeLook> {
  const id = `${jobId(context)}/look-${context.tools.clock.wallMs()}`;
  const env = { DISK: disk ?? "", PARTITIONS: part === undefined ? "no" : "yes" };
  const look = readLook(await runScript(context, { id, script: LOOK, env }));
  if (!look) throw new Error("The node did not say which disks it has");
  return look;
}

/** `Node n1 has no disk`, `Node n1: disk /dev/sda has 2 GB, …`. */
const aboutNode = (node: string, why: string): string =>
  `Node ${node}${/^(?:disk|partition) /.test(why) ? ":" : ""} ${why}`;
