/** What the API tells of boots; see `api_types.ts` for units. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });

export const BootView = Type.Object(
  {
    startedAtMs: Count,
    endedAtMs: Type.Optional(Count),
    entries: Type.Array(
      Type.Object(
        {
          kind: Type.String(),
          /** When it happened; when it began, if it took time. */
          atMs: Count,
          words: Type.String(),
          /** How often in a row, and when last. */
          times: Count,
          lastAtMs: Count,
          tookMs: Type.Optional(Count),
        },
        strict,
      ),
    ),
    /** Entries that there was no room for. */
    leftOut: Count,
    /** It went on there, but only after a wait. */
    delays: Type.Array(
      Type.Object({ waitedSec: Count, words: Type.String(), advice: Type.String() }, strict),
    ),
    /** Where it stands still, and the likely cause. */
    stall: Type.Optional(
      Type.Object(
        { cause: Type.String(), sinceMs: Count, words: Type.String(), advice: Type.String() },
        strict,
      ),
    ),
  },
  strict,
);
export type BootView = Static<typeof BootView>;

/** Oldest first. */
export const BootsView = Type.Object(
  {
    /** Absent for a machine that belongs to no node. */
    node: Type.Optional(Type.String()),
    macs: Type.Array(Type.String()),
    boots: Type.Array(BootView),
  },
  strict,
);
export type BootsView = Static<typeof BootsView>;
