/** One `ipmi_sim` (package openipmi) for each machine: a BMC as far as any IPMI client can tell. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabNode } from "./plan.ts";

const CHASSIS = join(import.meta.dirname, "chassis.sh");

/**
 * Writes the BMC's files into the node's directory and starts it. It listens once its port answers.
 *
 * @param chassis the script that it calls for the power switch
 */
export function startBmc(node: Pick<LabNode, "name" | "bmc" | "directory">, chassis = CHASSIS): ChildProcess {
  const at = (name: string): string => join(node.directory, name);
  mkdirSync(at("bmc-state"), { recursive: true });
  copyFileSync(chassis, at("chassis.sh"));
  writeFileSync(at("lan.conf"), lanConfiguration(node), { mode: 0o600 });
  writeFileSync(at("bmc.emu"), EMULATION);
  const log = openSync(at("bmc.log"), "a");
  return spawn("ipmi_sim", ["-n", "-c", "lan.conf", "-f", "bmc.emu", "-s", "bmc-state"], {
    cwd: node.directory,
    stdio: ["ignore", log, log],
  });
}

/** Without `guid` ipmi_sim speaks IPMI 1.5 only. `chassis_control` is in no manual. User 3 may only operate. */
function lanConfiguration({ name, bmc }: Pick<LabNode, "name" | "bmc">): string {
  const kinds = "none md2 md5 straight";
  return `name "${name}"
set_working_mc 0x20
  startlan 1
    addr ${bmc.address} ${bmc.port}
    priv_limit admin
    allowed_auths_callback ${kinds}
    allowed_auths_user ${kinds}
    allowed_auths_operator ${kinds}
    allowed_auths_admin ${kinds}
    guid a123456789abcdefa123456789abcdef
  endlan
  chassis_control "sh chassis.sh ${name}"
  user 1 false "" "test" user 10 ${kinds}
  user 2 true "${bmc.user}" "${bmc.password}" admin 10 ${kinds}
  user 3 true "operator" "${bmc.password}" operator 10 ${kinds}
`;
}

const EMULATION = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
mc_enable 0x20
`;
