/** What nodes do with disk images, by the real ramdisk's programs on loop devices. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { FIND_ROOT } from "#src/deploy/node_scripts/find_root.ts";
import { GROW_IMAGE } from "#src/deploy/node_scripts/grow_image.ts";
import { NAMES_ONLY } from "#src/deploy/node_scripts/identity.ts";
import { SSH_KEYS } from "#src/deploy/node_scripts/ssh_keys.ts";
import { SYNC } from "#src/deploy/node_scripts/sync.ts";
import { TAKE_DISK, TARGET_DISK } from "#src/deploy/node_scripts/take_disk.ts";
import { RamdiskChroot } from "./ramdisk_chroot.ts";

const MB = 1_000_000;

let ramdisk: RamdiskChroot;
beforeEach(async () => {
  ramdisk = await RamdiskChroot.open();
});
afterEach(async () => {
  await ramdisk[Symbol.asyncDispose]();
});

const take = (DISK: string) => ramdisk.must(TAKE_DISK, { DISK });

/** A Linux on the last partition, as `broadcast` leaves it: made for a smaller disk. */
const bring = (disk: string, fileSystem: string): Promise<string> =>
  ramdisk.must(`set -e
sfdisk --quiet ${disk} <<TABLE
label: gpt
size=20MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
size=150MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
TABLE
partx -u ${disk} || :
mkfs.vfat ${disk}p1 > /dev/null
mkfs.${fileSystem} -q ${disk}p2
mkdir -p /mnt/made; mount ${disk}p2 /mnt/made; cd /mnt/made
mkdir -p etc/ssh sbin root; echo ID=some > etc/os-release; ln -s /lib/systemd/systemd sbin/init
echo 'LABEL=root / ext4 defaults 0 1' > etc/fstab
cd /; umount /mnt/made`);

test("a disk that takes an image is wiped, and found by its link", async () => {
  const disk = ramdisk.addDisk(150 * MB);
  await ramdisk.must(`mkfs.ext4 -F -q ${disk}`);
  for (const _twice of [1, 2]) expect(await take(disk)).toBe(`${disk} takes the image\n`);
  expect(await ramdisk.must(`readlink ${TARGET_DISK}; blkid -p ${disk} || echo nothing`)).toBe(
    `${disk}\nnothing\n`,
  );
  expect(await ramdisk.run(TAKE_DISK, { DISK: "/dev/nosuch" })).toMatchObject({
    code: 3,
    stderr: "/dev/nosuch is gone\n",
  });
});

test.each(["ext4", "btrfs"])("a Linux on %s grows, and gets what only this node may have", async (kind) => {
  const disk = ramdisk.addDisk(400 * MB);
  await take(disk);
  await bring(disk, kind);
  for (const _twice of [1, 2]) {
    await ramdisk.must(GROW_IMAGE, { GROW: "auto" });
    await ramdisk.must(FIND_ROOT);
    await ramdisk.must(NAMES_ONLY, { HOST_NAME: "node3.rack1" });
    expect(await ramdisk.must(SSH_KEYS, { AUTHORIZED_KEYS: "ssh-ed25519 AAAA me" })).toContain("host-key");
  }
  const read =
    "cd /mnt/target; cat etc/hostname etc/fstab root/.ssh/authorized_keys; ls etc/systemd 2>&1 || :";
  const [name, table, key, systemd] = (await ramdisk.must(read)).split("\n");
  expect([name, table, key]).toEqual([
    "node3.rack1",
    "LABEL=root / ext4 defaults 0 1",
    "ssh-ed25519 AAAA me",
  ]);
  expect(systemd).toContain("No such file");
  const megabytes = await ramdisk.must("df -P -m /mnt/target | awk 'NR == 2 { print $2 }'");
  expect(Number(megabytes)).toBeGreaterThan(300);
  await ramdisk.must(SYNC);
});

test("what is no Linux stays as it is", async () => {
  const disk = ramdisk.addDisk(200 * MB);
  await take(disk);
  await ramdisk.must(`printf hello | dd of=${disk} conv=notrunc 2>/dev/null`);
  const sum = `sha256sum ${disk}`;
  const before = await ramdisk.must(sum);
  expect(await ramdisk.must(GROW_IMAGE, { GROW: "auto" })).toContain("has no partition: it is left as it is");
  expect(await ramdisk.must(sum)).toBe(before);
  expect(await ramdisk.run(GROW_IMAGE, { GROW: "yes" })).toMatchObject({ code: 3 });
  expect(await ramdisk.run(FIND_ROOT)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining("no Linux root"),
  });
});
