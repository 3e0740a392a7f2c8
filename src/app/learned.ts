/** Time limits out of past boots: what the store knows at the start, and each boot since. */
import { modelOf } from "#src/agent/inventory.ts";
import type { Settings } from "#src/config/settings.ts";
import { BOOT_STEPS, KEPT_RUNS, LearnedLimits, type LearningRules } from "#src/deploy/learned_limits.ts";
import type { DeployServiceOptions } from "#src/deploy/service_options.ts";
import type { StepRun } from "#src/deploy/step_run.ts";
import type { LoggedEvent } from "#src/events/event.ts";
import type { Base } from "./base.ts";

export type Learning = {
  readonly limits: LearnedLimits;
  readonly limitSec: NonNullable<DeployServiceOptions["learnedLimitSec"]>;
};

/** A ceiling below the floor is the floor. */
const learningRules = (
  settings: Pick<Settings, "learned-limit-min" | "learned-limit-max">,
): LearningRules => ({
  minSec: settings["learned-limit-min"],
  maxSec: Math.max(settings["learned-limit-min"], settings["learned-limit-max"]),
});

export async function startLearning({ store, events, settings }: Base): Promise<Learning> {
  const { stepRuns, inventories } = store;
  const rules = learningRules(settings);
  events.subscribe(keepPowerCommands(store));
  const limits = new LearnedLimits(rules);
  const learn = (run: StepRun): void => {
    if (run.ok) limits.learn(run, run.tookMs);
  };
  for (const run of await stepRuns.latestBoots([...BOOT_STEPS], KEPT_RUNS)) learn(run);
  stepRuns.subscribe(learn);
  return {
    limits,
    // Who ran out of time once is given all of it: it may be slow, and not dead.
    limitSec: (node, { step, way, isFirst }) =>
      isFirst ? limits.limitSec({ model: modelOf(inventories.byNode(node)), step, way }) : undefined,
  };
}

/** Power commands are kept as the steps are. One that cannot be stored is missing in the statistics, and nowhere else. */
const keepPowerCommands =
  ({ stepRuns, inventories }: Pick<Base, "store">["store"]) =>
  ({ event, atMs }: LoggedEvent): void => {
    if (event.kind !== "powerCommanded") return;
    const { node, action, ok, detail, tookMs } = event;
    const run: StepRun = {
      ...{ deployment: "", node, model: modelOf(inventories.byNode(node)), step: `power ${action}` },
      ...{ phase: 0, way: "power", round: 1, turn: 1, attempt: 1, image: "", ok, tookMs },
      startedAtMs: atMs - tookMs,
      ...(ok ? {} : { why: detail }),
    };
    stepRuns.add(run).catch(() => undefined);
  };
