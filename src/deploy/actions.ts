import { kexecIntoRamdisk, kexecIntoSystem } from "./kexec_actions.ts";
import { awaitSystem, leaveRamdisk, powerIntoSystem } from "./leave_actions.ts";
import { partition } from "./partition_action.ts";
import { adoptAgent, awaitAgent, powerIntoRamdisk } from "./power_actions.ts";
import { bootLoader, broadcast, format, identity, mount, sshKeys, sync } from "./script_actions.ts";
import type { StepActions } from "./step_action.ts";

/** What is done in each step. */
export const DEPLOY_ACTIONS: StepActions = {
  "adopt-agent": adoptAgent,
  "kexec-into-ramdisk": kexecIntoRamdisk,
  "power-into-ramdisk": powerIntoRamdisk,
  "await-agent": awaitAgent,
  partition,
  format,
  mount,
  broadcast,
  identity,
  "ssh-keys": sshKeys,
  "boot-loader": bootLoader,
  sync,
  "kexec-into-system": kexecIntoSystem,
  "leave-ramdisk": leaveRamdisk,
  "power-into-system": powerIntoSystem,
  "await-system": awaitSystem,
};
