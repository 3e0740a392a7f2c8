/**
 * What a machine that asks for an address is told to load.
 *
 * A pure function of (client, config, circumstances): no clock, no store, no socket. What it boots
 * *then* is the matter of its script, which is made when the script is fetched.
 */
import { type Ipv4, ipv4Bytes } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { FIRMWARE, type LoaderRow } from "./firmware.ts";

/** The facts that the decision needs, read from the DHCP request. */
export type BootClient = {
  readonly mac: Mac;
  /** Option 93; `undefined` when absent. */
  readonly archCode: number | undefined;
  /** What asks: PXE or HTTP Boot of the vendor's firmware, or an iPXE (in ROM or already loaded). */
  readonly program: "pxe" | "httpBoot" | "ipxe";
  /** Of the DHCP exchange: the next attempt to boot has another. */
  readonly exchange: number;
  /** An iPXE without HTTP cannot fetch its script. */
  readonly fetchesHttp: boolean;
  /** Option 60. */
  readonly vendorClass: string;
  /** It runs already, and asks what it would be told: nothing is learned from that. */
  readonly onlyAsks?: boolean;
};

export type BootConfig = {
  /** The appliance on the provisioning network. */
  readonly serverAddress: Ipv4;
  readonly httpPort: number;
  /** The boot files have nothing for arm64. */
  readonly withoutArm64?: boolean;
};

/** What is known beside the request. */
export type BootCircumstances = {
  /** Whether a boot file of this name is published. */
  readonly has: (file: string) => boolean;
  /** The machine refuses what nobody signed. */
  readonly secureBoot: boolean;
  /** How many loaders of its row the machine is known to fetch and then do nothing with. */
  readonly failedLoaders: number;
  /** The iPXE that asks is one in a ROM that cannot fetch its script: it gets a loader of ours first. */
  readonly replaceRom: boolean;
};

export type BootDecision =
  | { readonly kind: "ignore"; readonly because: string }
  /** `file` is a name for TFTP, or a URL for HTTP Boot. */
  | { readonly kind: "loader"; readonly file: string }
  | { readonly kind: "script"; readonly file: string }
  /** `file` is asked for in vain, or is a script, so that the machine's own screen says why it gets nothing else. */
  | { readonly kind: "notice"; readonly file: string; readonly because: string };

const ORDINARY: BootCircumstances = {
  has: () => true,
  secureBoot: false,
  failedLoaders: 0,
  replaceRom: false,
};

export function chooseBoot(
  client: BootClient,
  config: BootConfig,
  circumstances: BootCircumstances = ORDINARY,
): BootDecision {
  // iPXE gets its script: a loader here is a boot loop (ipxe #922, netboot.xyz, opnsense #3557), but for one that the ladder knows.
  const script: BootDecision = { kind: "script", file: scriptUrl(client.mac, config) };
  if (client.program === "ipxe" && !circumstances.replaceRom) return script;
  const row = rowOf(client);
  if ("because" in row) return client.program === "ipxe" ? script : { kind: "ignore", because: row.because };
  const loader = loaderOf(row, circumstances);
  if ("because" in loader) return { kind: "ignore", because: loader.because };
  return { kind: "loader", file: row.via === "http" ? fileUrl(loader.file, config) : loader.file };
}

function rowOf({ archCode, program }: BootClient): LoaderRow | { readonly because: string } {
  if (archCode === undefined) return { because: "it does not say its architecture" };
  const row = FIRMWARE.get(archCode);
  if (!row) return { because: `there is no loader for architecture ${archCode}` };
  if ("because" in row || (program === "httpBoot") === (row.via === "http")) return row;
  return { because: `architecture ${archCode} does not go with its vendor class` };
}

function loaderOf(
  row: LoaderRow,
  { has, secureBoot, failedLoaders }: BootCircumstances,
): { readonly file: string } | { readonly because: string } {
  if (secureBoot && row.firmware === "uefi") {
    if (row.signed !== undefined && has(row.signed)) return { file: row.signed };
    return {
      because: `there is no signed loader for ${row.name}, and its Secure Boot is on; let it boot by PXE`,
    };
  }
  const published = row.loaders.filter(has);
  const file = published[failedLoaders % published.length];
  return file === undefined
    ? { because: `the boot files of this appliance have no loader for ${row.name}` }
    : { file };
}

/** Where the machine fetches its script: `http://10.77.0.1:8080/boot/52-54-00-aa-bb-cc.ipxe`. */
export const scriptUrl = (mac: Mac, config: BootConfig): string =>
  fileUrl(`boot/${mac.replaceAll(":", "-")}.ipxe`, config);

/** Where a published file is. @throws TypeError when the address is not one. */
export function fileUrl(name: string, { serverAddress, httpPort }: BootConfig): string {
  return `http://${ipv4Bytes(serverAddress).join(".")}:${httpPort}/${name}`;
}
