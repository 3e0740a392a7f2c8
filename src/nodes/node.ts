import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { NodeIdentity } from "./node_identity.ts";

/** How a machine came up, which decides its loader and its boot loader. */
export type Firmware = "bios" | "uefi";

/** How to switch a machine on and off. Secrets are here in clear only in memory: the store encrypts them, the API never shows them. */
export type PowerSettings =
  | {
      readonly driver: "ipmi";
      readonly address: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
    }
  | {
      readonly driver: "command";
      /** Program and arguments; `{action}` and `{node}` are replaced. Actions: status, on, off, cycle, reset, soft, pxe, disk. */
      readonly command: readonly string[];
    };

/** A machine that gets booted or installed. */
export type Node = {
  /** Host name: letters, digits, hyphens and dots. */
  readonly name: string;
  /** Never empty; the first is the one it was registered with. */
  readonly macs: readonly Mac[];
  /** `discovered`: seen on the network, nobody asked for it. `registered`: added or adopted by an operator. */
  readonly status: "discovered" | "registered";
  /** The address that DHCP gives it, when the operator fixed one. */
  readonly address?: Ipv4 | undefined;
  /** Learned from its DHCP requests (option 93) or its agent. */
  readonly firmware?: Firmware | undefined;
  /** Whether its firmware takes signed loaders only, when the operator said so; else its agent's inventory tells. */
  readonly secureBoot?: boolean | undefined;
  readonly power?: PowerSettings | undefined;
  /** Appended to the kernel command line of the ramdisk and of the installed system. */
  readonly kernelArguments: readonly string[];
  /** Names of its groups; of two that say the same thing differently the later one counts. */
  readonly groups?: readonly string[] | undefined;
  /** DHCP options of its own, for example `ntp-servers=10.0.0.1`; they count more than those of its groups. */
  readonly dhcpOptions?: readonly string[] | undefined;
  /** What it is known by beside its MACs, as far as it was seen and accepted. */
  readonly identity?: NodeIdentity | undefined;
  /** Nothing of value goes to it while it shows itself elsewhere, or as another machine, than expected. */
  readonly pinned?: boolean | undefined;
  /** Nothing is deployed to it unless an admin says that it is meant. */
  readonly protected?: boolean | undefined;
};
