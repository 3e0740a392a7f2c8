/** What goes over the API about past runs. See `api_types.ts`. */
import { type Static, Type } from "typebox";
import { NodeSetText } from "./text_bounds.ts";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Words = Type.String({ minLength: 1, maxLength: 200 });

const filter = {
  nodes: Type.Optional(NodeSetText),
  model: Type.Optional(Words),
  step: Type.Optional(Words),
  image: Type.Optional(Words),
  /** Unix time, from and up to which runs began. */
  sinceMs: Type.Optional(Count),
  untilMs: Type.Optional(Count),
};
export const RunQuery = Type.Object(filter, strict);
export type RunQuery = Static<typeof RunQuery>;
export const FailureQuery = Type.Object(
  {
    ...filter,
    by: Type.Optional(Type.Union([Type.Literal("node"), Type.Literal("model"), Type.Literal("step")])),
  },
  strict,
);
export const SlowestQuery = Type.Object(
  { ...filter, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })) },
  strict,
);

export const RunTotalsView = Type.Object(
  { runs: Count, failed: Count, deployments: Count, nodes: Count, oldestAtMs: Type.Optional(Count) },
  strict,
);
export type RunTotalsView = Static<typeof RunTotalsView>;

export const FailureView = Type.Object(
  {
    /** A node, model or step; empty for nodes whose agent never said a model. */
    key: Type.String(),
    runs: Count,
    failed: Count,
    lastFailedAtMs: Type.Optional(Count),
    lastWhy: Type.Optional(Type.String()),
  },
  strict,
);
export type FailureView = Static<typeof FailureView>;

export const StepView = Type.Object(
  {
    step: Type.String(),
    way: Type.String(),
    model: Type.String(),
    /** Good ones; the times are theirs. */
    runs: Count,
    failed: Count,
    p10Ms: Count,
    medianMs: Count,
    p90Ms: Count,
    longestMs: Count,
  },
  strict,
);
export type StepView = Static<typeof StepView>;

export const RunView = Type.Object(
  {
    /** Empty: a power command. */
    deployment: Type.String(),
    node: Type.String(),
    model: Type.String(),
    step: Type.String(),
    phase: Count,
    way: Type.String(),
    round: Count,
    turn: Count,
    attempt: Count,
    startedAtMs: Count,
    tookMs: Count,
    ok: Type.Boolean(),
    why: Type.Optional(Type.String()),
    image: Type.String(),
  },
  strict,
);
export type RunView = Static<typeof RunView>;

export const BootView = Type.Object(
  {
    model: Type.String(),
    step: Type.String(),
    way: Type.String(),
    runs: Count,
    medianSec: Type.Number(),
    /** From the tenth fastest to the tenth slowest of a hundred. */
    spreadSec: Type.Number(),
    /** The learned time limit; absent when there were too few. */
    limitSec: Type.Optional(Count),
    /** What holds without it. */
    defaultSec: Count,
  },
  strict,
);
export type BootView = Static<typeof BootView>;

const Window = Type.Object(
  {
    inFlight: Count,
    waiting: Count,
    mostInFlight: Count,
    /** Absent: no limit. */
    mostPerSecond: Type.Optional(Count),
    lanes: Type.Array(Type.Object({ lane: Type.String(), inFlight: Count, waiting: Count }, strict)),
  },
  strict,
);
export const WindowsView = Type.Object({ reboot: Window, power: Window }, strict);
export type WindowsView = Static<typeof WindowsView>;

/** Columns of the dump, in order. */
export const RUN_COLUMNS = Object.keys(RunView.properties) as readonly (keyof RunView)[];
