/** What goes over the API about groups of nodes. */
import { type Static, Type } from "typebox";
import { DhcpOptions, NodeName } from "./text_bounds.ts";

const strict = { additionalProperties: false } as const;

const Pinned = Type.Optional(Type.Boolean());

export const GroupCreate = Type.Object(
  { name: NodeName, dhcpOptions: Type.Optional(DhcpOptions), pinned: Pinned },
  strict,
);
export type GroupCreate = Static<typeof GroupCreate>;

export const GroupUpdate = Type.Object({ dhcpOptions: Type.Optional(DhcpOptions), pinned: Pinned }, strict);
export type GroupUpdate = Static<typeof GroupUpdate>;

export const GroupView = Type.Object(
  {
    name: Type.String(),
    dhcpOptions: Type.Array(Type.String()),
    /** Its nodes are held while they are elsewhere, or another machine, than expected. */
    pinned: Type.Boolean(),
    /** Node set of those that are in it, folded; empty for none. */
    nodes: Type.String(),
  },
  strict,
);
export type GroupView = Static<typeof GroupView>;
