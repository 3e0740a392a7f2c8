import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLook } from "#src/deploy/look_text.ts";
import { BOOT_LOADER } from "#src/deploy/node_scripts/boot_loader.ts";
import { FORMAT } from "#src/deploy/node_scripts/format.ts";
import { IDENTITY } from "#src/deploy/node_scripts/identity.ts";
import { LOOK } from "#src/deploy/node_scripts/look.ts";
import { MOUNT } from "#src/deploy/node_scripts/mount.ts";
import { PARTITION, TAKE_PARTITION } from "#src/deploy/node_scripts/partition.ts";
import { SYNC } from "#src/deploy/node_scripts/sync.ts";
import { chooseTarget } from "#src/deploy/target.ts";
import { LAYOUTS, mustRead } from "./bundled_layouts.ts";
import { planFor } from "./plan_for.ts";
import { RamdiskChroot } from "./ramdisk_chroot.ts";

/** Full sectors of both sizes. */
const GB = 2 ** 30;

/** A root with as little as the scripts look for. */
const UNPACK = `
cd /mnt/target
mkdir -p etc boot
echo kernel > boot/vmlinuz-6.1; echo initrd > boot/initrd.img-6.1
echo "127.0.0.1 localhost" > etc/hosts
`;

let ramdisk: RamdiskChroot;
beforeEach(async () => {
  ramdisk = await RamdiskChroot.open();
});
afterEach(async () => {
  await ramdisk[Symbol.asyncDispose]();
});

const IDENTITY_ENV = { HOST_NAME: "n1", MACS: "52:54:00:00:00:01" };
const file = (path: string): Promise<string> => ramdisk.must(`cat /mnt/target/${path}`);
const look = async (env: { DISK: string; PARTITIONS: string }) => readLook(await ramdisk.must(LOOK, env));

describe("a disk with sectors of 4096 bytes", () => {
  test.each(["default", "separate-home"])(
    "is divided, formatted, mounted and written with layout %s",
    async (layout) => {
      const disk = ramdisk.addDisk(3 * GB, { sectorBytes: 4096 });
      await ramdisk.must(PARTITION, planFor(disk, { layout }));
      expect(await ramdisk.must(`sfdisk --verify ${disk} 2>&1`)).toContain("No errors detected");
      expect(await ramdisk.must(`sfdisk --dump ${disk}`)).toMatch(
        /sector-size: 4096\n[\s\S]*p1 : start= *256, size= *256,/,
      );
      await ramdisk.must(FORMAT);
      await ramdisk.must(MOUNT);
      await ramdisk.must(UNPACK);
      await ramdisk.must(IDENTITY, IDENTITY_ENV);
      // The ESP is FAT32 with a cluster for each sector.
      expect(
        await ramdisk.must(
          `mkdir -p /tmp/e; mount ${disk}p2 /tmp/e; echo x > /tmp/e/x; umount /tmp/e; blkid -s TYPE -o value ${disk}p2`,
        ),
      ).toBe("vfat\n");
      await ramdisk.must(SYNC);
      await ramdisk.must(`e2fsck -fn ${disk}p3`);
    },
  );
});

test("every file system and mount of a layout is made, mounted in order, and in fstab", async () => {
  const layout = mustRead(
    "mine",
    `table: gpt
partitions:
  - { role: bios-boot, size: 1MiB }
  - { role: swap, size: 64MiB }
  - { role: boot, size: 200MiB }
  - { role: data, size: 300MiB, mount: /srv/a/b, filesystem: btrfs, label: b, mountOptions: "noatime,compress=zstd", mkfsOptions: "-m single" }
  - { role: data, size: 400MiB, mount: /srv/a, filesystem: xfs, label: a }
  - { role: root, size: rest, filesystem: xfs }
`,
  );
  const disk = ramdisk.addDisk(3 * GB);
  for (const [script, env] of [
    [PARTITION, planFor(disk, { layout })],
    [FORMAT, {}],
    [MOUNT, {}],
    [UNPACK, {}],
    [IDENTITY, IDENTITY_ENV],
  ] as const)
    await ramdisk.must(script, env);
  const mounts = await ramdisk.must("grep -o ' /mnt/target[^ ]* ' /proc/self/mountinfo");
  expect(mounts.trim().split(/\s+/)).toEqual([
    "/mnt/target",
    "/mnt/target/boot",
    "/mnt/target/srv/a",
    "/mnt/target/srv/a/b",
  ]);
  const fstab = (await file("etc/fstab")).replaceAll(/UUID=[0-9a-f-]+/g, "UUID");
  expect(fstab).toBe(`UUID / xfs defaults 0 0
UUID /boot ext4 defaults 0 2
UUID /srv/a xfs defaults,nofail 0 0
UUID /srv/a/b btrfs noatime,compress=zstd 0 0
UUID none swap sw,nofail 0 0
`);
  await ramdisk.must(BOOT_LOADER, { KERNEL_ARGUMENTS: "", BOOT_SECTOR: "take", KEEP_KERNEL: "" });
  const grub = await file("boot/grub/grub.cfg");
  const bootUuid = (await ramdisk.must(`blkid -s UUID -o value ${disk}p3`)).trim();
  const rootUuid = (await ramdisk.must(`blkid -s UUID -o value ${disk}p6`)).trim();
  // GRUB's paths begin at /boot's own file system.
  expect(grub).toContain(`--set=root ${bootUuid}\n`);
  expect(grub).toContain(`linux /vmlinuz-6.1 root=UUID=${rootUuid} ro`);
  expect(grub).toContain("initrd /initrd.img-6.1\n");
  await ramdisk.must(SYNC);
});

