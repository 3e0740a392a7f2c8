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
};

/** Where one node is in its deployment. */
export type NodeState =
  | RunningState
  /** Before the step that it would do next, until somebody says to go on. */
  | { readonly kind: "paused"; readonly next: RunningState }
  /** In reserve: takes part when another one has failed, and is not touched before. */
  | { readonly kind: "spare" }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly phase: PhaseNumber; readonly step: string; readonly why: string }
  | { readonly kind: "cancelled"; readonly phase: PhaseNumber; readonly step: string };

/** The deployment waits for it. */
export const isOnItsWay = ({ kind }: NodeState): boolean => kind === "running" || kind === "paused";
