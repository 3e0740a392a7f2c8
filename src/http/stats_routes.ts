import { Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import type { RunFilter, StepRun } from "#src/deploy/step_run.ts";
import { isStepName, stepSpec } from "#src/deploy/steps.ts";
import type { WindowState } from "#src/power/window.ts";
import { csvLine } from "#src/value/csv.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { readNodeSet } from "./deployment_request.ts";
import { limitIdle } from "./idle_limit.ts";
import {
  BootView,
  FailureQuery,
  FailureView,
  RUN_COLUMNS,
  RunQuery,
  RunTotalsView,
  RunView,
  SlowestQuery,
  StepView,
  WindowsView,
} from "./stats_types.ts";

const DEFAULT_SLOWEST = 50;
/** A client that takes nothing for this long is given up. */
const DUMP_IDLE_MS = 60_000;
/** More than any machine starts in a second: no limit. */
const NO_RATE = 1_000_000;

/** Past runs: sums are made by the database, and all of them are streamed. */
export function statsRoutes(api: Api, services: ApiServices): void {
  const { stepRuns } = services;
  const filterOf = ({ nodes, ...rest }: RunQuery): RunFilter => ({
    ...rest,
    ...(nodes === undefined ? {} : { nodes: readNodeSet(services, nodes) }),
  });

  api.get(
    "/stats",
    { schema: { querystring: RunQuery, response: { 200: RunTotalsView } } },
    async ({ query }) => (await stepRuns.totals(filterOf(query))) as RunTotalsView,
  );
  api.get(
    "/stats/failures",
    { schema: { querystring: FailureQuery, response: { 200: Type.Array(FailureView) } } },
    async ({ query: { by = "node", ...query } }) =>
      [...(await stepRuns.failures(filterOf(query), by))] as FailureView[],
  );
  api.get(
    "/stats/steps",
    { schema: { querystring: RunQuery, response: { 200: Type.Array(StepView) } } },
    async ({ query }) => [...(await stepRuns.steps(filterOf(query)))],
  );
  api.get(
    "/stats/slowest",
    { schema: { querystring: SlowestQuery, response: { 200: Type.Array(RunView) } } },
    async ({ query: { limit = DEFAULT_SLOWEST, ...query } }) =>
      [...(await stepRuns.slowest(filterOf(query), limit))] as RunView[],
  );
  api.get("/stats/boots", { schema: { response: { 200: Type.Array(BootView) } } }, async () =>
    services.learned().map(
      ({ limitSec, ...boot }): BootView => ({
        ...boot,
        ...(limitSec === undefined ? {} : { limitSec }),
        defaultSec: isStepName(boot.step) ? stepSpec(boot.step).timeLimitSec : 0,
      }),
    ),
  );
  api.get(
    "/stats/runs",
    { schema: { querystring: RunQuery }, exposeHeadRoute: false },
    async ({ query, raw }, reply) => {
      limitIdle(raw, DUMP_IDLE_MS);
      const stream = Readable.from(dump(stepRuns.pages(filterOf(query))), { objectMode: false });
      return reply.header("content-type", "text/csv; charset=utf-8").send(stream);
    },
  );
  api.get("/windows", { schema: { response: { 200: WindowsView } } }, async () => {
    const { reboot, power } = services.windows();
    return { reboot: windowView(reboot), power: windowView(power) };
  });
}

async function* dump(pages: AsyncIterable<readonly StepRun[]>): AsyncGenerator<string> {
  yield csvLine(RUN_COLUMNS);
  for await (const page of pages)
    yield page.map((run) => csvLine(RUN_COLUMNS.map((one) => run[one]))).join("");
}

const windowView = ({ limits, inFlight, waiting, lanes }: WindowState): WindowsView["reboot"] => ({
  ...{ inFlight, waiting, mostInFlight: limits.inFlight, lanes: [...lanes] },
  ...(limits.perSecond >= NO_RATE ? {} : { mostPerSecond: limits.perSecond }),
});
