/** The SNMP agent of a switch: Net-SNMP's snmpd, master of lldpd, with the MAC table by a program of ours. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Daemon, until } from "./rig_daemon.ts";
import { COMMUNITY } from "./rig_plan.ts";
import type { KitPort, SnmpUser, SwitchKit } from "./switch_kit.ts";

/** IF-MIB: columns of ifXTable (RFC 2863). */
const IF_NAME = ".1.3.6.1.2.1.31.1.1.1.1";
const IF_HIGH_SPEED = ".1.3.6.1.2.1.31.1.1.1.15";
const CONFIG = "snmpd.conf";
const NO_MIB_FILES = { MIBS: "", MIBDIRS: "" };

export const agentxSocket = (dir: string): string => join(dir, "agentx");

/** @param dir of this switch alone; is made */
export function snmpdOf(kit: SwitchKit, dir: string, within: readonly string[]): Daemon {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, CONFIG), snmpdConfig(kit, dir));
  return daemonOf(dir, within, "-smux,mteTrigger,mteTriggerConf");
}

/** @param modules that are started, or are not with a minus in front */
function daemonOf(dir: string, within: readonly string[], modules: string): Daemon {
  const argv = ["snmpd", "-f", "-Lo", "-C", "-c", join(dir, CONFIG), "-I", modules];
  const env = { ...NO_MIB_FILES, SNMP_PERSISTENT_DIR: join(dir, "snmp") };
  return new Daemon({ within, argv, log: join(dir, "snmpd.log"), env });
}

/** Trees that the product reads something of: IEEE 802, mib-2, makers. */
const RECORDED_TREES = [".1.0.8802", ".1.2.840.10006", ".1.3.111", ".1.3.6.1.2.1", ".1.3.6.1.4.1"] as const;

/** One that answers as a switch that was recorded, with the rows of `file`. It speaks v2c. */
export function recordedSnmpd(file: string, address: string, dir: string, within: readonly string[]): Daemon {
  mkdirSync(dir, { recursive: true });
  const program = [process.execPath, join(import.meta.dirname, "recorded_mib_process.ts"), file].join(" ");
  const passes = RECORDED_TREES.map((tree) => `pass_persist ${tree} ${program}`);
  writeFileSync(join(dir, CONFIG), `${[...listeningLines(address, COMMUNITY), ...passes].join("\n")}\n`);
  return daemonOf(dir, within, "pass_persist,vacm_conf");
}

/** An lldpd that finds no master waits 15 s before it looks again. */
export const isMaster = (dir: string): Promise<void> =>
  until("snmpd", () => (existsSync(agentxSocket(dir)) ? undefined : `no ${agentxSocket(dir)}`));

function snmpdConfig(kit: SwitchKit, dir: string): string {
  const { name, address, community, user, macTable, ports } = kit;
  const table = [process.execPath, join(import.meta.dirname, "bridge_mib_process.ts"), "br0", macTable];
  const lines = [
    ...listeningLines(address, community),
    `sysName ${name}`,
    `sysDescr ${descriptionOf(kit)}`,
    ...(user ? userLines(user) : []),
    "master agentx",
    `agentXSocket unix:${agentxSocket(dir)}`,
    "agentXPerms 0777 0777",
    `pass_persist .1.3.6.1.2.1.17 ${table.join(" ")}`,
    ...ports.flatMap(portLines),
  ];
  return `${lines.join("\n")}\n`;
}

const listeningLines = (address: string, community: string): readonly string[] => [
  `agentAddress udp:${address}:161`,
  `rocommunity ${community}`,
  "dontLogTCPWrappersConnects yes",
];

export const descriptionOf = ({ ports }: SwitchKit): string => `Rig switch of ${ports.length} ports`;

const userLines = ({ name, authProtocol, authKey, privKey }: SnmpUser): readonly string[] => [
  `createUser ${name} ${authProtocol} "${authKey}" AES "${privKey}"`,
  `rouser ${name} priv`,
];

/** Of a virtual cable the kernel says 10 Gbit/s, whatever its switch would say. */
function portLines({ device, ifIndex, name, speedMbit }: KitPort): readonly string[] {
  const speed = `override ${IF_HIGH_SPEED}.${ifIndex} uinteger ${speedMbit}`;
  return name === device ? [speed] : [speed, `override ${IF_NAME}.${ifIndex} octet_str "${name}"`];
}
