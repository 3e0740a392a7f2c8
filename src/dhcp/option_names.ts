/** The options that people may set, by name, and those that they may not. RFC 2132 where nothing else is said. Pure. */
import { KIND, type OptionKind } from "./option_kinds.ts";

export type NamedOption = {
  readonly code: number;
  readonly name: string;
  /** As ISC dhcpd, dnsmasq or Kea call it. */
  readonly aliases?: readonly string[];
  readonly kind: OptionKind;
};

export const NAMED_OPTIONS: readonly NamedOption[] = [
  { code: 2, name: "time-offset", kind: KIND.i32 },
  { code: 3, name: "router", aliases: ["routers"], kind: KIND.addresses },
  { code: 4, name: "time-servers", aliases: ["time-server"], kind: KIND.addresses },
  { code: 5, name: "name-servers", aliases: ["ien116-name-servers"], kind: KIND.addresses },
  { code: 6, name: "dns-servers", aliases: ["domain-name-servers", "dns-server"], kind: KIND.addresses },
  { code: 7, name: "log-servers", aliases: ["log-server"], kind: KIND.addresses },
  { code: 9, name: "lpr-servers", aliases: ["lpr-server"], kind: KIND.addresses },
  { code: 12, name: "host-name", aliases: ["hostname"], kind: KIND.text },
  { code: 13, name: "boot-file-size", aliases: ["boot-size"], kind: KIND.u16 },
  { code: 15, name: "domain-name", kind: KIND.text },
  { code: 17, name: "root-path", kind: KIND.text },
  { code: 18, name: "extensions-path", kind: KIND.text },
  { code: 19, name: "ip-forwarding", aliases: ["ip-forward-enable"], kind: KIND.flag },
  { code: 22, name: "max-datagram-reassembly", kind: KIND.u16 },
  { code: 23, name: "default-ip-ttl", aliases: ["default-ttl"], kind: KIND.u8 },
  { code: 26, name: "mtu", aliases: ["interface-mtu"], kind: KIND.mtu },
  { code: 27, name: "all-subnets-local", kind: KIND.flag },
  { code: 28, name: "broadcast-address", aliases: ["broadcast"], kind: KIND.address },
  { code: 31, name: "router-discovery", kind: KIND.flag },
  { code: 35, name: "arp-cache-timeout", aliases: ["arp-timeout"], kind: KIND.u32 },
  { code: 37, name: "default-tcp-ttl", aliases: ["tcp-ttl"], kind: KIND.u8 },
  { code: 38, name: "tcp-keepalive-interval", aliases: ["tcp-keepalive"], kind: KIND.u32 },
  { code: 40, name: "nis-domain", kind: KIND.text },
  { code: 41, name: "nis-servers", aliases: ["nis-server"], kind: KIND.addresses },
  { code: 42, name: "ntp-servers", aliases: ["ntp-server"], kind: KIND.addresses },
  { code: 44, name: "netbios-name-servers", aliases: ["netbios-ns"], kind: KIND.addresses },
  { code: 46, name: "netbios-node-type", aliases: ["netbios-nodetype"], kind: KIND.u8 },
  { code: 48, name: "font-servers", kind: KIND.addresses },
  { code: 49, name: "x-display-manager", kind: KIND.addresses },
  { code: 64, name: "nisplus-domain", kind: KIND.text },
  { code: 65, name: "nisplus-servers", kind: KIND.addresses },
  { code: 69, name: "smtp-servers", aliases: ["smtp-server"], kind: KIND.addresses },
  { code: 72, name: "www-servers", aliases: ["www-server"], kind: KIND.addresses },
  // RFC 4833.
  { code: 100, name: "posix-timezone", aliases: ["pcode"], kind: KIND.text },
  { code: 101, name: "tzdb-timezone", aliases: ["tcode"], kind: KIND.text },
  // RFC 8925.
  { code: 108, name: "v6-only-preferred", kind: KIND.u32 },
  // RFC 8910.
  { code: 114, name: "captive-portal", kind: KIND.text },
  // RFC 2563.
  { code: 116, name: "auto-configuration", aliases: ["auto-config"], kind: KIND.flag },
  // RFC 3397.
  { code: 119, name: "domain-search", kind: KIND.domains },
  // RFC 3442.
  {
    code: 121,
    name: "classless-routes",
    aliases: ["classless-static-route", "rfc3442-classless-static-routes"],
    kind: KIND.routes,
  },
  // RFC 5859.
  { code: 150, name: "tftp-servers", aliases: ["tftp-server-address"], kind: KIND.addresses },
  // PXELINUX, RFC 5071.
  { code: 209, name: "pxe-config-file", aliases: ["config-file"], kind: KIND.text },
  { code: 210, name: "pxe-path-prefix", aliases: ["path-prefix"], kind: KIND.text },
  // Microsoft's number for 121.
  { code: 249, name: "ms-classless-routes", kind: KIND.routes },
  { code: 252, name: "wpad", aliases: ["wpad-url"], kind: KIND.text },
];

const LEASE = "the lease decides it";
const FROM_CLIENT = "only clients send it";
const BOOT = "Brigade chooses what each firmware boots";

/** Why an option cannot be set, as a clause after "because". */
export const RESERVED_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0, "it is padding"],
  [1, "the subnet decides it"],
  [43, BOOT],
  [50, FROM_CLIENT],
  [51, LEASE],
  [52, "it says how the packet is laid out"],
  [53, "it is the kind of the message"],
  [54, "it is the address of this server"],
  [55, FROM_CLIENT],
  [56, "it is the reason of a refusal"],
  [57, FROM_CLIENT],
  [58, LEASE],
  [59, LEASE],
  [60, BOOT],
  [61, FROM_CLIENT],
  [66, BOOT],
  [67, BOOT],
  [77, FROM_CLIENT],
  [80, "a lease is never given without a request"],
  [81, "names of nodes are not negotiated"],
  [82, "it belongs to the relay"],
  [90, "messages are not authenticated"],
  [93, FROM_CLIENT],
  [94, FROM_CLIENT],
  [97, FROM_CLIENT],
  [118, FROM_CLIENT],
  [175, "it is iPXE's, and Brigade fills it"],
  [255, "it ends the packet"],
]);
