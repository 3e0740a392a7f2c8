/** What can be asked of a machine's power control, and what comes of it. */

export type PowerAction =
  | "status"
  | "on"
  | "off"
  /** Off, a moment, on. */
  | "cycle"
  /** The reset line: the machine starts anew without losing its power. */
  | "reset"
  /** Asks the operating system to shut down. Nobody waits for it. */
  | "soft"
  /** From the network, at the next start only. */
  | "boot-network"
  /** From the disk, at the next start only. */
  | "boot-disk";

export const POWER_ACTIONS = [
  "status",
  "on",
  "off",
  "cycle",
  "reset",
  "soft",
  "boot-network",
  "boot-disk",
] as const satisfies readonly PowerAction[];

export type PowerState = "on" | "off";

export type PowerFault =
  /** The node has no power settings. */
  | "noPower"
  /** The settings cannot be used as they are. */
  | "badSettings"
  /** The BMC refused user or password. Not tried again: BMCs lock accounts. */
  | "badCredentials"
  /** The BMC takes none of the cipher suites and privilege levels we offer. */
  | "sessionRefused"
  | "unreachable"
  /** ipmitool, or the program of the `command` driver, cannot be run. */
  | "programMissing"
  | "timeout"
  /** It answered that it would not. */
  | "refused"
  /** It answered something that says neither on nor off. */
  | "unknownAnswer"
  /** It said yes, and the machine stayed as it was. */
  | "unchanged";

export type PowerProblem = {
  readonly ok: false;
  readonly kind: PowerFault;
  /** One sentence: which BMC of which node, what was found, what to do. Holds no secret. */
  readonly problem: string;
};

/** `state` is what the machine was last seen to be. */
export type PowerResult = { readonly ok: true; readonly state: PowerState } | PowerProblem;
