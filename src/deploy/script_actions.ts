/** Phase 2 of a node: what its agent does. Scripts are in `node_scripts/`; values reach them by environment only. */
import { whileAgentIsThere } from "./agent_watch.ts";
import { keepsBootSector } from "./layout_choice.ts";
import { BOOT_LOADER } from "./node_scripts/boot_loader.ts";
import { FIND_ROOT } from "./node_scripts/find_root.ts";
import { FORMAT } from "./node_scripts/format.ts";
import { GROW_IMAGE } from "./node_scripts/grow_image.ts";
import { IDENTITY, NAMES_ONLY } from "./node_scripts/identity.ts";
import { MOUNT } from "./node_scripts/mount.ts";
import { READ_HOST_KEY, SSH_KEYS } from "./node_scripts/ssh_keys.ts";
import { SYNC } from "./node_scripts/sync.ts";
import { SYSTEMD_BOOT } from "./node_scripts/systemd_boot.ts";
import { TARGET_DISK } from "./node_scripts/take_disk.ts";
import { HOPELESS_EXIT_CODE, TARGET } from "./node_scripts/words.ts";
import { nodeOf } from "./power_actions.ts";
import { jobId, type StepAction, type StepContext } from "./step_action.ts";
import { Hopeless, oneLine } from "./step_fault.ts";

type Env = Readonly<Record<string, string>>;

/** The agent stops the script before the step gives up on the agent, so that the script's last words are heard. */
const agentLimitMs = (stepSec: number): number => Math.max(stepSec * 900, stepSec * 1000 - 5_000);

const HOST_KEY = /^host-key (ssh-ed25519 [A-Za-z0-9+/]{1,200}={0,2})$/m;

export type NodeScript = {
  readonly id: string;
  readonly script: string;
  readonly env: Env;
  readonly args?: readonly string[];
  /** Default: what the step may take. */
  readonly limitSec?: number;
};

/** @returns the end of the output. @throws with the script's last line. */
export async function runScript(
  context: StepContext,
  { id, script, env, args = [], limitSec = context.timeLimitSec }: NodeScript,
): Promise<string> {
  const { tools, progress } = context;
  const timeLimitMs = agentLimitMs(limitSec);
  const result = await whileAgentIsThere(context, (signal) =>
    tools.run(progress.node, { id, script, args, env, timeLimitMs, bootId: progress.bootId }, signal),
  );
  if (result.error) throw new Error(`The agent could not run the script: ${result.error}`);
  if (result.timedOut) throw new Error(`The script did not end within ${Math.round(timeLimitMs / 1000)} s`);
  if (result.code === 0) return result.outputTail;

  const how = result.code === null ? `signal ${result.signal}` : `exit code ${result.code}`;
  const why = lastLine(result.outputTail) || `the script ended with ${how}`;
  throw result.code === HOPELESS_EXIT_CODE ? new Hopeless(why) : new Error(why);
}

export const lastLine = (output: string): string =>
  oneLine(output.trimEnd().slice(-4096).split("\n").at(-1) ?? "");

/** A step that is one script. */
export const scriptStep =
  (script: string, envOf: (context: StepContext) => Env = () => ({})): StepAction =>
  async (context) => {
    await runScript(context, { id: jobId(context), script, env: envOf(context) });
    return {};
  };

export const grow = scriptStep(GROW_IMAGE, ({ deployment }) => ({
  GROW: deployment.request.grow ? "yes" : "auto",
}));

export const findRoot = scriptStep(FIND_ROOT);

export const format = scriptStep(FORMAT);

export const mount = scriptStep(MOUNT);

const TO_ROOT = { kind: "archive", directory: TARGET } as const;
const TO_DISK = { kind: "disk", device: TARGET_DISK } as const;

export const broadcast: StepAction = async (context) => {
  const { deployment, progress, state, planned, tools, report } = context;
  const request = {
    deployment: deployment.id,
    node: progress.node,
    imageDigest: deployment.imageDigest,
    sink: planned.sink === "disk" ? TO_DISK : TO_ROOT,
    verify: deployment.request.verify,
    attempt: (state.round - 1) * planned.maxAttempts + state.attempt,
    bootId: progress.bootId,
  } as const;
  const received = await whileAgentIsThere(context, (signal) => tools.join(request, signal, report));
  if (!received.ok) throw new Error(received.error ?? "The agent gave no reason");
  return {};
};

export const names = scriptStep(NAMES_ONLY, ({ progress }) => ({ HOST_NAME: progress.node }));

export const identity = scriptStep(IDENTITY, (context) => ({
  HOST_NAME: context.progress.node,
  MACS: nodeOf(context).macs.join(" "),
}));

export const sshKeys: StepAction = async (context) => {
  const id = jobId(context);
  const env = { AUTHORIZED_KEYS: keysFor(context).join("\n") };
  const output = await runScript(context, { id, script: SSH_KEYS, env });
  return { hostKey: hostKeyIn(output) ?? (await readHostKey(context, id)) };
};

export const hostKeyIn = (output: string): string | undefined => HOST_KEY.exec(output)?.[1];

/**
 * The user's, and the appliance's, by which the node is brought into the ramdisk without its firmware next time.
 * None when the user gave none: the image's stay.
 */
function keysFor({ deployment, tools }: StepContext): readonly string[] {
  const { authorizedKeys, applianceKey = true } = deployment.request;
  return applianceKey && authorizedKeys.length > 0 ? [...authorizedKeys, tools.sshPublicKey] : authorizedKeys;
}

/** An agent repeats the result of a job, not its output: after a restart the key may have to be asked for. */
export async function readHostKey(context: StepContext, id: string): Promise<string> {
  const again = `${id}/read-${context.tools.clock.wallMs()}`;
  const output = await runScript(context, { id: again, script: READ_HOST_KEY, env: {} });
  const hostKey = hostKeyIn(output);
  if (!hostKey) throw new Error(`The node reported no host key, but: ${lastLine(output)}`);
  return hostKey;
}

/** The node's own come last, so that they can override. */
const loaderEnv = (context: StepContext): Env => ({
  KERNEL_ARGUMENTS: [...(context.planned.kernelArguments ?? []), ...nodeOf(context).kernelArguments].join(
    " ",
  ),
  BOOT_SECTOR: keepsBootSector(context.deployment.request) ? "keep" : "take",
  KEEP_KERNEL: mayKexec(context) ? "yes" : "",
});
const grub = scriptStep(BOOT_LOADER, loaderEnv);
const systemdBoot = scriptStep(SYSTEMD_BOOT, loaderEnv);

export const bootLoader: StepAction = (context) =>
  context.planned.loader === "systemd-boot" ? systemdBoot(context) : grub(context);

/** A later way of its plan starts the new system's kernel out of the ramdisk. */
const mayKexec = ({ deployment, progress }: StepContext): boolean =>
  deployment.plans[progress.plan]?.[2].some(({ way }) => way === "kexec") ?? false;

export const sync = scriptStep(SYNC);
