/** What goes over the API about names made of ports. */
import { type Static, Type } from "typebox";
import { NodeSetText } from "./text_bounds.ts";

const strict = { additionalProperties: false } as const;
const Pattern = Type.String({ minLength: 1, maxLength: 200 });
const Switches = Type.String({ minLength: 1, maxLength: 255 });

export const NameByPort = Type.Object(
  {
    /** For example `rack2-u{port}`. */
    pattern: Pattern,
    /** Names of switches; `*` stands for any characters. Absent: all. */
    switches: Type.Optional(Switches),
    /** These and no others. Absent: all that are on those switches. */
    nodes: Type.Optional(NodeSetText),
    /** Only tell what would happen. */
    dryRun: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NameByPort = Static<typeof NameByPort>;

export const NamesByPort = Type.Object(
  {
    /** All names are given; otherwise none is. */
    stored: Type.Boolean(),
    /** Also of nodes that are called so already. */
    names: Type.Array(
      Type.Object({ node: Type.String(), name: Type.String(), place: Type.String() }, strict),
    ),
    problems: Type.Array(Type.Object({ nodes: Type.Array(Type.String()), problem: Type.String() }, strict)),
  },
  strict,
);
export type NamesByPort = Static<typeof NamesByPort>;

export const NamingRuleCreate = Type.Object(
  {
    switches: Switches,
    pattern: Pattern,
    /** New machines count as registered, and can be installed. */
    register: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NamingRuleCreate = Static<typeof NamingRuleCreate>;

export const NamingRuleView = Type.Object(
  { id: Type.Integer(), switches: Type.String(), pattern: Type.String(), register: Type.Boolean() },
  strict,
);
export type NamingRuleView = Static<typeof NamingRuleView>;
