/** Scans of the rig as the appliance makes them, from where the appliance stands. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Endpoint } from "#src/fabric/reading.ts";
import type { ScanPrefix } from "#src/fabric/scan_types.ts";
import type { SnmpCredentials } from "#src/fabric/snmp_credentials.ts";
import { type Ipv4, subnetOf } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { Rig } from "./rig.ts";
import {
  APPLIANCE,
  COMMUNITY,
  CORE,
  HOSTS,
  hostMac,
  SWITCHES,
  type SwitchPlan,
  switchAddress,
  switchPlan,
} from "./rig_plan.ts";
import type { RigScan, RigScanRequest } from "./rig_scan_process.ts";

const run = promisify(execFile);
const PROCESS = join(import.meta.dirname, "rig_scan_process.ts");
const MAX_OUTPUT_BYTES = 16 << 20;

/** One community for the whole network. */
export const V2C: readonly ScanPrefix[] = [
  {
    prefix: subnetOf("10.87.0.0" as Ipv4, 24),
    credentials: [{ version: "2c", community: COMMUNITY }],
  },
];

const AUTH = { SHA: "sha", "SHA-256": "sha256", "SHA-512": "sha512" } as const;
const userOf = ({ user }: SwitchPlan): SnmpCredentials => ({
  ...{ version: "3", level: "authPriv", user: user.name },
  ...{
    authProtocol: AUTH[user.authProtocol],
    authKey: user.authKey,
    privProtocol: "aes",
    privKey: user.privKey,
  },
});
/** A user with keys of its own on each switch. */
export const V3: readonly ScanPrefix[] = SWITCHES.map((plan) => ({
  prefix: subnetOf(switchAddress(plan) as Ipv4, 32),
  credentials: [userOf(plan)],
}));

/** Everybody by name, as the appliance knows its nodes. */
export const ENDPOINTS: readonly Endpoint[] = [APPLIANCE, ...HOSTS].map((host) => ({
  name: host.name,
  macs: [hostMac(host) as Mac],
}));

export const addressOf = (name: string): string => switchAddress(switchPlan(name));

/** From the core on, with what nodes heard or without. */
export const scanRig = (rig: Rig, request: Partial<RigScanRequest> = {}): Promise<RigScan> =>
  scanFrom(rig.wire.within(APPLIANCE.name), {
    ...{ seeds: [addressOf(CORE)], prefixes: V2C, endpoints: ENDPOINTS, heard: [] },
    ...request,
  });

/** @param within words for `ip` that run a command where the scan is to be made */
export async function scanFrom(within: readonly string[], request: RigScanRequest): Promise<RigScan> {
  const argv = [...within, process.execPath, "--no-warnings", PROCESS, JSON.stringify(request)];
  const { stdout } = await run("ip", argv, { maxBuffer: MAX_OUTPUT_BYTES });
  return JSON.parse(stdout) as RigScan;
}
