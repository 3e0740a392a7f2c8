import { copyFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  card,
  directBoot,
  disk,
  INITRAMFS,
  initramfsRunning,
  LOADERS,
  Machine,
  requireBuilt,
  scratch,
  uefi,
} from "./machine.ts";

/** What deployment steps do, in short: every tool they rely on, and a disk that boots with both kinds of firmware. */
const INSTALL = `
set -ex
sfdisk -q /dev/vda <<END
label: gpt
size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name=bios
size=64MiB, type=U, name=esp
size=64MiB, type=S, name=swap
type=L, name=root
END
mkfs.vfat -F 32 -n ESP /dev/vda2
mkswap /dev/vda3
mkfs.ext4 -q -L root /dev/vda4
mount /dev/vda4 /mnt/target
mkdir -p /mnt/target/boot/efi
mount /dev/vda2 /mnt/target/boot/efi
grub-install --target=i386-pc --boot-directory=/mnt/target/boot /dev/vda
grub-install --target=x86_64-efi --boot-directory=/mnt/target/boot --efi-directory=/mnt/target/boot/efi --removable --no-nvram
cat >/mnt/target/boot/grub/grub.cfg <<END
serial --unit=0
terminal_output serial
echo THE-DISK-RUNS on \\$grub_platform
sleep 60
END
umount /mnt/target/boot/efi /mnt/target
for format in mkfs.xfs mkfs.btrfs; do
  wipefs -aq /dev/vdb; $format /dev/vdb >/dev/null; mount /dev/vdb /mnt/target; umount /mnt/target
done
blkid -t PARTLABEL=root -o device
ssh-keygen -q -t ed25519 -N "" -f /tmp/key
echo text >/tmp/file && tar -C /tmp --xattrs --acls --sparse -cf /tmp/file.tar file && tar --version | grep GNU
mkdir /tmp/root && chroot / /bin/true && kexec --version && efibootmgr --version && partx --version && resize2fs -h 2>&1 | grep Usage
`;

const work = scratch();
const installed = join(work.path, "installed.raw");
const blank = join(work.path, "blank.raw");

/** Made once; each test below boots it another way. */
beforeAll(async () => {
  requireBuilt(INITRAMFS, `${LOADERS}/localboot.efi`);
  for (const file of [installed, blank]) {
    writeFileSync(file, "");
    truncateSync(file, 1024 ** 3);
  }
  const boot = directBoot(
    "rdinit=/test-init brigade.appliance=10.0.2.2:9",
    initramfsRunning(INSTALL, work.path),
  );
  using machine = new Machine([...boot, ...card("virtio-net-pci"), ...disk(installed, 0), ...disk(blank, 1)]);
  const [, code] = await machine.shows(/SCRIPT ENDED WITH (\d+)/, 180);
  expect(code, machine.text).toBe("0");
  expect(machine.text).toContain("/dev/vda4");
  expect(machine.text).not.toContain("Cannot initialize conversion");
  await machine.shows(/\[the machine is off\]/, 30);
  writeFileSync(blank, "");
  truncateSync(blank, 1024 ** 2 * 100);
  return () => work[Symbol.dispose]();
});

describe("a disk made in the ramdisk", () => {
  test("starts with BIOS", async () => {
    using machine = new Machine(["-machine", "pc", "-m", "256", ...disk(installed, 0)]);
    await machine.shows(/THE-DISK-RUNS on pc/, 60);
  });

  test("starts with UEFI", async () => {
    using machine = new Machine([...uefi(work.path), ...disk(installed, 0)]);
    await machine.shows(/THE-DISK-RUNS on efi/, 90);
  });

  test.each(["e1000", "virtio-net-pci"])("starts from an iPXE script on BIOS (ROM of %s)", async (model) => {
    writeFileSync(join(work.path, "local.ipxe"), "#!ipxe\nsanboot --no-describe --drive 0x80 || exit\n");
    const boot = { directory: work.path, file: "local.ipxe" };
    using machine = new Machine(["-machine", "pc", "-m", "256", ...card(model, boot), ...disk(installed, 0)]);
    await machine.shows(/Booting from SAN device 0x80/, 90);
    await machine.shows(/THE-DISK-RUNS on pc/, 60);
  });
});

describe("localboot.efi, loaded over the network", () => {
  test("starts the disk that has a loader, past a blank one", async () => {
    copyFileSync(`${LOADERS}/localboot.efi`, join(work.path, "localboot.efi"));
    const network = card("virtio-net-pci,romfile=", { directory: work.path, file: "localboot.efi" });
    using machine = new Machine([...uefi(work.path), ...network, ...disk(blank, 0), ...disk(installed, 1)]);
    await machine.shows(/Brigade: starting \(hd1,gpt2\)\/EFI\/BOOT\/BOOTX64\.EFI/, 90);
    await machine.shows(/THE-DISK-RUNS on efi/, 60);
  });

  test("says so when no disk boots, and gives control back to the firmware", async () => {
    copyFileSync(`${LOADERS}/localboot.efi`, join(work.path, "localboot.efi"));
    const network = card("virtio-net-pci,romfile=", { directory: work.path, file: "localboot.efi" });
    using machine = new Machine([...uefi(work.path), ...network, ...disk(blank, 0)]);
    await machine.shows(/Brigade: no disk of this machine has a loader under \/EFI/, 90);
    await machine.shows(/Brigade: disk seen: \(hd0\)/, 10);
    await machine.shows(/disk seen: [\s\S]*(?:BdsDxe|Start PXE|Boot Manager)/, 60);
  });
});
