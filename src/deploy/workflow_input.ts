/** A workflow as a person writes it, in a request or a file, checked. Pure. */
import { DEPLOY_STEPS, isStepName } from "./steps.ts";
import {
  RAMDISK_WAYS,
  type StepPolicy,
  SYSTEM_WAYS,
  type WayChoice,
  type WorkflowOverride,
} from "./workflow.ts";

export type WorkflowRead =
  | { readonly ok: true; readonly workflow: WorkflowOverride }
  /** A clause, such as `there is no way "sail" into the ramdisk; there are already, kexec, reboot`. */
  | { readonly ok: false; readonly why: string };

const MAX_RETRIES = 10;
const MAX_ATTEMPTS = 10;
const MAX_LIMIT_SEC = 86_400;
const MAX_SHOWN_CHARACTERS = 60;

/** Thrown by the checks below and nowhere else. */
class Refusal extends Error {}

type Fields = Readonly<Record<string, unknown>>;

const PARTS = ["ramdisk", "installRetries", "system", "steps"] as const;

/** @param value what JSON or YAML holds; only what is known may be in it */
export function readWorkflow(value: unknown): WorkflowRead {
  try {
    const { ramdisk, installRetries, system, steps } = fieldsOf(value, "the workflow", PARTS);
    return {
      ok: true,
      workflow: {
        ...(ramdisk === undefined ? {} : { ramdisk: readWays(ramdisk, RAMDISK_WAYS, "into the ramdisk") }),
        ...(installRetries === undefined
          ? {}
          : { installRetries: wholeNumber(installRetries, "installRetries", { min: 0, max: MAX_RETRIES }) }),
        ...(system === undefined ? {} : { system: readSystemWays(system) }),
        ...(steps === undefined ? {} : { steps: readSteps(steps) }),
      },
    };
  } catch (fault) {
    if (fault instanceof Refusal) return { ok: false, why: fault.message };
    throw fault;
  }
}

function readSystemWays(value: unknown): NonNullable<WorkflowOverride["system"]> {
  const ways = readWays(value, SYSTEM_WAYS, "into the new system");
  // After another way "none" would call a node done that never came up.
  if (ways.length > 1 && ways.some(({ way }) => way === "none"))
    throw new Refusal('the way "none" stands alone: after it nothing is tried');
  return ways;
}

function readWays<Way extends string>(
  value: unknown,
  known: readonly Way[],
  where: string,
): readonly WayChoice<Way>[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new Refusal(`the ways ${where} are no list, wanted at least one of ${known.join(", ")}`);
  const ways = value.map((one) => readWay(one, known, where));
  const twice = ways.find(({ way }, place) => ways.findIndex((other) => other.way === way) < place);
  if (twice) throw new Refusal(`the way "${twice.way}" ${where} is there twice; say "retries" instead`);
  return ways;
}

function readWay<Way extends string>(value: unknown, known: readonly Way[], where: string): WayChoice<Way> {
  const said = typeof value === "string" ? { way: value } : value;
  const { way: name, retries, timeLimitSec } = fieldsOf(said, "a way", ["way", "retries", "timeLimitSec"]);
  const way = known.find((one) => one === name);
  if (way === undefined)
    throw new Refusal(`there is no way ${shown(name)} ${where}; there are ${known.join(", ")}`);
  const of = `of the way "${way}"`;
  return {
    way,
    ...(retries === undefined
      ? {}
      : { retries: wholeNumber(retries, `retries ${of}`, { min: 0, max: MAX_RETRIES }) }),
    ...(timeLimitSec === undefined ? {} : { timeLimitSec: limitSec(timeLimitSec, `timeLimitSec ${of}`) }),
  };
}

function readSteps(value: unknown): NonNullable<WorkflowOverride["steps"]> {
  const entries = Object.entries(fieldsOf(value, "steps"));
  return Object.fromEntries(entries.map(([name, policy]) => [knownStep(name), readPolicy(name, policy)]));
}

function knownStep(name: string): string {
  if (isStepName(name)) return name;
  const known = DEPLOY_STEPS.map((step) => step.name).join(", ");
  throw new Refusal(`there is no step ${shown(name)}; there are ${known}`);
}

function readPolicy(name: string, value: unknown): StepPolicy {
  const { timeLimitSec, maxAttempts } = fieldsOf(value, `step ${name}`, ["timeLimitSec", "maxAttempts"]);
  return {
    ...(timeLimitSec === undefined
      ? {}
      : { timeLimitSec: limitSec(timeLimitSec, `timeLimitSec of ${name}`) }),
    ...(maxAttempts === undefined
      ? {}
      : { maxAttempts: wholeNumber(maxAttempts, `maxAttempts of ${name}`, { min: 1, max: MAX_ATTEMPTS }) }),
  };
}

const limitSec = (value: unknown, what: string): number =>
  wholeNumber(value, what, { min: 1, max: MAX_LIMIT_SEC });

function wholeNumber(value: unknown, what: string, { min, max }: { min: number; max: number }): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Refusal(`${what} is ${shown(value)}, wanted a whole number from ${min} to ${max}`);
}

function fieldsOf(value: unknown, what: string, known?: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal(`${what} is ${shown(value)}, wanted fields`);
  const strange = known && Object.keys(value).find((key) => !known.includes(key));
  if (strange !== undefined)
    throw new Refusal(`${what} has no field ${shown(strange)}; it may have ${known?.join(", ")}`);
  return value as Fields;
}

const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, MAX_SHOWN_CHARACTERS);
