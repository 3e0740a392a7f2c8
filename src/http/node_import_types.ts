/** What goes over the API when many nodes come at once. */
import { type Static, Type } from "typebox";
import { NodeCreate } from "./api_types.ts";

const strict = { additionalProperties: false } as const;

export const NodeImportRequest = Type.Object(
  {
    nodes: Type.Array(NodeCreate, { maxItems: 20_000 }),
    /** Change nodes that have one of the MACs: what is said, and the rest stays. */
    update: Type.Optional(Type.Boolean()),
    /** Leave out those with problems; otherwise one problem leaves out all. */
    skipBad: Type.Optional(Type.Boolean()),
    /** Only tell what would happen. */
    dryRun: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NodeImportRequest = Static<typeof NodeImportRequest>;

export const NodeImportView = Type.Object(
  {
    /** All was stored that is in `added` and `updated`; otherwise nothing was. */
    stored: Type.Boolean(),
    added: Type.Array(Type.String()),
    updated: Type.Array(Type.String()),
    /** `index` in the request's list. */
    problems: Type.Array(Type.Object({ index: Type.Integer({ minimum: 0 }), detail: Type.String() }, strict)),
  },
  strict,
);
export type NodeImportView = Static<typeof NodeImportView>;
