/**
 * What the boot services notice of single machines: too much and too noisy for the event log (a
 * cluster that starts at once says it thousands of times), but each boot's timeline is made of it.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

/** Who speaks DHCP: the firmware, iPXE, or a system that runs already (the ramdisk's too). */
export type DhcpProgram = "pxe" | "httpBoot" | "ipxe" | "system";

export type Observation =
  | {
      readonly kind: "dhcpAsked";
      readonly mac: Mac;
      readonly message: string;
      readonly program: DhcpProgram;
      /** Option 93. */
      readonly archCode: number | undefined;
      /** The field of the packet: how long the client says it has been trying. */
      readonly secs: number;
      /** What it wants, or has. */
      readonly address: Ipv4 | undefined;
      /** Of the exchange; repeats share it. */
      readonly xid?: number;
      /** Option 97, as this program spells it. */
      readonly uuid?: string | undefined;
    }
  | {
      readonly kind: "dhcpAnswered";
      readonly mac: Mac;
      readonly message: "offer" | "ack";
      readonly program: DhcpProgram;
      readonly address: Ipv4 | undefined;
      /** Why it was told nothing to load. */
      readonly because: string | undefined;
    }
  /** Silence, or a refusal. */
  | {
      readonly kind: "dhcpUnanswered";
      readonly mac: Mac;
      readonly program: DhcpProgram;
      readonly because: string;
      /** The server that the client chose instead. */
      readonly chosen: Ipv4 | undefined;
    }
  /** A transfer began. That it ended is an event of its own. */
  | {
      readonly kind: "fileAsked";
      readonly peer: Ipv4;
      readonly file: string;
      readonly via: "tftp" | "http";
    }
  /** Known from the first heartbeat of an agent. */
  | { readonly kind: "kernelUp"; readonly node: string; readonly uptimeMs: number };

/** Where observations go. Never throws, never blocks. */
export type Observe = (observation: Observation) => void;
