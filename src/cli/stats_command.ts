import type { Command } from "commander";
import type { BootView, FailureView, RunTotalsView, RunView, StepView } from "#src/http/stats_types.ts";
import { type CsvValue, csv } from "#src/value/csv.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { checkNodeSet } from "./node_names.ts";
import { fields, json, seconds, table, time } from "./output.ts";
import { instantOf } from "./when.ts";

type Filter = {
  readonly nodes?: string;
  readonly model?: string;
  readonly step?: string;
  readonly image?: string;
  readonly since?: string;
  readonly until?: string;
};
type StatsOptions = Filter & { readonly csv?: boolean; readonly by?: string; readonly limit?: string };

/** How an answer looks: cells for people, values for spreadsheets. */
type Sheet<T> = {
  readonly head: readonly string[];
  readonly cells: (row: T) => readonly string[];
  readonly columns: readonly string[];
  readonly values: (row: T) => readonly CsvValue[];
  readonly none: string;
};

const percent = (failed: number, runs: number): string =>
  `${((100 * failed) / Math.max(1, runs)).toFixed(1)} %`;
const FAILED_HEAD = ["RUNS", "FAILED", "RATE", "LAST", "WHY"];
const NOTHING = "Nothing is kept that fits\n";

const FAILURES = (by: string): Sheet<FailureView> => ({
  head: [by.toUpperCase(), ...FAILED_HEAD],
  cells: ({ key, runs, failed, lastFailedAtMs, lastWhy = "" }) => [
    ...[key || "-", String(runs), String(failed), percent(failed, runs)],
    ...[lastFailedAtMs === undefined ? "-" : time(lastFailedAtMs), lastWhy.slice(0, 80)],
  ],
  columns: [by, "runs", "failed", "last_failed_at", "last_why"],
  values: ({ key, runs, failed, lastFailedAtMs, lastWhy }) => [
    ...[key, runs, failed],
    ...[lastFailedAtMs === undefined ? undefined : time(lastFailedAtMs), lastWhy],
  ],
  none: NOTHING,
});

const STEPS: Sheet<StepView> = {
  head: ["MODEL", "STEP", "WAY", "RUNS", "FAILED", "MEDIAN (s)", "P90 (s)", "SPREAD (s)", "LONGEST (s)"],
  cells: ({ model, step, way, runs, failed, p10Ms, medianMs, p90Ms, longestMs }) => [
    ...[model || "-", step, way, String(runs), String(failed)],
    ...[medianMs, p90Ms, p90Ms - p10Ms, longestMs].map(seconds),
  ],
  columns: ["model", "step", "way", "runs", "failed", "p10_ms", "median_ms", "p90_ms", "longest_ms"],
  values: (row) => [
    ...[row.model, row.step, row.way, row.runs, row.failed],
    ...[row.p10Ms, row.medianMs, row.p90Ms, row.longestMs],
  ],
  none: NOTHING,
};

const SLOWEST: Sheet<RunView> = {
  head: ["TOOK (s)", "NODE", "MODEL", "STEP", "DEPLOYMENT", "STARTED", "RESULT"],
  cells: ({ tookMs, node, model, step, deployment, startedAtMs, ok, why = "" }) => [
    ...[seconds(tookMs), node, model || "-", step, deployment || "-", time(startedAtMs)],
    ok ? "OK" : `KO: ${why.slice(0, 60)}`,
  ],
  columns: ["took_ms", "node", "model", "step", "way", "deployment", "image", "started_at", "ok", "why"],
  values: (run) => [
    ...[run.tookMs, run.node, run.model, run.step, run.way, run.deployment, run.image],
    ...[time(run.startedAtMs), run.ok, run.why],
  ],
  none: NOTHING,
};

const BOOT_NAMES: Readonly<Record<string, string>> = {
  "await-agent": "power to agent",
  "await-system": "leaving to new system",
};
const BOOTS: Sheet<BootView> = {
  head: ["MODEL", "BOOT", "WAY", "RUNS", "MEDIAN (s)", "SPREAD (s)", "LIMIT (s)", "LEARNED"],
  cells: ({ model, step, way, runs, medianSec, spreadSec, limitSec, defaultSec }) => [
    ...[model, BOOT_NAMES[step] ?? step, way, String(runs), medianSec.toFixed(1), spreadSec.toFixed(1)],
    ...[String(limitSec ?? defaultSec), limitSec === undefined ? "not yet" : "yes"],
  ],
  columns: ["model", "step", "way", "runs", "median_s", "spread_s", "limit_s", "default_s"],
  values: (boot) => [
    ...[boot.model, boot.step, boot.way, boot.runs, boot.medianSec, boot.spreadSec],
    ...[boot.limitSec, boot.defaultSec],
  ],
  none: "No boot was seen yet of a machine whose agent said its model\n",
};

