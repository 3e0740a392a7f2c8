/** What goes over the API about switching machines on and off. */
import { type Static, Type } from "typebox";
import { NodeSetText } from "./text_bounds.ts";

const strict = { additionalProperties: false } as const;

export const POWER_ACTIONS = ["status", "on", "off", "cycle", "reset"] as const;
export const PowerRequest = Type.Object(
  {
    nodes: NodeSetText,
    action: Type.Enum([...POWER_ACTIONS]),
    /** Also nodes that a running deployment has. */
    force: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type PowerRequest = Static<typeof PowerRequest>;

export const PowerOutcome = Type.Object(
  {
    node: Type.String(),
    ok: Type.Boolean(),
    /** `on` or `off`, as read back. */
    state: Type.Optional(Type.String()),
    problem: Type.Optional(Type.String()),
  },
  strict,
);
export type PowerOutcome = Static<typeof PowerOutcome>;
