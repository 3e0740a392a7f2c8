import type { RunFilter, StepRun, StepRunStore } from "#src/deploy/step_run.ts";

/** Answers what the test says, and keeps what it was asked. */
export class FakeStepRuns
  implements Pick<StepRunStore, "totals" | "failures" | "steps" | "slowest" | "pages">
{
  readonly asked: object[] = [];
  runs: readonly StepRun[] = [];
  failing: Awaited<ReturnType<StepRunStore["failures"]>> = [];
  stepRows: Awaited<ReturnType<StepRunStore["steps"]>> = [];

  totals: StepRunStore["totals"] = async (filter) => {
    this.asked.push(filter);
    const failed = this.runs.filter(({ ok }) => !ok).length;
    return { runs: this.runs.length, failed, deployments: 1, nodes: 1, oldestAtMs: 5 };
  };
  failures: StepRunStore["failures"] = async (filter, by) => {
    this.asked.push({ ...filter, by });
    return this.failing;
  };
  steps: StepRunStore["steps"] = async (filter) => {
    this.asked.push(filter);
    return this.stepRows;
  };
  slowest: StepRunStore["slowest"] = async (filter, count) => {
    this.asked.push({ ...filter, count });
    return this.runs.slice(0, count);
  };
  pages = async function* (this: FakeStepRuns, filter: RunFilter): AsyncGenerator<readonly StepRun[]> {
    this.asked.push(filter);
    for (const run of this.runs) yield [run];
  };
}
