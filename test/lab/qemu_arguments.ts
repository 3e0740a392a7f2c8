/** How a planned node becomes a QEMU command line. Pure. */
import type { LabNode } from "./plan.ts";

export type Acceleration = "kvm" | "tcg";

/** Which device the firmware tries first, this time. */
export type BootOrder = "network-first" | "disk-first";

const OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd";

/**
 * Arguments for `qemu-system-x86_64`, run inside the node's directory: the sockets are named relative to it, because
 * a unix socket path may have no more than 107 bytes.
 */
export function qemuArguments(node: LabNode, acceleration: Acceleration, order: BootOrder): string[] {
  const [networkIndex, diskIndex] = order === "network-first" ? [0, 1] : [1, 0];
  // romfile= takes the iPXE ROM away, so that a UEFI machine boots by its firmware's own PXE, as real ones do.
  const rom = node.firmware === "uefi" ? ",romfile=" : "";
  return [
    ["-name", node.name, "-nodefaults", "-nographic"],
    ["-accel", acceleration, "-cpu", acceleration === "kvm" ? "host" : "max"],
    ["-machine", node.firmware === "uefi" ? "q35" : "pc", "-m", String(node.memoryMb), "-smp", "1"],
    ...(node.firmware === "uefi" ? uefiFlash() : []),
    ["-uuid", `00000000-0000-4000-8000-${node.mac.replaceAll(":", "")}`],
    ["-smbios", `type=1,manufacturer=Brigade,product=Lab,serial=LAB-${node.name}`],
    ["-netdev", `tap,id=net0,ifname=${node.tap},script=no,downscript=no`],
    ["-device", `${node.nic},netdev=net0,mac=${node.mac},bootindex=${networkIndex}${rom}`],
    ["-drive", "if=none,id=disk0,file=disk.img,format=raw,cache=unsafe,discard=unmap"],
    ["-device", `virtio-blk-pci,drive=disk0,serial=LAB-${node.name},bootindex=${diskIndex}`],
    ["-device", "virtio-rng-pci"],
    ["-chardev", "socket,id=serial0,path=serial.sock,server=on,wait=off,logfile=serial.log,logappend=on"],
    ["-serial", "chardev:serial0", "-monitor", "none"],
    ["-qmp", "unix:qmp.sock,server=on,wait=off"],
  ].flat();
}

function uefiFlash(): string[][] {
  return [
    ["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${OVMF_CODE}`],
    ["-drive", "if=pflash,unit=1,format=raw,file=firmware-variables.fd"],
  ];
}
