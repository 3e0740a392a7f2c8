/** What goes over the API about who is who. */
import { type Static, Type } from "typebox";
import { NodeView } from "./api_types.ts";
import { MacText, NodeName, NodeSetText } from "./text_bounds.ts";

const strict = { additionalProperties: false } as const;
const DryRun = Type.Optional(Type.Boolean());

export const NodeMerge = Type.Object(
  {
    /** Its MACs become the node's; it is no more afterwards. */
    other: NodeName,
    /** Also when their serial numbers say that they are two machines. */
    force: Type.Optional(Type.Boolean()),
    dryRun: DryRun,
  },
  strict,
);
export type NodeMerge = Static<typeof NodeMerge>;

/** Without `name` and `to` the MACs are a discovered machine again. */
export const NodeSplit = Type.Object(
  {
    macs: Type.Array(MacText, { minItems: 1, maxItems: 32 }),
    /** Of the new node. */
    name: Type.Optional(NodeName),
    /** A node that is there already. */
    to: Type.Optional(NodeName),
    dryRun: DryRun,
  },
  strict,
);
export type NodeSplit = Static<typeof NodeSplit>;

export const NodeReplace = Type.Object(
  {
    /** A discovered machine. */
    with: NodeName,
    /** The old machine does not become a discovered one. */
    forget: Type.Optional(Type.Boolean()),
    dryRun: DryRun,
  },
  strict,
);
export type NodeReplace = Static<typeof NodeReplace>;

export const NodeSwap = Type.Object({ other: NodeName, dryRun: DryRun }, strict);
export type NodeSwap = Static<typeof NodeSwap>;

export const NodesAccept = Type.Object({ nodes: NodeSetText, dryRun: DryRun }, strict);
export type NodesAccept = Static<typeof NodesAccept>;

/** What came of a change of several nodes. Unless `stored`, what would be. */
export const NodesChanged = Type.Object(
  {
    stored: Type.Boolean(),
    nodes: Type.Array(NodeView),
    /** Names that are nobody's any more. */
    gone: Type.Array(Type.String()),
  },
  strict,
);
export type NodesChanged = Static<typeof NodesChanged>;
