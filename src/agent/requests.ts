/**
 * What the appliance says to agents: netboot/agent/PROTOCOL.md section 2.
 *
 * Pure.
 */

import type { Verify } from "#src/value/verify.ts";
import { encodeFrame } from "./frame.ts";
import { CONTROL } from "./messages.ts";

/** One script on one node. */
export type RunRequest = {
  /** At most 200 printable ASCII characters; the same id is never run twice in one boot. */
  readonly id: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
};

/** Where a node puts the raw stream. */
export type Sink =
  | { readonly kind: "archive"; readonly directory: string }
  | { readonly kind: "disk"; readonly device: string }
  | { readonly kind: "discard" };

/** Whom a node asks, and what the list is called. */
export type UpstreamList = {
  /** `ADDRESS:PORT`, best first; the last is the appliance. */
  readonly upstreams: readonly string[];
  /** At most 64 printable ASCII characters; the node says it when it goes by the list. */
  readonly list: string;
};

/** One node's part in a broadcast. */
export type ReceiveRequest = UpstreamList & {
  readonly id: string;
  /** 32 hex digits. */
  readonly broadcast: string;
  /** HMAC key of the deployment, 64 hex digits. Secret: never log it. */
  readonly key: string;
  /** The image's identity: SHA-256 of its manifest, 64 hex digits. */
  readonly manifest: string;
  readonly sink: Sink;
  readonly verify: Verify;
  /** Compressed bytes to keep for others; 0 means half of the free memory. */
  readonly memoryBytes: number;
};

/** How a node leaves its present system. */
export type LeaveHow =
  | "reboot"
  | "poweroff"
  | {
      readonly kexec: {
        readonly kernel: string;
        readonly initrd: string | null;
        readonly commandLine: string;
      };
    };

export type ApplianceMessage =
  | {
      readonly kind: "welcome";
      readonly node: string;
      readonly session: string;
      readonly heartbeatMs: number;
    }
  | { readonly kind: "refused"; readonly reason: string }
  | ({ readonly kind: "run" } & RunRequest)
  | { readonly kind: "kill"; readonly id: string }
  | ({ readonly kind: "receive" } & ReceiveRequest)
  | ({ readonly kind: "upstreams"; readonly id: string } & UpstreamList)
  | { readonly kind: "release"; readonly id: string }
  | { readonly kind: "reboot" | "poweroff" | "ping" }
  | {
      readonly kind: "kexec";
      readonly kernel: string;
      readonly initrd: string | null;
      readonly commandLine: string;
    };

/**
 * One whole frame for an agent.
 *
 * @throws RangeError when a script or its environment is above the 1 MiB that a frame holds.
 */
export function encodeApplianceMessage({ kind, ...fields }: ApplianceMessage): Buffer {
  return encodeFrame(CONTROL[kind], Buffer.from(JSON.stringify(fields)));
}

/** The message that makes a node leave. */
export const leaveMessage = (how: LeaveHow): ApplianceMessage =>
  typeof how === "string" ? { kind: how } : { kind: "kexec", ...how.kexec };
