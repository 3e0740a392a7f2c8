/** The SNMP agent of a switch: Net-SNMP's snmpd, master of lldpd, with the MAC table by a program of ours. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Daemon, until } from "./rig_daemon.ts";
import {
  COMMUNITY,
  deviceOf,
  ifIndexOf,
  PORTS_PER_SWITCH,
  portName,
  type SwitchPlan,
  speedOf,
  switchAddress,
} from "./rig_plan.ts";

/** IF-MIB: columns of ifXTable (RFC 2863). */
const IF_NAME = ".1.3.6.1.2.1.31.1.1.1.1";
const IF_HIGH_SPEED = ".1.3.6.1.2.1.31.1.1.1.15";
const NO_MIB_FILES = { MIBS: "", MIBDIRS: "" };

export const agentxSocket = (dir: string): string => join(dir, "agentx");

/** @param dir of this switch alone; is made */
export function snmpdOf(plan: SwitchPlan, dir: string, within: readonly string[]): Daemon {
  mkdirSync(dir, { recursive: true });
  const config = join(dir, "snmpd.conf");
  writeFileSync(config, snmpdConfig(plan, dir));
  const log = join(dir, "snmpd.log");
  const argv = ["snmpd", "-f", "-Lo", "-C", "-c", config, "-I", "-smux,mteTrigger,mteTriggerConf"];
  return new Daemon({ within, argv, log, env: { ...NO_MIB_FILES, SNMP_PERSISTENT_DIR: join(dir, "snmp") } });
}

/** An lldpd that finds no master waits 15 s before it looks again. */
export const isMaster = (dir: string): Promise<void> =>
  until("snmpd", () => (existsSync(agentxSocket(dir)) ? undefined : `no ${agentxSocket(dir)}`));

function snmpdConfig(plan: SwitchPlan, dir: string): string {
  const { name, authProtocol, authKey, privKey } = plan.user;
  const table = [process.execPath, join(import.meta.dirname, "bridge_mib_process.ts"), "br0", plan.macTable];
  const lines = [
    `agentAddress udp:${switchAddress(plan)}:161`,
    `sysName ${plan.name}`,
    `sysDescr Rig switch of ${PORTS_PER_SWITCH} ports`,
    `rocommunity ${COMMUNITY}`,
    `createUser ${name} ${authProtocol} "${authKey}" AES "${privKey}"`,
    `rouser ${name} priv`,
    "master agentx",
    `agentXSocket unix:${agentxSocket(dir)}`,
    "agentXPerms 0777 0777",
    `pass_persist .1.3.6.1.2.1.17 ${table.join(" ")}`,
    ...Array.from({ length: PORTS_PER_SWITCH }, (_, at) => portLines(plan, at + 1)).flat(),
  ];
  return `${lines.join("\n")}\n`;
}

/** Of a virtual cable the kernel says 10 Gbit/s, whatever its switch would say. */
function portLines(plan: SwitchPlan, port: number): readonly string[] {
  const speed = `override ${IF_HIGH_SPEED}.${ifIndexOf(port)} uinteger ${speedOf(plan, port)}`;
  const name = portName(plan, port);
  return name === deviceOf(plan, port)
    ? [speed]
    : [speed, `override ${IF_NAME}.${ifIndexOf(port)} octet_str "${name}"`];
}
