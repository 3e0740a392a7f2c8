/** What would become of a request for a deployment. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });

const PlannedStepView = Type.Object(
  {
    name: Type.String(),
    timeLimitSec: Count,
    maxAttempts: Count,
    /** The node stops before it. */
    pauseBefore: Type.Boolean(),
  },
  strict,
);

export const PlannedWayView = Type.Object(
  {
    way: Type.String(),
    /** How often it is taken again before the next one is. */
    retries: Count,
    /** What its steps together may take; absent: only each step has a limit. */
    timeLimitSec: Type.Optional(Count),
    steps: Type.Array(PlannedStepView),
  },
  strict,
);
export type PlannedWayView = Static<typeof PlannedWayView>;

export const PreviewView = Type.Object(
  {
    image: Type.String(),
    /** This and `plans` only when the request makes sense. */
    imageDigest: Type.Optional(Type.String()),
    imageRawBytes: Type.Optional(Count),
    /** Node sets, folded. */
    nodes: Type.String(),
    spares: Type.String(),
    success: Type.String(),
    needed: Type.Optional(Count),
    /** What the nodes would do, those of one kind together: for each of the three phases its ways in order of fall-back. */
    plans: Type.Array(
      Type.Object({ nodes: Type.String(), phases: Type.Array(Type.Array(PlannedWayView)) }, strict),
    ),
    /** Which disk would be taken, as the last inventories say; `why` where none would, or nothing is known. */
    disks: Type.Array(
      Type.Object(
        {
          nodes: Type.String(),
          disk: Type.Optional(Type.String()),
          bytes: Type.Optional(Count),
          why: Type.Optional(Type.String()),
        },
        strict,
      ),
    ),
    /** The order in which the image would go through the nodes, for each chain. */
    chains: Type.Array(Type.Array(Type.String())),
    /** Everything that is in the way; empty: it would start. */
    problems: Type.Array(
      Type.Object(
        { kind: Type.String(), detail: Type.String(), confirm: Type.Optional(Type.String()) },
        strict,
      ),
    ),
  },
  strict,
);
export type PreviewView = Static<typeof PreviewView>;