export function statsCommand(program: Command, commands: Commands): void {
  const stats = program.command("stats").description("what is kept of past runs: failures, times, boots");
  const overall = stats.command("overview", { isDefault: true }).description("how much is kept");
  asking<StatsOptions>(filtered(overall), commands, async ({ client, options, io, show }) => {
    const totals = await client.get<RunTotalsView>(`/stats${queryOf(options, io.wallMs())}`);
    show(totals, () => overview(totals));
  });
  const failures = stats.command("failures").description("failure rates, the worst first");
  failures.option("--by <what>", "node, model or step", "node");
  asking<StatsOptions>(filtered(failures), commands, (context) => {
    const { by = "node" } = context.options;
    if (!["node", "model", "step"].includes(by))
      throw usageFault(`Cannot count failures by "${by}": wants node, model or step`);
    return print(context, `/stats/failures`, { sheet: FAILURES(by), more: { by } });
  });
  const steps = stats.command("steps").description("how long each step takes, by model");
  asking<StatsOptions>(filtered(steps), commands, (context) =>
    print(context, "/stats/steps", { sheet: STEPS }),
  );
  const slowest = stats.command("slowest").description("the runs that took longest");
  slowest.option("--limit <number>", "how many (default 50)");
  asking<StatsOptions>(filtered(slowest), commands, (context) => {
    const { limit } = context.options;
    return print(context, "/stats/slowest", { sheet: SLOWEST, more: limit === undefined ? {} : { limit } });
  });
  const boots = stats
    .command("boots")
    .description("boot times of each model, and the time limits learned from them");
  boots.option("--csv", "print CSV");
  asking<StatsOptions>(boots, commands, (context) =>
    print(context, "/stats/boots", { sheet: BOOTS, plain: true }),
  );
  const runs = stats.command("runs").description("every run that is kept, as CSV");
  asking<StatsOptions>(filtered(runs), commands, dump);
}

function filtered(command: Command): Command {
  return command
    .option("--nodes <set>", "only of these nodes")
    .option("--model <model>", "only of this model, for example 'Dell Inc. PowerEdge R640'")
    .option("--step <step>", "only of this step")
    .option("--image <image>", "only of deployments of this image")
    .option("--since <when>", "only those that began then or later: 2026-01-31, 2026-01-31T23:59:59, 7d, 12h")
    .option("--until <when>", "only those that began earlier")
    .option("--csv", "print CSV");
}

async function print<T>(
  { client, io, options }: Context<StatsOptions>,
  path: string,
  {
    sheet,
    more = {},
    plain = false,
  }: {
    readonly sheet: Sheet<T>;
    readonly more?: Readonly<Record<string, string>>;
    /** It takes no filter. */
    readonly plain?: boolean;
  },
): Promise<undefined> {
  const query = plain ? "" : queryOf(options, io.wallMs(), more);
  const rows = await client.get<readonly T[]>(`${path}${query}`);
  if (options.json) io.out(json(rows));
  else if (options.csv) io.out(csv(sheet.columns, rows.map(sheet.values)));
  else io.out(rows.length === 0 ? sheet.none : table(sheet.head, rows.map(sheet.cells)));
  return undefined;
}

async function dump({ client, io, options }: Context<StatsOptions>): Promise<undefined> {
  const response = await client.download(`/stats/runs${queryOf(options, io.wallMs())}`);
  for await (const piece of response.setEncoding("utf8")) {
    if (!io.stdout.write(piece)) await new Promise<void>((resolve) => void io.stdout.once("drain", resolve));
  }
  return undefined;
}

function queryOf(
  { nodes, model, step, image, since, until }: Filter,
  nowMs: number,
  more: Readonly<Record<string, string>> = {},
): string {
  if (nodes !== undefined) checkNodeSet(nodes);
  const instants = {
    ...(since === undefined ? {} : { sinceMs: String(instantOf("--since", since, nowMs)) }),
    ...(until === undefined ? {} : { untilMs: String(instantOf("--until", until, nowMs)) }),
  };
  const said = Object.entries({ nodes, model, step, image, ...instants, ...more });
  const query = new URLSearchParams(said.filter((pair): pair is [string, string] => pair[1] !== undefined));
  return query.size === 0 ? "" : `?${query}`;
}

function overview({ runs, failed, deployments, nodes, oldestAtMs }: RunTotalsView): string {
  return fields([
    ["runs kept", String(runs)],
    ["failed", `${failed} (${percent(failed, runs)})`],
    ["deployments", String(deployments)],
    ["nodes", String(nodes)],
    ["oldest", oldestAtMs === undefined ? undefined : time(oldestAtMs)],
  ]);
}
