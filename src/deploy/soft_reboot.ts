/** A reboot that the running Linux does itself, with its services stopped and its file systems unmounted. */
import type { Mac } from "#src/value/mac.ts";
import { pause, within } from "./clock.ts";
import { onlyOn } from "./node_scripts/only_on.ts";
import type { SshResult } from "./ssh_run.ts";
import type { StepContext } from "./step_action.ts";

const LOGIN_MS = 5_000;
/** A system that has not let go of its SSH server by then waits for something that does not end. */
const LEAVE_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** In a row: one lost packet is no system that went down. */
const SILENT_LOOKS = 3;

/** In the background, so that the login can end first. */
const rebootScript = (macs: readonly Mac[]): string => `${onlyOn(macs)}
(sleep 1; systemctl reboot || reboot) > /dev/null 2>&1 < /dev/null &
`;

/** @returns whether the node's system went down of its own accord; false asks for the power switch */
export async function rebootSoftly(context: StepContext): Promise<boolean> {
  const { tools, progress, signal } = context;
  const address = tools.loginAddressOf(progress.node);
  // Of a node in the ramdisk there is nothing to be unmounted.
  if (!address || tools.agentOf(progress.node)) return false;
  const script = rebootScript(tools.nodeByName(progress.node)?.macs ?? []);
  const hostKey = await tools.lastHostKeyOf(progress.node);
  const told = await quickly(context, LOGIN_MS, (limited) =>
    tools.ssh({ address, hostKey, script }, limited),
  );
  if (told?.kind !== "ended" || told.code !== 0) return false;
  const gone = await quickly(context, LEAVE_MS, async (limited) => {
    for (let silent = 0; ; ) {
      silent = (await tools.probeHostKey(address, limited)).kind === "key" ? 0 : silent + 1;
      if (silent === SILENT_LOOKS) return true;
      await pause(tools.clock, LOOK_EVERY_MS, limited);
    }
  });
  signal.throwIfAborted();
  return gone === true;
}

/** What `work` gives within `ms`; undefined when it fails or takes longer. */
async function quickly<T extends SshResult | boolean>(
  { tools, signal }: StepContext,
  ms: number,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const reason = (): Error => new Error(`no end within ${ms} ms`);
  return within({ clock: tools.clock, ms, signal, reason }, work).catch(() => {
    signal.throwIfAborted();
    return undefined;
  });
}
