/**
 * Who has a slot of the reboot window. A node takes one before it is started, keeps it over the steps of its boot, and
 * gives it back when it is through: its agent called, its new system answered, or that failed. No clock here; who
 * waits is the gate's business.
 */
import type { NodeProgress } from "./deployment.ts";
import type { NodeState, RunningState } from "./node_state.ts";

/** Steps that start a machine. */
const STARTERS: ReadonlySet<string> = new Set(["power-into-ramdisk", "leave-ramdisk", "power-into-system"]);
/** Steps that wait for one that was started. */
const FOLLOWERS: ReadonlySet<string> = new Set(["await-agent", "await-system"]);

export type Enter = (node: string, signal: AbortSignal, onWait: () => void) => Promise<Disposable>;

type Held = { readonly slot: Disposable; step: string };

export class BootSlots {
  readonly #enter: Enter;
  readonly #held = new Map<string, Held>();

  constructor(enter: Enter) {
    this.#enter = enter;
  }

  /** Before an attempt. @throws signal.reason when the signal comes while it waits */
  async admit(node: string, { step }: RunningState, signal: AbortSignal, onWait: () => void): Promise<void> {
    const held = this.#held.get(node);
    if (held) held.step = step;
    else if (STARTERS.has(step))
      this.#held.set(node, { slot: await this.#enter(node, signal, onWait), step });
  }

  /** A node is somewhere else now. */
  moved(node: string, state: NodeState): void {
    const held = this.#held.get(node);
    if (held && !isSameBoot(held.step, state)) this.free(node);
  }

  /** Counts what was under way when the appliance ended. */
  restore(progress: NodeProgress, take: (node: string) => Disposable): void {
    const { node, state, records } = progress;
    const last = records.at(-1);
    if (state.kind !== "running" || !FOLLOWERS.has(state.step) || !last || !STARTERS.has(last.step)) return;
    this.#held.set(node, { slot: take(node), step: state.step });
  }

  free(node: string): void {
    const held = this.#held.get(node);
    this.#held.delete(node);
    held?.slot[Symbol.dispose]();
  }
}

/** Another attempt at the same step, or the wait that follows it. A node that is started anew stands in line again. */
function isSameBoot(step: string, state: NodeState): boolean {
  if (state.kind !== "running") return false;
  return state.step === step || (STARTERS.has(step) && FOLLOWERS.has(state.step));
}
