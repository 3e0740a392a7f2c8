/** What the API shows of who is who. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });

/** What a node is known by, beside its MACs. */
export const NodeIdentityView = Type.Object(
  {
    serial: Type.Optional(Type.String()),
    uuid: Type.Optional(Type.String()),
    /** As its agent said last, also where they identify nobody. */
    saidSerial: Type.Optional(Type.String()),
    saidUuid: Type.Optional(Type.String()),
    /** Of its cards, as far as switches have seen them. */
    places: Type.Array(
      Type.Object(
        {
          mac: Type.String(),
          /** `SWITCH PORT`. */
          expected: Type.Optional(Type.String()),
          /** More than one: on each of them. */
          now: Type.Array(Type.String()),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type NodeIdentityView = Static<typeof NodeIdentityView>;

/** Something that does not fit together about who is who. */
export const FindingView = Type.Object(
  {
    kind: Type.String(),
    nodes: Type.Array(Type.String()),
    /** One or two words about the node that it is shown with. */
    mark: Type.Optional(Type.String()),
    problem: Type.String(),
    /** The command that settles it. */
    settle: Type.String(),
    sinceMs: Type.Optional(Count),
  },
  strict,
);
export type FindingView = Static<typeof FindingView>;
