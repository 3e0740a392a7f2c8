/** A Linux disk image as somebody else would make it: from the Debian archive, with its own boot loader for BIOS. */
import { execFileSync } from "node:child_process";
import { BOOT_LOADER } from "#src/deploy/node_scripts/boot_loader.ts";
import { FORMAT } from "#src/deploy/node_scripts/format.ts";
import { IDENTITY } from "#src/deploy/node_scripts/identity.ts";
import { MOUNT } from "#src/deploy/node_scripts/mount.ts";
import { PARTITION } from "#src/deploy/node_scripts/partition.ts";
import { SYNC } from "#src/deploy/node_scripts/sync.ts";
import { planFor } from "../plan_for.ts";
import type { RamdiskChroot } from "../ramdisk_chroot.ts";

const DISK_BYTES = 1_300_234_240;

/** @returns path of the raw disk, which goes with the chroot */
export async function makeLinuxDisk(
  ramdisk: RamdiskChroot,
  archive: string,
  kernelArguments: string,
): Promise<string> {
  const disk = ramdisk.addDisk(DISK_BYTES);
  const loader = { KERNEL_ARGUMENTS: kernelArguments, BOOT_SECTOR: "take", KEEP_KERNEL: "" };
  await ramdisk.must(PARTITION, planFor(disk, { layout: "default" }));
  await ramdisk.must(FORMAT);
  await ramdisk.must(MOUNT);
  ramdisk.unpack(archive);
  await ramdisk.must(IDENTITY, { HOST_NAME: "golden", MACS: "52:54:00:00:00:01" });
  // It is for any machine.
  await ramdisk.must("rm /mnt/target/etc/systemd/network/10-brigade.network");
  await ramdisk.must(BOOT_LOADER, loader);
  await ramdisk.must(SYNC);
  execFileSync("sync");
  return ramdisk.fileOf(disk);
}
