/** Between what goes over the API about operations and what deployments do. Pure. */
import { DEFAULT_TIME_LIMIT_SEC, type Operation } from "#src/deploy/operation.ts";
import { operationProblem } from "#src/deploy/operation_check.ts";
import { describeStartProblem } from "#src/deploy/start_problem.ts";
import { DEPLOY_STEPS, isStepName } from "#src/deploy/steps.ts";
import type { OperationInput } from "./operation_types.ts";
import { ApiProblem } from "./problem.ts";

const DEFAULT_MODE = "0644";

/** @throws ApiProblem when one of them cannot be done */
export function readOperations(inputs: readonly OperationInput[]): readonly Operation[] {
  const operations = inputs.map(readOperation);
  const problem = operationProblem(operations);
  if (problem) throw badOperation(problem.operation, problem.why);
  return operations;
}

const badOperation = (operation: string, why: string): ApiProblem =>
  new ApiProblem(422, "badOperation", describeStartProblem({ kind: "badOperation", operation, why }));

function readOperation(input: OperationInput): Operation {
  const { name, when, step, timeLimitSec = DEFAULT_TIME_LIMIT_SEC, attempts: maxAttempts = 1 } = input;
  if (!isStepName(step)) {
    const known = DEPLOY_STEPS.map((spec) => spec.name).join(", ");
    throw badOperation(name, `there is no step ${step}, but ${known}`);
  }
  const action =
    "run" in input
      ? ({ kind: "run", script: input.run, environment: input.environment } as const)
      : ({ kind: "send", content: input.send, to: input.to, mode: input.mode ?? DEFAULT_MODE } as const);
  return { name, when, step, action, timeLimitSec, maxAttempts };
}

export function operationView({
  name,
  when,
  step,
  action,
  timeLimitSec,
  maxAttempts,
}: Operation): OperationInput {
  const timing = { name, when, step, timeLimitSec, attempts: maxAttempts };
  if (action.kind === "send") return { ...timing, send: action.content, to: action.to, mode: action.mode };
  const { script: run, environment } = action;
  return environment ? { ...timing, run, environment: { ...environment } } : { ...timing, run };
}
