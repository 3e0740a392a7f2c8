/** What a request may say about the system that its image brings. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Port = Type.Integer({ minimum: 1, maximum: 65_535 });

/** How a new system shows that it runs. */
export const ProbeInput = Type.Union([
  Type.Object({ kind: Type.Literal("ssh-host-key") }, strict),
  Type.Object({ kind: Type.Literal("tcp"), port: Port }, strict),
  Type.Object(
    {
      kind: Type.Literal("http"),
      port: Port,
      path: Type.String({ pattern: "^/[\\x21-\\x7e]{0,1000}$" }),
      status: Type.Optional(Type.Integer({ minimum: 100, maximum: 599 })),
    },
    strict,
  ),
  Type.Object(
    { kind: Type.Literal("ssh"), command: Type.String({ pattern: "^[\\x20-\\x7e]{1,1000}$" }) },
    strict,
  ),
  Type.Object({ kind: Type.Literal("phone-home") }, strict),
  Type.Object({ kind: Type.Literal("none") }, strict),
]);
export type ProbeInput = Static<typeof ProbeInput>;

export const SYSTEM_FIELDS = {
  /** Of a disk image. Absent: its last partition grows if it holds something that can. */
  grow: Type.Optional(Type.Boolean()),
  /** Of a disk image that is a Linux: gives it its own name, machine-id and SSH keys. */
  customize: Type.Optional(Type.Boolean()),
  /** Of an archive. Absent: as the image's description says. */
  bootLoader: Type.Optional(
    Type.Union([Type.Literal("image-grub"), Type.Literal("systemd-boot"), Type.Literal("none")]),
  ),
  /** What the system reads at its first start. Never comes back. */
  seed: Type.Optional(
    Type.Object(
      {
        kind: Type.Union([Type.Literal("cloud-init"), Type.Literal("ignition")]),
        userData: Type.String({ minLength: 1, maxLength: 65_536 }),
      },
      strict,
    ),
  ),
  /** Absent: as the image's description says. */
  probe: Type.Optional(ProbeInput),
};