/** Three systems' worth of bytes: boot code, gaps, partitions, second GPT. */
async function foreignDisk(): Promise<string> {
  const disk = ramdisk.addDisk(4 * GB);
  await ramdisk.must(`sfdisk -q ${disk} <<'TABLE'
label: gpt
start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649
start=10MiB, size=200MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
start=300MiB, size=2500MiB, name="TMP"
start=2900MiB, size=500MiB, name="other"
TABLE
partx -u ${disk}
for at in 4 250 2850 3450; do dd if=/dev/urandom of=${disk} bs=1M seek=$at count=2 conv=notrunc 2>/dev/null; done
dd if=/dev/urandom of=${disk}p1 bs=1M count=1 2>/dev/null
mkfs.vfat -F 32 ${disk}p2 >/dev/null; mkfs.ext4 -Fq ${disk}p4; sync`);
  await ramdisk.must(`dd if=/dev/urandom of=${disk} bs=440 count=1 conv=notrunc 2>/dev/null; sync`);
  return disk;
}
/** SHA-256 of everything before and after partition 3. */
const sums = (disk: string): Promise<string> =>
  ramdisk.must(`sync; blockdev --flushbufs ${disk}
dd if=${disk} bs=1M count=300 2>/dev/null | sha256sum; dd if=${disk} bs=1M skip=2800 2>/dev/null | sha256sum; sha256sum < ${disk}p2; sha256sum < ${disk}p4`);

describe("one partition", () => {
  test("is taken, and every other byte of the disk stays as it was", async () => {
    const disk = await foreignDisk();
    const before = await sums(disk);
    const seen = await look({ DISK: disk, PARTITIONS: "yes" });
    if (!seen) throw new Error("The node said nothing");
    const layout = LAYOUTS.get("default");
    if (!layout) throw new Error("No layout");
    const target = chooseTarget(seen, { layout, disk, partition: "TMP", imageRawBytes: 1e6 });
    if (target.kind !== "partition") throw new Error(JSON.stringify(target));
    await ramdisk.must("mkdir -p /run/brigade/layout; echo /dev/other > /run/brigade/layout/stale");
    for (const [script, env] of [
      [TAKE_PARTITION, { DISK_PLAN: target.plan }],
      ["[ ! -e /run/brigade/layout/stale ] && [ -s /run/brigade/layout/plan ]", {}],
      ...[
        [FORMAT, {}],
        [MOUNT, {}],
        [UNPACK, {}],
        [IDENTITY, IDENTITY_ENV],
      ],
      [BOOT_LOADER, { KERNEL_ARGUMENTS: "", BOOT_SECTOR: "keep", KEEP_KERNEL: "" }],
    ] as [string, Record<string, string>][])
      await ramdisk.must(script, env);
    expect(await file("etc/fstab")).toMatch(/ \/ ext4 .*\n.* \/boot\/efi vfat /);
    await ramdisk.must(SYNC);
    expect(await sums(disk)).toBe(before);
    expect(await ramdisk.must(`dd if=${disk}p3 bs=512 count=1 2>/dev/null | strings | grep -c GRUB`)).toBe(
      "1\n",
    );
    await ramdisk.must(`e2fsck -fn ${disk}p3`);
  });

  test("what starts the disk is replaced only when that was asked for", async () => {
    const disk = await foreignDisk();
    const seen = await look({ DISK: disk, PARTITIONS: "yes" });
    const layout = LAYOUTS.get("default");
    if (!seen || !layout) throw new Error("The node said nothing");
    const target = chooseTarget(seen, { layout, disk, partition: "3", imageRawBytes: 1e6 });
    if (target.kind !== "partition") throw new Error(JSON.stringify(target));
    for (const [script, env] of [
      [TAKE_PARTITION, { DISK_PLAN: target.plan }],
      ...[
        [FORMAT, {}],
        [MOUNT, {}],
        [UNPACK, {}],
      ],
      [BOOT_LOADER, { KERNEL_ARGUMENTS: "", BOOT_SECTOR: "take", KEEP_KERNEL: "" }],
    ] as [string, Record<string, string>][])
      await ramdisk.must(script, env);
    expect(await ramdisk.must(`dd if=${disk} bs=440 count=1 2>/dev/null | strings | grep -c GRUB`)).toBe(
      "1\n",
    );
  });
});

test("a node says what disks it has, a named one whatever it is", async () => {
  const disk = ramdisk.addDisk(2 * GB, { sectorBytes: 4096 });
  const seen = await look({ DISK: disk, PARTITIONS: "no" });
  expect(seen).toMatchObject({ firmware: "bios", wanted: disk, partitions: [] });
  expect(seen?.disks).toContainEqual(
    expect.objectContaining({
      name: disk,
      bytes: 2 * GB,
      sectorBytes: 4096,
      removable: false,
      readOnly: false,
    }),
  );
  const none = await ramdisk.must(`sleep() { :; }\n${LOOK}`, { DISK: "/dev/sdz", PARTITIONS: "no" });
  expect(readLook(none)?.wanted).toBeUndefined();
});
