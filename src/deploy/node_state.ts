import type { PhaseNumber } from "./steps.ts";

/** A node that is on its way: which step of which way of which phase of its plan. */
export type RunningState = {
  readonly kind: "running";
  readonly phase: PhaseNumber;
  /** Place in the phase's list of ways, from 0. */
  readonly way: number;
  /** Which time this way is taken in a row, from 1. */
  readonly turn: number;
  readonly step: string;
  readonly attempt: number;
  /** Which journey into the ramdisk, from 1. */
  readonly round: number;
  /** Installations that were begun, this one among them. */
  readonly installs: number;
  /** Breakpoints that it was told to pass. */
  readonly passed?: readonly string[] | undefined;
};

/** Where one node is in its deployment. */
export type NodeState =
  | RunningState
  /** Before the step that it would do next, until somebody says to go on. */
  | { readonly kind: "paused"; readonly next: RunningState }
  /** In reserve: takes part when another one has failed, and is not touched before. */
  | {
      readonly kind: "spare";
      /** It was not needed, and is free for others. */
      readonly released?: true | undefined;
    }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly phase: PhaseNumber; readonly step: string; readonly why: string }
  | { readonly kind: "cancelled"; readonly phase: PhaseNumber; readonly step: string };

/** The deployment waits for it. */
export const isOnItsWay = ({ kind }: NodeState): boolean => kind === "running" || kind === "paused";

/** No other deployment may have it. */
export const isHeld = (state: NodeState): boolean =>
  state.kind === "spare" ? !state.released : isOnItsWay(state);
