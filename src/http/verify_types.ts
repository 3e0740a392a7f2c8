import { type Static, Type } from "typebox";

export const VerifyView = Type.Object(
  {
    name: Type.String(),
    ok: Type.Boolean(),
    /** One sentence for each damaged file. */
    problems: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type VerifyView = Static<typeof VerifyView>;
