import { Type } from "typebox";

/** Bounds for text that people send; what the text may hold is decided by the rooms it goes to. */
export const NodeName = Type.String({ minLength: 1, maxLength: 63 });
export const MacText = Type.String({ minLength: 12, maxLength: 17 });
export const AddressText = Type.String({ minLength: 7, maxLength: 15 });
export const KernelArguments = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 64 });
export const GroupNames = Type.Array(NodeName, { maxItems: 32 });
export const DhcpOptions = Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { maxItems: 64 });
export const NodeSetText = Type.String({ minLength: 1, maxLength: 200_000 });
