/**
 * What goes over the API, described once: the server checks with these
 * schemas, the command-line tool and the page are typed by them.
 *
 * Times are milliseconds since 1970, sizes are bytes. Node sets are folded
 * (`node[1-4]`) wherever a person would read them.
 */
import { type Static, type TSchema, Type } from "typebox";
import { FindingView, NodeIdentityView } from "./finding_types.ts";
import { AddressText, DhcpOptions, GroupNames, KernelArguments, MacText, NodeName } from "./text_bounds.ts";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** Where everything is. */
export const API_PREFIX = "/api/v1";

/** RFC 9457. `type` is relative to the manual's messages page. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  /** Of `nodesBusy`: the deployment that has the first of the nodes, and since when (RFC 3339). */
  holder: Type.Optional(Type.String()),
  since: Type.Optional(Type.String()),
  /** Of `unconfirmed`: what `confirm` has to say. */
  confirm: Type.Optional(Type.String()),
  /** Of `nodesBusy`: each node that is taken. */
  busy: Type.Optional(
    Type.Array(
      Type.Object({
        node: Type.String(),
        holder: Type.String(),
        /** Who asked for that deployment. */
        owner: Type.Optional(Type.String()),
        since: Type.String(),
      }),
    ),
  ),
});
export type Problem = Static<typeof Problem>;

const Port = Type.Integer({ minimum: 1, maximum: 65_535 });
/** Program and arguments: no control characters, so no line can hide another. */
const Command = Type.Array(Type.String({ pattern: "^[^\\u0000-\\u001f\\u007f]{1,1024}$" }), {
  minItems: 1,
  maxItems: 64,
});
const BmcText = Type.String({ minLength: 1, maxLength: 253 });

export const PowerInput = Type.Union([
  Type.Object(
    {
      driver: Type.Literal("ipmi"),
      address: BmcText,
      port: Type.Optional(Port),
      user: BmcText,
      /** May be left out when address, port and user stay as they are. Never comes back. */
      password: Type.Optional(BmcText),
    },
    strict,
  ),
  Type.Object({ driver: Type.Literal("command"), command: Command }, strict),
]);
export type PowerInput = Static<typeof PowerInput>;

export const NodeCreate = Type.Object(
  {
    name: NodeName,
    macs: Type.Array(MacText, { minItems: 1, maxItems: 32 }),
    address: Type.Optional(AddressText),
    power: Type.Optional(PowerInput),
    kernelArguments: Type.Optional(KernelArguments),
    secureBoot: Type.Optional(Type.Boolean()),
    groups: Type.Optional(GroupNames),
    dhcpOptions: Type.Optional(DhcpOptions),
    /** Nothing is deployed to it unless an admin says that it is meant. */
    protected: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NodeCreate = Static<typeof NodeCreate>;

/** Absent stays as it is, `null` goes away. */
export const NodeUpdate = Type.Object(
  {
    name: Type.Optional(NodeName),
    macs: Type.Optional(Type.Array(MacText, { minItems: 1, maxItems: 32 })),
    address: Type.Optional(nullable(AddressText)),
    power: Type.Optional(nullable(PowerInput)),
    kernelArguments: Type.Optional(KernelArguments),
    secureBoot: Type.Optional(nullable(Type.Boolean())),
    groups: Type.Optional(GroupNames),
    dhcpOptions: Type.Optional(DhcpOptions),
    pinned: Type.Optional(Type.Boolean()),
    protected: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NodeUpdate = Static<typeof NodeUpdate>;

export const NodeView = Type.Object(
  {
    name: Type.String(),
    macs: Type.Array(Type.String()),
    status: Type.Union([Type.Literal("discovered"), Type.Literal("registered")]),
    /** Fixed by the operator. */
    address: Type.Optional(Type.String()),
    /** Lent by DHCP at this time. */
    leasedAddress: Type.Optional(Type.String()),
    firmware: Type.Optional(Type.Union([Type.Literal("bios"), Type.Literal("uefi")])),
    power: Type.Optional(
      Type.Union([
        Type.Object(
          { driver: Type.Literal("ipmi"), address: Type.String(), port: Type.Integer(), user: Type.String() },
          strict,
        ),
        Type.Object({ driver: Type.Literal("command"), command: Type.Array(Type.String()) }, strict),
      ]),
    ),
    kernelArguments: Type.Array(Type.String()),
    /** As the operator said; absent: as its inventory says. */
    secureBoot: Type.Optional(Type.Boolean()),
    /** As its agent saw last; absent before one called. */
    secureBootSeen: Type.Optional(Type.Boolean()),
    /** In the order in which they count. */
    groups: Type.Array(Type.String()),
    /** Its own; those of its groups are with the groups. */
    dhcpOptions: Type.Array(Type.String()),
    /** Its agent is connected: it runs the ramdisk. */
    hasAgent: Type.Boolean(),
    /** The running deployment that has it. */
    deployment: Type.Optional(Type.String()),
    identity: NodeIdentityView,
    /** Nothing of value goes to it while it shows itself elsewhere, or as another machine, than expected. */
    pinned: Type.Boolean(),
    /** Nothing is deployed to it unless an admin says that it is meant. */
    protected: Type.Boolean(),
    /** Why nothing of value goes to it now. */
    held: Type.Optional(Type.String()),
    /** What waits for an operator. */
    findings: Type.Array(FindingView),
  },
  strict,
);
export type NodeView = Static<typeof NodeView>;

export const StatusView = Type.Object(
  {
    version: Type.String(),
    uptimeSec: Count,
    interface: Type.String(),
    address: Type.String(),
    nodes: Count,
    discovered: Count,
    agents: Count,
    images: Count,
    runningDeployments: Count,
  },
  strict,
);
export type StatusView = Static<typeof StatusView>;
