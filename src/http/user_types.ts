/** Users and tokens over the API; see `api_types.ts` for units. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Name = Type.String({ minLength: 1, maxLength: 32 });

export const RoleWord = Type.Union([Type.Literal("admin"), Type.Literal("user"), Type.Literal("viewer")]);
export type RoleWord = Static<typeof RoleWord>;

export const UserCreate = Type.Object({ name: Name, role: RoleWord }, strict);
export type UserCreate = Static<typeof UserCreate>;

/** Absent stays as it is. */
export const UserUpdate = Type.Object(
  { role: Type.Optional(RoleWord), disabled: Type.Optional(Type.Boolean()) },
  strict,
);
export type UserUpdate = Static<typeof UserUpdate>;

export const UserView = Type.Object(
  { name: Type.String(), role: RoleWord, createdAtMs: Count, disabled: Type.Boolean(), tokens: Count },
  strict,
);
export type UserView = Static<typeof UserView>;

export const TokenCreate = Type.Object(
  {
    /** Whose it is; without it, who asks. */
    user: Type.Optional(Name),
    /** For people: what it is used for. No control characters. */
    label: Type.Optional(Type.String({ pattern: "^[^\\u0000-\\u001f\\u007f]{0,100}$" })),
    /** Without it, it does not expire. */
    expiresInSec: Type.Optional(Type.Integer({ minimum: 60, maximum: 10 * 366 * 86_400 })),
  },
  strict,
);
export type TokenCreate = Static<typeof TokenCreate>;

const tokenFields = {
  id: Type.String(),
  label: Type.String(),
  user: Type.String(),
  createdAtMs: Count,
  /** To some minutes. */
  lastUsedAtMs: Type.Optional(Count),
  expiresAtMs: Type.Optional(Count),
};
export const TokenView = Type.Object(tokenFields, strict);
export type TokenView = Static<typeof TokenView>;

/** The only time that the token itself is told. */
export const NewTokenView = Type.Object({ ...tokenFields, token: Type.String() }, strict);
export type NewTokenView = Static<typeof NewTokenView>;

export const MeView = Type.Object(
  {
    name: Type.String(),
    role: RoleWord,
    /** `tokenFile`: by the token in the data folder. */
    kind: Type.Union([Type.Literal("tokenFile"), Type.Literal("token")]),
  },
  strict,
);
export type MeView = Static<typeof MeView>;
