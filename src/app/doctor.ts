/** `brigade doctor` on this machine, before the first start or when the appliance does not answer. */
import { describeSettingProblem, readSettings, type Settings } from "#src/config/settings.ts";
import type { Finding } from "#src/doctor/finding.ts";
import { examine } from "#src/doctor/look.ts";
import type { WantedPort } from "#src/doctor/look_host.ts";
import { findInterface } from "#src/net/interface.ts";
import { StartError } from "#src/value/start_error.ts";
import { BadSettings } from "./bad_settings.ts";
import { PORTS } from "./base.ts";
import { loadBootFiles } from "./boot_files.ts";
import { chooseNetworks, readOptions } from "./network_choice.ts";
import { planNetworks, type ServedNetwork } from "./network_plan.ts";
import { requirePrivileges } from "./privilege.ts";
import { programFromMs } from "./program_time.ts";

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
  const networks =
    attempt(refusals, () =>
      planNetworks(chooseNetworks(settings).network, findInterface, {
        ...{ pool: settings.pool, leaseSec: settings["lease-time"], readOptions },
      }),
    ) ?? [];
  attempt(refusals, () => requirePrivileges());
  attempt(refusals, () => loadBootFiles(settings["boot-files"]));
  return await examine({
    refusals,
    served: networks.map(({ own, mode }) => ({ own, isProxy: mode === "proxy" })),
    ...{ fixed: [], pools: [], nodes: 0, data: settings.data },
    wantedPorts: networks.length > 0 ? wantedPorts(networks, settings) : [],
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

function wantedPorts(networks: readonly ServedNetwork[], { api }: Settings): readonly WantedPort[] {
  const udp = [
    { port: DHCP_PORT, purpose: "DHCP" },
    { port: TFTP_PORT, purpose: "TFTP" },
    { port: BINL_PORT, purpose: "the second question of UEFI firmware (PXE boot server)" },
  ];
  const tcp = networks.flatMap(({ own: { address } }) => [
    { address, port: PORTS.bootHttp, purpose: "boot files over HTTP" },
    { address, port: PORTS.agents, purpose: "agents" },
    { address, port: PORTS.broadcast, purpose: "broadcasts" },
  ]);
  return [
    ...networks.flatMap(({ own }) =>
      udp.map((one) => ({ ...one, transport: "udp" as const, device: own.name })),
    ),
    ...[...tcp, { ...api, purpose: "the API" }].map((one) => ({ ...one, transport: "tcp" as const })),
  ];
}
