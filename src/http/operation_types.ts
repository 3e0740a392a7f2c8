/** What goes over the API about operations: scripts and files around the steps of a deployment. */
import { type Static, Type } from "typebox";
import { WHENS } from "#src/deploy/operation.ts";

const strict = { additionalProperties: false } as const;
const timing = {
  name: Type.String({ minLength: 1, maxLength: 64 }),
  when: Type.Enum([...WHENS]),
  step: Type.String({ minLength: 1, maxLength: 64 }),
  /** Seconds that one attempt may take; without it 300. */
  timeLimitSec: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Without it 1. */
  attempts: Type.Optional(Type.Integer({ minimum: 1 })),
};

export const OperationInput = Type.Union([
  Type.Object(
    {
      ...timing,
      /** Text of a script. */
      run: Type.String({ minLength: 1, maxLength: 300_000 }),
      environment: Type.Optional(Type.Record(Type.String(), Type.String())),
    },
    strict,
  ),
  Type.Object(
    {
      ...timing,
      /** A file in base64. */
      send: Type.String({ maxLength: 400_000, pattern: "^[A-Za-z0-9+/]*={0,2}$" }),
      to: Type.String({ minLength: 1, maxLength: 1024 }),
      /** Octal; without it 0644. */
      mode: Type.Optional(Type.String({ maxLength: 8 })),
    },
    strict,
  ),
]);
export type OperationInput = Static<typeof OperationInput>;

export const OperationInputs = Type.Array(OperationInput, { maxItems: 64 });

export const GroupOperationsInput = Type.Object({ operations: OperationInputs }, strict);
export type GroupOperationsInput = Static<typeof GroupOperationsInput>;

export const GroupOperationsView = Type.Object({ group: Type.String(), operations: OperationInputs }, strict);
export type GroupOperationsView = Static<typeof GroupOperationsView>;
