/**
 * What users and admins have done on nodes around the steps of a deployment:
 * a script to run or a file to put there, before, after or instead of a step.
 * Pure.
 */
import type { StepName } from "./steps.ts";

export const WHENS = ["before", "after", "instead"] as const;
export type When = (typeof WHENS)[number];

export type OperationAction =
  | {
      readonly kind: "run";
      /** Text of the script; `#!` says what runs it. */
      readonly script: string;
      readonly environment?: Readonly<Record<string, string>> | undefined;
    }
  | {
      readonly kind: "send";
      /** Base64. */
      readonly content: string;
      /** Absolute path on the node. */
      readonly to: string;
      /** Octal, for example `0644`. */
      readonly mode: string;
    };

export type Operation = {
  /** Once in a request. */
  readonly name: string;
  readonly when: When;
  readonly step: StepName;
  readonly action: OperationAction;
  /** Wall time that one attempt may take. */
  readonly timeLimitSec: number;
  readonly maxAttempts: number;
};

/** An operation as a step of a plan has it. */
export type PlannedOperation = Pick<Operation, "name" | "when" | "step" | "action">;

export const DEFAULT_TIME_LIMIT_SEC = 300;
export const MAX_TIME_LIMIT_SEC = 86_400;
export const MAX_ATTEMPTS = 10;
/** Bytes of one script or file. */
export const MAX_CONTENT_BYTES = 256 * 1024;
/** Bytes of all scripts and files that one request, or one group, brings: each deployment keeps them. */
export const MAX_ALL_CONTENT_BYTES = 512 * 1024;
export const MAX_OPERATIONS = 64;

export const contentBytes = ({ action }: Pick<Operation, "action">): number =>
  action.kind === "run" ? Buffer.byteLength(action.script) : Buffer.byteLength(action.content, "base64");
