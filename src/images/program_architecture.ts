/**
 * For which machines a program or kernel was made, by its first bytes: ELF (gABI, `e_machine`), PE (an EFI stub; UEFI
 * 2.10 section 2.1.1), the boot protocols of Linux for x86 (`HdrS`) and arm64.
 *
 * Pure. Never throws on bytes.
 */
import type { Architecture } from "./description.ts";

/** As far as the longest of these headers reaches in practice. */
export const PROGRAM_HEAD_BYTES = 1024;

const ELF = { magic: "7f454c46", dataAt: 5, littleEndian: 1, machineAt: 18 } as const;
const PE = { magic: "4d5a", pointerAt: 0x3c, signature: "50450000", machineAfter: 4 } as const;
const MACHINES: ReadonlyMap<number, Architecture> = new Map([
  [0x3e, "amd64"],
  [0xb7, "arm64"],
  [0x8664, "amd64"],
  [0xaa64, "arm64"],
]);
const X86_SIGNATURE = { at: 0x202, hex: "48647253" } as const;
const ARM64_SIGNATURE = { at: 0x38, hex: "41524d64" } as const;

export function architectureOf(head: Buffer): Architecture | undefined {
  if (has(head, ELF.magic, 0)) return elfMachine(head);
  return peMachine(head) ?? linuxMachine(head);
}

function elfMachine(head: Buffer): Architecture | undefined {
  if (head.length < ELF.machineAt + 2 || head[ELF.dataAt] !== ELF.littleEndian) return undefined;
  return MACHINES.get(head.readUInt16LE(ELF.machineAt));
}

function peMachine(head: Buffer): Architecture | undefined {
  if (!has(head, PE.magic, 0) || head.length < PE.pointerAt + 4) return undefined;
  const at = head.readUInt32LE(PE.pointerAt);
  if (at + 6 > head.length || !has(head, PE.signature, at)) return undefined;
  return MACHINES.get(head.readUInt16LE(at + PE.machineAfter));
}

function linuxMachine(head: Buffer): Architecture | undefined {
  if (has(head, X86_SIGNATURE.hex, X86_SIGNATURE.at)) return "amd64";
  return has(head, ARM64_SIGNATURE.hex, ARM64_SIGNATURE.at) ? "arm64" : undefined;
}

const has = (bytes: Buffer, hex: string, at: number): boolean =>
  bytes.toString("hex", at, at + hex.length / 2) === hex;
