/** Whether operations can be done at all: everything that can be known before a node is touched. Pure. */
import {
  contentBytes,
  MAX_ALL_CONTENT_BYTES,
  MAX_ATTEMPTS,
  MAX_CONTENT_BYTES,
  MAX_OPERATIONS,
  MAX_TIME_LIMIT_SEC,
  type Operation,
  type OperationAction,
} from "./operation.ts";
import { stepSpec } from "./steps.ts";

/** `why` is a clause. */
export type OperationProblem = { readonly operation: string; readonly why: string };

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const MODE = /^0?[0-7]{3}$/;
const PATH = /^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\p{Cc}]{1,1023}$/u;
/** The kernel takes 128 KiB in one variable. */
const MAX_VALUE_BYTES = 64 * 1024;
const MAX_VARIABLES = 64;
/** Steps of phase 1 that end with an agent. */
const ARRIVING: ReadonlySet<string> = new Set(["await-agent", "adopt-agent"]);
/** Steps of phase 3 in whose moment the agent is still there. */
const LEAVING: ReadonlySet<string> = new Set(["leave-ramdisk", "kexec-into-system"]);

/** The first thing that is wrong with them. */
export function operationProblem(operations: readonly Operation[]): OperationProblem | undefined {
  if (operations.length > MAX_OPERATIONS)
    return {
      operation: operations[MAX_OPERATIONS]?.name ?? "",
      why: `there are more than ${MAX_OPERATIONS}`,
    };
  const seen = new Set<string>();
  const replaced = new Set<string>();
  let bytes = 0;
  for (const operation of operations) {
    const { name, when, step } = operation;
    const why = whyNot(operation);
    if (why !== undefined) return { operation: name, why };
    if (seen.has(name)) return { operation: name, why: "two have this name" };
    if (when === "instead" && replaced.has(step))
      return { operation: name, why: `${step} is replaced already` };
    seen.add(name);
    if (when === "instead") replaced.add(step);
    bytes += contentBytes(operation);
    if (bytes > MAX_ALL_CONTENT_BYTES)
      return { operation: name, why: `with it all have more than ${MAX_ALL_CONTENT_BYTES} bytes` };
  }
  return undefined;
}

function whyNot(operation: Operation): string | undefined {
  const { name, action, timeLimitSec, maxAttempts } = operation;
  if (!NAME.test(name)) return "its name wants small letters, digits and hyphens, at most 40, a letter first";
  if (!isWholeWithin(timeLimitSec, MAX_TIME_LIMIT_SEC))
    return `its time limit wants 1 to ${MAX_TIME_LIMIT_SEC} seconds`;
  if (!isWholeWithin(maxAttempts, MAX_ATTEMPTS)) return `it wants 1 to ${MAX_ATTEMPTS} attempts`;
  if (contentBytes(operation) > MAX_CONTENT_BYTES) return `it has more than ${MAX_CONTENT_BYTES} bytes`;
  return whyNotHere(operation) ?? whyNotDone(action);
}

const isWholeWithin = (value: number, max: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= max;

/** Operations are done by the agent, which is on the node from the end of `await-agent` until it leaves the ramdisk. */
function whyNotHere({ when, step }: Operation): string | undefined {
  const { phase } = stepSpec(step);
  if (phase === 2) return undefined;
  if (when === "instead") return `only steps of phase 2 can be replaced, and ${step} is of phase ${phase}`;
  if (phase === 1 && !(when === "after" && ARRIVING.has(step)))
    return `${when} ${step} there is no agent on the node that could do it; the first moment is after await-agent`;
  if (phase === 3 && !(when === "before" && LEAVING.has(step)))
    return `${when} ${step} the agent has left the node; the last moment is before leave-ramdisk`;
  return undefined;
}

function whyNotDone(action: OperationAction): string | undefined {
  if (action.kind === "send") {
    if (!PATH.test(action.to)) return "its place on the node wants an absolute path without . and ..";
    return MODE.test(action.mode) ? undefined : "its mode wants three octal digits, such as 0644";
  }
  if (action.script.includes("\0")) return "its script has a zero byte";
  return whyNotGiven(Object.entries(action.environment ?? {}));
}

function whyNotGiven(variables: readonly (readonly [name: string, value: string])[]): string | undefined {
  if (variables.length > MAX_VARIABLES) return `its environment has more than ${MAX_VARIABLES} variables`;
  for (const [name, value] of variables) {
    if (!VARIABLE.test(name)) return `${JSON.stringify(name.slice(0, 70))} is no name for a variable`;
    if (name.startsWith("BRIGADE_")) return `${name} is Brigade's own variable`;
    if (value.includes("\0") || Buffer.byteLength(value) > MAX_VALUE_BYTES)
      return `the value of ${name} has a zero byte or more than ${MAX_VALUE_BYTES} bytes`;
  }
  return undefined;
}
