/** What goes over the API about partition layouts. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;

export const LayoutCreate = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 63 }),
    /** YAML. */
    text: Type.String({ minLength: 1, maxLength: 32_768 }),
  },
  strict,
);
export type LayoutCreate = Static<typeof LayoutCreate>;

export const LayoutView = Type.Object(
  {
    name: Type.String(),
    description: Type.String(),
    table: Type.Union([Type.Literal("gpt"), Type.Literal("mbr")]),
    disks: Type.Integer(),
    /** Part of the program, not an admin's. */
    bundled: Type.Boolean(),
    /** What it says, part by part, for example `root ext4 rest`. */
    parts: Type.Array(Type.String()),
    /** YAML as it was written. */
    text: Type.String(),
  },
  strict,
);
export type LayoutView = Static<typeof LayoutView>;
