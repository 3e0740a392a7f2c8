import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import type {
  FailureGroup,
  FailureRow,
  RunFilter,
  RunTotals,
  StepRow,
  StepRun,
  StepRunStore,
} from "#src/deploy/step_run.ts";
import type { Schema, StepRunRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";

/** Rows of one answer of the database's thread. */
const PAGE_ROWS = 2000;
/** Groups that one answer may have. */
const MAX_GROUPS = 10_000;
/** Inserts between two looks for what is too old. */
const PRUNE_EVERY = 1000;
const MAX_WHY_CHARACTERS = 500;

export type StepRunOptions = {
  /** Older ones go. */
  readonly keptRuns: number;
  readonly modelOf: (node: string) => string;
};

/** What the rows of deployments need: the run is written in the transaction of the progress that it belongs to. */
export type StepRunRows = StepRunStore & {
  readonly keep: (
    transaction: Transaction<Schema>,
    about: { readonly deployment: string; readonly image: string; readonly progress: NodeProgress },
  ) => Promise<StepRun | undefined>;
  readonly tell: (run: StepRun) => void;
};

export function openStepRuns({ db, queue }: Parts, options: StepRunOptions): StepRunRows {
  const listeners = new Set<(run: StepRun) => void>();
  let inserts = 0;
  const insert = async (transaction: Transaction<Schema>, run: StepRun): Promise<boolean> => {
    const insertion = transaction.insertInto("step_runs").values(rowOf(run));
    const { numInsertedOrUpdatedRows } = await insertion
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (inserts++ % PRUNE_EVERY === 0) await prune(transaction, options.keptRuns);
    return numInsertedOrUpdatedRows === 1n;
  };
  const tell = (run: StepRun): void => {
    for (const listener of listeners) listener(run);
  };
  return {
    tell,
    keep: async (transaction, { deployment, image, progress }) => {
      const record = progress.records.at(-1);
      if (!record) return undefined;
      const { why, ...rest } = record;
      const about = { deployment, image, node: progress.node, model: options.modelOf(progress.node) };
      const run: StepRun = { ...rest, ...about, ok: why === undefined, why };
      // Progress is saved between attempts too: the last of them is known then.
      return (await insert(transaction, run)) ? run : undefined;
    },
    add: async (run) => {
      await queue.writeBehind("powerRun", (transaction) => insert(transaction, run));
      tell(run);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    totals: (filter) => totals(db, filter),
    failures: (filter, by) => failures(db, filter, by),
    steps: (filter) => steps(db, filter),
    slowest: async (filter, count) => {
      const rows = await sql<StepRunRow>`select * from step_runs where ${whereOf(filter)}
        order by took_ms desc, id desc limit ${count}`.execute(db);
      return rows.rows.map(runOf);
    },
    pages: (filter) => pages(db, filter),
    latestBoots: async (names, count) => {
      const rows = await sql<StepRunRow>`select * from (
          select *, row_number() over (partition by model, step, way order by id desc) as place
          from step_runs where ok = 1 and model <> '' and step in (${sql.join(names)})
        ) where place <= ${count} order by id`.execute(db);
      return rows.rows.map(runOf);
    },
  };
}

/** By place in the order of writing: the clock may have been set. */
async function prune(transaction: Transaction<Schema>, keptRuns: number): Promise<void> {
  await sql`delete from step_runs where id <= (select max(id) from step_runs) - ${keptRuns}`.execute(
    transaction,
  );
}

async function totals(db: Kysely<Schema>, filter: RunFilter): Promise<RunTotals> {
  const { rows } = await sql<{ runs: number; failed: number; d: number; n: number; oldest: number | null }>`
    select count(*) as runs, count(*) - coalesce(sum(ok), 0) as failed,
      count(distinct nullif(deployment, '')) as d, count(distinct node) as n, min(started_at_ms) as oldest
    from step_runs where ${whereOf(filter)}`.execute(db);
  const { runs = 0, failed = 0, d = 0, n = 0, oldest = null } = rows[0] ?? {};
  return { runs, failed, deployments: d, nodes: n, oldestAtMs: oldest ?? undefined };
}

type FailureSql = { key: string; runs: number; failed: number; last: number | null; why: string | null };

async function failures(
  db: Kysely<Schema>,
  filter: RunFilter,
  by: FailureGroup,
): Promise<readonly FailureRow[]> {
  const group = sql.ref(by);
  // SQLite gives the other columns of the row that has the largest `case …`.
  const { rows } = await sql<FailureSql>`
    select ${group} as key, count(*) as runs, sum(1 - ok) as failed,
      max(case when ok = 0 then started_at_ms end) as last, why
    from step_runs where ${whereOf(filter)} group by ${group}
    order by cast(failed as real) / runs desc, failed desc, key limit ${MAX_GROUPS}`.execute(db);
  return rows.map(({ key, runs, failed, last, why }) => ({
    ...{ key, runs, failed },
    ...(last === null ? {} : { lastFailedAtMs: last, lastWhy: why ?? undefined }),
  }));
}

type StepSql = Omit<StepRow, "p10Ms" | "medianMs" | "p90Ms" | "longestMs"> & {
  readonly p10: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly longest: number | null;
};

/** The nearest rank: with few runs still one that was seen. */
const rank = (percent: number): RawBuilder<unknown> =>
  sql`max(case when ok = 1 and place = (good * ${sql.lit(percent)} + 99) / 100 then took_ms end)`;

async function steps(db: Kysely<Schema>, filter: RunFilter): Promise<readonly StepRow[]> {
  const { rows } = await sql<StepSql>`
    select step, way, model, min(phase) as phase, sum(ok) as runs, sum(1 - ok) as failed, ${rank(10)} as p10,
      ${rank(50)} as p50, ${rank(90)} as p90, max(case when ok = 1 then took_ms end) as longest
    from (
      select step, way, model, phase, ok, took_ms,
        row_number() over (partition by step, way, model, ok order by took_ms) as place,
        count(*) over (partition by step, way, model, ok) as good
      from step_runs where ${whereOf(filter)}
    ) group by step, way, model order by model, phase, step, way limit ${MAX_GROUPS}`.execute(db);
  return rows.map(({ step, way, model, runs, failed, p10, p50, p90, longest }) => ({
    ...{ step, way, model, runs, failed },
    ...{ p10Ms: p10 ?? 0, medianMs: p50 ?? 0, p90Ms: p90 ?? 0, longestMs: longest ?? 0 },
  }));
}

async function* pages(db: Kysely<Schema>, filter: RunFilter): AsyncGenerator<readonly StepRun[]> {
  for (let after = 0; ; ) {
    const { rows } = await sql<StepRunRow>`select * from step_runs
      where ${whereOf(filter)} and id > ${after} order by id limit ${PAGE_ROWS}`.execute(db);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(runOf);
    after = last.id;
  }
}

function whereOf({ nodes, model, step, image, sinceMs, untilMs }: RunFilter): RawBuilder<unknown> {
  const wanted = [
    nodes && (nodes.length === 0 ? sql`0` : sql`node in (${sql.join(nodes)})`),
    model !== undefined && sql`model = ${model}`,
    step !== undefined && sql`step = ${step}`,
    image !== undefined && sql`image = ${image}`,
    sinceMs !== undefined && sql`started_at_ms >= ${sinceMs}`,
    untilMs !== undefined && sql`started_at_ms < ${untilMs}`,
  ].filter((one) => typeof one === "object");
  return wanted.length === 0 ? sql`1` : sql.join(wanted, sql` and `);
}

const rowOf = (run: StepRun): Omit<StepRunRow, "id"> => ({
  ...{ deployment: run.deployment, node: run.node, model: run.model, step: run.step, phase: run.phase },
  ...{ way: run.way, round: run.round, turn: run.turn, attempt: run.attempt, image: run.image },
  started_at_ms: run.startedAtMs,
  took_ms: run.tookMs,
  ok: Number(run.ok),
  why: run.why?.slice(0, MAX_WHY_CHARACTERS) ?? null,
});

const runOf = (row: StepRunRow): StepRun => ({
  ...{ deployment: row.deployment, node: row.node, model: row.model, step: row.step, phase: row.phase },
  ...{ way: row.way, round: row.round, turn: row.turn, attempt: row.attempt, image: row.image },
  startedAtMs: row.started_at_ms,
  tookMs: row.took_ms,
  ok: row.ok === 1,
  ...(row.why === null ? {} : { why: row.why }),
});
