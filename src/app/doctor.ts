/** `brigade doctor` on this machine, before the first start or when the appliance does not answer. */
import { describeSettingProblem, readSettings, type Settings } from "#src/config/settings.ts";
import type { Finding } from "#src/doctor/finding.ts";
import { examine } from "#src/doctor/look.ts";
import type { WantedPort } from "#src/doctor/look_host.ts";
import { findInterface, type NetworkInterface } from "#src/net/interface.ts";
import { StartError } from "#src/value/start_error.ts";
import { PORTS } from "./base.ts";
import { loadBootFiles } from "./boot_files.ts";
import { planPool } from "./network_plan.ts";
import { requirePrivileges } from "./privilege.ts";
import { programFromMs } from "./program_time.ts";
import { BadSettings } from "./serve.ts";

/** Ports that are the same on every network (RFC 2131, 1350, 4578). */
const DHCP_PORT = 67;
const TFTP_PORT = 69;
const BINL_PORT = 4011;

/**
 * Looks whether the appliance could start with these settings, and at the machine and the wire.
 *
 * @throws {BadSettings} a setting cannot be read
 */
export async function examineHere(
  raw: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  const read = readSettings(raw);
  if (!read.ok) throw new BadSettings(read.problems.map(describeSettingProblem).join("\n"));
  const { settings } = read;
  const refusals: string[] = [];
  const own = attempt(refusals, () => findInterface(settings.interface));
  attempt(refusals, () => requirePrivileges());
  attempt(refusals, () => own && planPool(own, settings.pool));
  attempt(refusals, () => loadBootFiles(settings["boot-files"]));
  return await examine({
    refusals,
    served: own ? [{ own, isProxy: false }] : [],
    ...{ fixed: [], pools: [], nodes: 0, data: settings.data },
    wantedPorts: own ? wantedPorts(own, settings) : [],
    programFromMs: programFromMs(),
  });
}

function attempt<T>(refusals: string[], check: () => T): T | undefined {
  try {
    return check();
  } catch (fault) {
    if (!(fault instanceof StartError)) throw fault;
    refusals.push(fault.message);
    return undefined;
  }
}

function wantedPorts({ name, address }: NetworkInterface, { api }: Settings): readonly WantedPort[] {
  const udp = [
    { port: DHCP_PORT, purpose: "DHCP" },
    { port: TFTP_PORT, purpose: "TFTP" },
    { port: BINL_PORT, purpose: "the second question of UEFI firmware (PXE boot server)" },
  ];
  const tcp = [
    { address, port: PORTS.bootHttp, purpose: "boot files over HTTP" },
    { address, port: PORTS.agents, purpose: "agents" },
    { address, port: PORTS.broadcast, purpose: "broadcasts" },
    { ...api, purpose: "the API" },
  ];
  return [
    ...udp.map((one) => ({ ...one, transport: "udp" as const, device: name })),
    ...tcp.map((one) => ({ ...one, transport: "tcp" as const })),
  ];
}
