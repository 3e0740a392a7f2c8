import { kexecIntoRamdisk, kexecIntoSystem } from "./kexec_actions.ts";
import { awaitSystem, leaveRamdisk, powerIntoSystem } from "./leave_actions.ts";
import { partition, takeDisk } from "./partition_action.ts";
import { postInstall } from "./post_install_action.ts";
import { adoptAgent, awaitAgent, powerIntoRamdisk } from "./power_actions.ts";
import {
  bootLoader,
  broadcast,
  findRoot,
  format,
  grow,
  identity,
  mount,
  names,
  sshKeys,
  sync,
} from "./script_actions.ts";
import { seed } from "./seed/seed_action.ts";
import type { StepActions } from "./step_action.ts";

/** What is done in each step. */
export const DEPLOY_ACTIONS: StepActions = {
  "adopt-agent": adoptAgent,
  "kexec-into-ramdisk": kexecIntoRamdisk,
  "power-into-ramdisk": powerIntoRamdisk,
  "await-agent": awaitAgent,
  "take-disk": takeDisk,
  partition,
  format,
  mount,
  broadcast,
  grow,
  "find-root": findRoot,
  names,
  identity,
  "ssh-keys": sshKeys,
  seed,
  "post-install": postInstall,
  "boot-loader": bootLoader,
  sync,
  "kexec-into-system": kexecIntoSystem,
  "leave-ramdisk": leaveRamdisk,
  "power-into-system": powerIntoSystem,
  "await-system": awaitSystem,
};
