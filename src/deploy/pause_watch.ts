import type { RunningState } from "./node_state.ts";
import type { StepTools } from "./tools.ts";

const LOOK_EVERY_MS = 5_000;
/** A restarted switch or appliance heals within this. */
const MAX_SILENCE_MS = 60_000;

export type Watched = {
  readonly node: string;
  /** What it does when it goes on. */
  readonly next: RunningState;
  /** The boot whose agent installs. */
  readonly bootId: string | undefined;
};

/** What became of the ramdisk of a node that stands before a step of phase 2, as a sentence; nothing while all is well. */
export function lossOf(
  tools: Pick<StepTools, "agentOf">,
  { node, next, bootId }: Watched,
): string | undefined {
  if (next.phase !== 2) return undefined;
  const now = tools.agentOf(node)?.bootId;
  if (now === bootId) return undefined;
  return now === undefined
    ? `The agent of ${node} went away while it stood before ${next.step}`
    : `Node ${node} booted anew while it stood before ${next.step}`;
}

/**
 * Looks after a node that stands, as long as it does.
 *
 * @param tell called once, when its ramdisk is lost: it has to go through phase 1 again
 * @returns ends the watch
 */
export function watchPaused(
  tools: Pick<StepTools, "agentOf" | "clock">,
  watched: Watched,
  tell: (why: string) => void,
): () => void {
  const { clock } = tools;
  let lastWellMs = clock.monotonicMs();
  let prevent = (): void => {};
  const look = (): void => {
    const why = lossOf(tools, watched);
    const isGone = why !== undefined && tools.agentOf(watched.node) !== undefined;
    if (why === undefined) lastWellMs = clock.monotonicMs();
    if (why !== undefined && (isGone || clock.monotonicMs() - lastWellMs >= MAX_SILENCE_MS)) tell(why);
    else prevent = clock.after(LOOK_EVERY_MS, look);
  };
  prevent = clock.after(LOOK_EVERY_MS, look);
  return () => prevent();
}
