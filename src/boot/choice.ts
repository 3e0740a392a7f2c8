/**
 * What a machine that asks for an address is told to load.
 *
 * A pure function of (client, config): no clock, no store, no socket. What it boots *then* is the
 * matter of its script, which is made when the script is fetched.
 */
import { type Ipv4, ipv4Bytes } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { LOADERS } from "./firmware.ts";

/** The facts that the decision needs, read from the DHCP request. */
export type BootClient = {
  readonly mac: Mac;
  /** Option 93; `undefined` when absent. */
  readonly archCode: number | undefined;
  /** What asks: PXE or HTTP Boot of the vendor's firmware, or an iPXE (in ROM or already loaded). */
  readonly program: "pxe" | "httpBoot" | "ipxe";
};

export type BootConfig = {
  /** The appliance on the provisioning network. */
  readonly serverAddress: Ipv4;
  readonly httpPort: number;
};

export type BootDecision =
  | { readonly kind: "ignore"; readonly because: string }
  /** `file` is a name for TFTP, or a URL for HTTP Boot. */
  | { readonly kind: "loader"; readonly file: string }
  | { readonly kind: "script"; readonly file: string };

export function chooseBoot(client: BootClient, config: BootConfig): BootDecision {
  // iPXE must get its script, never a loader: a loader here is a boot loop (ipxe #922, netboot.xyz, opnsense #3557).
  if (client.program === "ipxe") return { kind: "script", file: scriptUrl(client.mac, config) };
  if (client.archCode === undefined) return { kind: "ignore", because: "it does not say its architecture" };
  const row = LOADERS.get(client.archCode);
  if (!row) return { kind: "ignore", because: `there is no loader for architecture ${client.archCode}` };
  const wantsUrl = client.program === "httpBoot";
  if (wantsUrl !== (row.via === "http")) {
    return { kind: "ignore", because: `architecture ${client.archCode} does not go with its vendor class` };
  }
  return { kind: "loader", file: wantsUrl ? fileUrl(row.loader, config) : row.loader };
}

/** Where the machine fetches its script: `http://10.77.0.1:8080/boot/52-54-00-aa-bb-cc.ipxe`. */
export const scriptUrl = (mac: Mac, config: BootConfig): string =>
  fileUrl(`boot/${mac.replaceAll(":", "-")}.ipxe`, config);

/** Where a published file is. @throws TypeError when the address is not one. */
export function fileUrl(name: string, { serverAddress, httpPort }: BootConfig): string {
  return `http://${ipv4Bytes(serverAddress).join(".")}:${httpPort}/${name}`;
}
