import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { Verify } from "#src/value/verify.ts";
import type { Clock } from "./clock.ts";
import type { BroadcastProgress } from "./deployment.ts";
import type { HostKeySeen } from "./host_key_probe.ts";
import type { Layout } from "./layout/layout.ts";
import type { Answer, NetworkProbe } from "./probes/network_probe.ts";
import type { PhoneHome } from "./probes/phone_home.ts";
import type { SshResult, SshRun } from "./ssh_run.ts";

/** What steps need to know of a connected agent. */
export type AgentSeen = {
  readonly bootId: string;
  /** The deployment that its boot token was made for, where that is known. */
  readonly deployment?: string | undefined;
};

export type PowerAction = "status" | "on" | "off" | "cycle" | "reset" | "boot-network" | "boot-disk";

/** A script for a node; see section 2.2 of the agent's protocol for what `id` promises. */
export type Job = {
  readonly id: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeLimitMs: number;
  /** The boot that it belongs to; in another it fails at once. */
  readonly bootId: string | undefined;
};

export type JobResult = {
  readonly code: number | null;
  readonly signal: number | null;
  readonly timedOut: boolean;
  /** Why it could not be run at all. */
  readonly error: string | null;
  /** The last output, both streams; empty when the job had ended before this connection. */
  readonly outputTail: string;
};

export type JoinRequest = {
  readonly deployment: string;
  readonly node: string;
  readonly imageDigest: string;
  readonly sink:
    | { readonly kind: "archive"; readonly directory: string }
    | { readonly kind: "disk"; readonly device: string };
  readonly verify: Verify | undefined;
  /** From 1 and never the same twice, unless the appliance was restarted in the middle of it. */
  readonly attempt: number;
  readonly bootId: string | undefined;
};

/** A kernel on the node's own file system, for its agent to start. */
export type KernelToStart = {
  readonly kernel: string;
  readonly initrd: string | null;
  readonly commandLine: string;
};

/** What a node needs to start the ramdisk without its firmware. */
export type RamdiskStart = {
  /** `http://10.77.0.1:8080/`: names of files are relative to it. */
  readonly url: string;
  /** SHA-256 of each published file that is needed, hex, by name. */
  readonly digests: ReadonlyMap<string, string>;
  /** Holds a boot token of this deployment: secret. */
  readonly commandLine: string;
  /** Of the node: a machine with none of them is another one. */
  readonly macs: readonly Mac[];
};

/**
 * The effects that steps are made of. Nodes are given by name unless a setting
 * of the node is needed. Each ends promptly, by throwing, when its signal
 * aborts. `run` and `join` throw an error named `AgentGone` when the node
 * booted anew, and go on by themselves when only the connection was lost.
 */
export type StepTools = {
  readonly clock: Clock;
  readonly nodeByName: (name: string) => Node | undefined;
  readonly layoutByName: (name: string) => Layout | undefined;
  readonly power: (
    node: Node,
    action: PowerAction,
    signal: AbortSignal,
  ) => Promise<
    { readonly ok: true; readonly state: string } | { readonly ok: false; readonly problem: string }
  >;
  /** The agent that is connected now. */
  readonly agentOf: (node: string) => AgentSeen | undefined;
  /** Resolves with the first agent that `accept` takes, at once if it is there. */
  readonly waitForAgent: (
    node: string,
    signal: AbortSignal,
    accept: (agent: AgentSeen) => boolean,
  ) => Promise<AgentSeen>;
  readonly run: (node: string, job: Job, signal: AbortSignal) => Promise<JobResult>;
  readonly join: (
    request: JoinRequest,
    signal: AbortSignal,
    onProgress: (progress: BroadcastProgress) => void,
  ) => Promise<{ readonly ok: boolean; readonly error: string | null }>;
  /** Tells the agent to reboot its node; resolves when it said that it does. */
  readonly reboot: (node: string, signal: AbortSignal) => Promise<void>;
  /** Tells the agent to start a kernel past the firmware; resolves when it said that it does. @throws when it cannot */
  readonly kexec: (node: string, kernel: KernelToStart, signal: AbortSignal) => Promise<void>;
  readonly ssh: (run: Omit<SshRun, "privateKey">, signal: AbortSignal) => Promise<SshResult>;
  /** The key that `ssh` logs in with, as a line of an authorized_keys file. */
  readonly sshPublicKey: string;
  /** Of the system that the last deployment put on the node: `ssh-ed25519 BASE64`. */
  readonly lastHostKeyOf: (node: string) => Promise<string | undefined>;
  /** With a new boot token for the machine at the node's address; undefined when it has none for certain. */
  readonly ramdiskStart: (node: Node, deployment: string) => Promise<RamdiskStart | undefined>;
  readonly addressOf: (node: string) => Ipv4 | undefined;
  /** The address that one of the node's cards has for certain now: root's scripts and tokens go nowhere else. */
  readonly loginAddressOf: (node: string) => Ipv4 | undefined;
  readonly probeHostKey: (address: Ipv4, signal: AbortSignal) => Promise<HostKeySeen>;
  readonly phoneHome: Pick<PhoneHome, "urlFor" | "hasCalled">;
  /** Asks once. Rejects only when the signal aborts. */
  readonly ask: (address: Ipv4, probe: NetworkProbe, signal: AbortSignal) => Promise<Answer>;
};
