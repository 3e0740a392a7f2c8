/** What `GET /doctor` answers. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;

export const FindingView = Type.Object(
  {
    severity: Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("note")]),
    /** Stable name of the check. */
    check: Type.String(),
    found: Type.String(),
    why: Type.String(),
    fix: Type.String(),
  },
  strict,
);
export type FindingView = Static<typeof FindingView>;

/** Worst first. */
export const DoctorView = Type.Object({ findings: Type.Array(FindingView) }, strict);
export type DoctorView = Static<typeof DoctorView>;
