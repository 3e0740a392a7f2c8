/**
 * One table for all firmware: which loaders a machine can get, by the architecture
 * number of DHCP option 93 (RFC 4578 section 2.1; IANA "Processor Architecture Types").
 *
 * Pure data. `netboot/README.md` prints it, with the machine that taught each row.
 */
import type { Firmware } from "#src/nodes/node.ts";

export type LoaderRow = {
  readonly name: string;
  readonly firmware: Firmware;
  /** How the firmware itself fetches its loader. */
  readonly via: "tftp" | "http";
  /** Names among the boot files, the first choice first; the next is for a machine on which the one before was loaded and did nothing. */
  readonly loaders: readonly [string, ...string[]];
  /** What machines with Secure Boot get: signed. */
  readonly signed?: string;
};

/** A number that is known and cannot be served: says why, and what to do. */
export type UnservedRow = { readonly name: string; readonly because: string };

export type FirmwareRow = LoaderRow | UnservedRow;

/** Loads GRUB, both signed; they work without Secure Boot as well, and use the firmware's own network driver. */
export const SHIM_X64 = "loaders/shimx64.efi";
const UNDIONLY = "loaders/undionly.kpxe";
/** Brings its own drivers. */
const IPXE_BIOS = "loaders/ipxe.pxe";
/**
 * Before ipxe.efi, because it drives the card through the firmware that just fetched it: native
 * drivers miss new cards and probe for seconds (ipxe #972, #1123).
 */
const SNPONLY = "loaders/snponly.efi";
const IPXE_X64 = "loaders/ipxe.efi";
const IPXE_ARM64 = "loaders/arm64/ipxe.efi";

const UEFI_X64: LoaderRow = {
  ...{ name: "UEFI x64", firmware: "uefi", via: "tftp" },
  loaders: [SNPONLY, IPXE_X64, SHIM_X64],
  signed: SHIM_X64,
};
const THIRTY_TWO_BITS =
  "its firmware is 32-bit UEFI, for which there is no loader here; switch it to BIOS (legacy) network boot";
const ARM_32 = "its processor is 32-bit ARM, and systems are installed on x86-64 and arm64 only";

export const FIRMWARE: ReadonlyMap<number, FirmwareRow> = new Map<number, FirmwareRow>([
  [0, { name: "BIOS", firmware: "bios", via: "tftp", loaders: [UNDIONLY, IPXE_BIOS] }],
  [6, { name: "UEFI x86, 32-bit", because: THIRTY_TWO_BITS }],
  // 7 is what EDK2 sends for x64, 9 what the RFC's errata and Cisco's NCS-5508 say: the same machine.
  [7, UEFI_X64],
  [9, UEFI_X64],
  [10, { name: "UEFI arm, 32-bit", because: ARM_32 }],
  [11, { name: "UEFI arm64", firmware: "uefi", via: "tftp", loaders: [IPXE_ARM64] }],
  [15, { name: "UEFI x86, 32-bit, HTTP", because: THIRTY_TWO_BITS }],
  // Debian's signed GRUB has no HTTP, so shim would end at a prompt: with Secure Boot the firmware's PXE has to do it.
  [16, { name: "UEFI x64 HTTP", firmware: "uefi", via: "http", loaders: [SNPONLY, IPXE_X64] }],
  [18, { name: "UEFI arm, 32-bit, HTTP", because: ARM_32 }],
  [19, { name: "UEFI arm64 HTTP", firmware: "uefi", via: "http", loaders: [IPXE_ARM64] }],
  [
    27,
    { name: "UEFI RISC-V, 64-bit", because: "its processor is RISC-V, for which there is no ramdisk here" },
  ],
  [
    41,
    {
      name: "Raspberry Pi boot ROM",
      because:
        "a Raspberry Pi's own boot ROM loads no UEFI program; put UEFI firmware on its card, then it asks as UEFI arm64",
    },
  ],
]);

/** How a machine with this architecture number came up. `undefined` without a number, or when it cannot be served. */
export function firmwareOf(archCode: number | undefined): Firmware | undefined {
  const row = archCode === undefined ? undefined : FIRMWARE.get(archCode);
  return row && "firmware" in row ? row.firmware : undefined;
}
