/** What goes over the API about the ways through the phases of a deployment. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Word = Type.String({ minLength: 1, maxLength: 63 });
const LimitSec = Type.Integer({ minimum: 1, maximum: 86_400 });
const Retries = Type.Integer({ minimum: 0, maximum: 10 });

/** Which words there are is checked apart, so that the refusal can list them. */
const Ways = Type.Array(
  Type.Union([
    Word,
    Type.Object(
      { way: Word, retries: Type.Optional(Retries), timeLimitSec: Type.Optional(LimitSec) },
      strict,
    ),
  ]),
  { minItems: 1, maxItems: 8 },
);

/** Absent is as the groups of a node say, else as the appliance does it. */
export const WorkflowInput = Type.Object(
  {
    /** In order of fall-back. */
    ramdisk: Type.Optional(Ways),
    /** How often a node is installed again after its installation failed. */
    installRetries: Type.Optional(Retries),
    /** In order of fall-back. */
    system: Type.Optional(Ways),
    /** By step. */
    steps: Type.Optional(
      Type.Record(
        Word,
        Type.Object(
          {
            timeLimitSec: Type.Optional(LimitSec),
            maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
          },
          strict,
        ),
      ),
    ),
  },
  strict,
);
export type WorkflowInput = Static<typeof WorkflowInput>;

/** Null: the group says nothing. */
export const GroupWorkflowView = Type.Object({ workflow: Type.Union([WorkflowInput, Type.Null()]) }, strict);
export type GroupWorkflowView = Static<typeof GroupWorkflowView>;

/** One kind of node of a deployment, and the ways that it may take, each phase in order of fall-back. */
export const PlanView = Type.Object(
  {
    /** Node set, folded. */
    nodes: Type.String(),
    ramdisk: Type.Array(Type.String()),
    install: Type.Array(Type.String()),
    system: Type.Array(Type.String()),
  },
  strict,
);
export type PlanView = Static<typeof PlanView>;

export const SshKeyView = Type.Object({ publicKey: Type.String() }, strict);
export type SshKeyView = Static<typeof SshKeyView>;
