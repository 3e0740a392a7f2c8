/** Puts operations into the plans of a deployment: each becomes a step of its own. Pure. */
import type { Deployment, StartProblem } from "./deployment.ts";
import type { Operation, When } from "./operation.ts";
import type { Plan, PlannedPhase, PlannedStep, PlannedWay } from "./plan.ts";
import { firstState } from "./transition.ts";

/** What an admin says of a group of nodes. */
export type GroupOperation = Operation & { readonly group: string };

export type Operated =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; readonly problem: StartProblem };

/** Those of groups come with the name of their group, so that users' cannot meet them. */
type Placed = { readonly operation: Operation; readonly label: string };

/**
 * @param deployment at its beginning
 * @param ofGroups what admins say of the groups of a node, in the order in which it is done
 */
export function withOperations(
  deployment: Deployment,
  ofGroups: (node: string) => readonly GroupOperation[],
): Operated {
  const own = (deployment.request.operations ?? []).map(
    (operation): Placed => ({ operation, label: operation.name }),
  );
  const plans: Plan[] = [];
  const places = new Map<string, number>();
  const nodes: Deployment["nodes"][number][] = [];
  for (const progress of deployment.nodes) {
    const groups = ofGroups(progress.node).map(
      (operation): Placed => ({ operation, label: `@${operation.group}:${operation.name}` }),
    );
    const twice = replacedTwice([...groups, ...own]);
    if (twice) return refused(twice, `${twice.operation.step} of ${progress.node} is replaced already`);
    const key = `${progress.plan} ${JSON.stringify(groups.map(({ label }) => label))}`;
    const place = places.get(key) ?? plans.push(operated(deployment, progress.plan, { groups, own })) - 1;
    places.set(key, place);
    const state = progress.state.kind === "spare" ? progress.state : firstState(plans[place] as Plan);
    nodes.push({ ...progress, plan: place, state });
  }
  const nowhere = own.find(({ operation }) => !plans.some((plan) => isIn(plan, operation)));
  if (nowhere) return refused(nowhere, `the nodes do no step ${nowhere.operation.step}`);
  return { ok: true, deployment: { ...deployment, plans, nodes } };
}

const refused = ({ operation }: Placed, why: string): Operated => ({
  ok: false,
  problem: { kind: "badOperation", operation: operation.name, why },
});

function replacedTwice(placed: readonly Placed[]): Placed | undefined {
  const replacing = placed.filter(({ operation }) => operation.when === "instead");
  return replacing.find(({ operation }, at) =>
    replacing.slice(0, at).some((earlier) => earlier.operation.step === operation.step),
  );
}

const isIn = (plan: Plan, { name, step, when }: Operation): boolean =>
  plan.some((phase) =>
    phase.some(({ steps }) =>
      steps.some(
        ({ operation }) => operation?.name === name && operation.step === step && operation.when === when,
      ),
    ),
  );

type Layers = { readonly groups: readonly Placed[]; readonly own: readonly Placed[] };

function operated({ plans }: Deployment, index: number, layers: Layers): Plan {
  const plan = plans[index];
  if (!plan) throw new RangeError(`Cannot find plan ${index}: the deployment has ${plans.length}`);
  const [ramdisk, install, system] = plan;
  const phase = (ways: PlannedPhase): PlannedPhase => ways.map((way) => operatedWay(way, layers));
  return [phase(ramdisk), phase(install), phase(system)];
}

const operatedWay = (way: PlannedWay, layers: Layers): PlannedWay => ({
  ...way,
  steps: way.steps.flatMap((step) => operatedStep(step, layers)),
});

/** Admins prepare the ground before users, and have the last word after them. */
function operatedStep(step: PlannedStep, { groups, own }: Layers): readonly PlannedStep[] {
  const those = (placed: readonly Placed[], when: When): readonly PlannedStep[] =>
    placed
      .filter(({ operation }) => operation.when === when && operation.step === step.name)
      .map((one) => stepOf(one));
  const [instead] = [...those(groups, "instead"), ...those(own, "instead")];
  const pause = step.pauseBefore ? { pauseBefore: true as const } : {};
  return [
    ...those(groups, "before"),
    ...those(own, "before"),
    instead ? { ...instead, ...pause } : step,
    ...those(own, "after"),
    ...those(groups, "after"),
  ];
}

function stepOf({ operation, label }: Placed): PlannedStep {
  const { name, when, step, action, timeLimitSec, maxAttempts } = operation;
  return {
    name: `${when}-${step}:${label}`,
    ...{ timeLimitSec, maxAttempts, limitAsked: true },
    operation: { name, when, step, action },
  };
}
