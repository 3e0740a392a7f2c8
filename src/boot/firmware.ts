/**
 * One table for all firmware: which loader a machine gets, by the architecture
 * number of DHCP option 93 (RFC 4578 section 2.1; IANA "Processor Architecture Types").
 *
 * Pure data. A row is a machine that was met; a number without a row is told so.
 */
import type { Firmware } from "#src/nodes/node.ts";

export type LoaderRow = {
  readonly name: string;
  readonly firmware: Firmware;
  /** Relative name among the boot files. */
  readonly loader: string;
  /** How the firmware itself fetches it. */
  readonly via: "tftp" | "http";
};

const SNPONLY = "loaders/snponly.efi";

/**
 * snponly and not ipxe.efi, because it drives the card through the firmware that
 * just fetched it: native drivers miss new cards and probe for seconds (ipxe #972, #1123).
 */
export const LOADERS: ReadonlyMap<number, LoaderRow> = new Map([
  [0, { name: "BIOS", firmware: "bios", loader: "loaders/undionly.kpxe", via: "tftp" }],
  // 7 is what EDK2 sends for x64, 9 what the RFC's errata and Cisco's NCS-5508 say: the same machine.
  [7, { name: "UEFI x64", firmware: "uefi", loader: SNPONLY, via: "tftp" }],
  [9, { name: "UEFI x64", firmware: "uefi", loader: SNPONLY, via: "tftp" }],
  // OVMF's HTTP Boot. 6 and 15 (32-bit), 10, 11, 18, 19 (arm), 27 and 41 want loaders that are not built yet.
  [16, { name: "UEFI x64 HTTP", firmware: "uefi", loader: SNPONLY, via: "http" }],
]);

/** How a machine with this architecture number came up. `undefined` without a number or a row. */
export const firmwareOf = (archCode: number | undefined): Firmware | undefined =>
  archCode === undefined ? undefined : LOADERS.get(archCode)?.firmware;
