import type { StartProblem } from "#src/deploy/deployment.ts";
import type { ProblemFields } from "./problem.ts";

type Taken = Extract<StartProblem, { kind: "nodesBusy" }>["nodes"];

/** Who has the nodes that somebody else wanted, for programs: to wait for, or to tell a user. */
export function holders(nodes: Taken): ProblemFields {
  const busy = nodes.map(({ node, deployment, owner, sinceMs }) => ({
    ...{ node, holder: deployment, ...(owner === undefined ? {} : { owner }) },
    since: new Date(sinceMs).toISOString(),
  }));
  const [first] = busy;
  return first ? { holder: first.holder, since: first.since, busy } : {};
}
