/** What a switch wants to know before it answers: RFC 3584 section 1 (communities), RFC 3414 (users). Pure. */

/** `md5` for switches that know nothing better; RFC 3414, RFC 7860. */
export type AuthProtocol = "md5" | "sha" | "sha224" | "sha256" | "sha384" | "sha512";
/** RFC 3826; with 256 bits no RFC says how the key is stretched: `aes256` as most do, `aes256c` as Cisco does. */
export type PrivProtocol = "aes" | "aes256" | "aes256c";

export type SecurityLevel = "noAuthNoPriv" | "authNoPriv" | "authPriv";

/** Passwords of eight bytes or more. Secret: never log them. */
type Authentication = { readonly authProtocol: AuthProtocol; readonly authKey: string };
type Privacy = { readonly privProtocol: PrivProtocol; readonly privKey: string };

export type SnmpV2Community = {
  readonly version: "2c";
  /** Secret: never log it. */
  readonly community: string;
};

export type SnmpV3User = {
  readonly version: "3";
  readonly user: string;
  readonly context?: string | undefined;
} & (
  | { readonly level: "noAuthNoPriv" }
  | ({ readonly level: "authNoPriv" } & Authentication)
  | ({ readonly level: "authPriv" } & Authentication & Privacy)
);

export type SnmpCredentials = SnmpV2Community | SnmpV3User;
