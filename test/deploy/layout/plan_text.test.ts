import { describe, expect, test } from "vitest";
import type { Layout } from "#src/deploy/layout/layout.ts";
import { planDisk } from "#src/deploy/layout/plan_disk.ts";
import { planText } from "#src/deploy/layout/plan_text.ts";
import { LAYOUTS, mustRead } from "../bundled_layouts.ts";

function textOf(layout: Layout | undefined, disks = ["/dev/vda"], sectorBytes = 512): string {
  if (!layout) throw new Error("No such layout");
  const planned = planDisk(layout, { bytes: 10e9, sectorBytes }, { rootBytes: 0 });
  if (!planned.ok) throw new Error(planned.why);
  return planText(planned.plan, disks);
}

const EXT4 = "-O ^metadata_csum_seed,^orphan_file -E nodiscard";

test("default", () => {
  expect(textOf(LAYOUTS.get("default"))).toBe(`table gpt
disk 1 /dev/vda
part 1 2048 2048 21686148-6449-6E6F-744E-656564454649 bios-boot
part 2 4096 532480 C12A7328-F81F-11D2-BA4B-00A0C93EC93B esp
part 3 536576 18993152 0FC63DAF-8483-4772-8E79-3D69D8477DE4 root
fs part:1.2 vfat ESP -F 32
esp part:1.2
fs part:1.3 ext4 root ${EXT4}
mount part:1.3 / ext4 errors=remount-ro 1
mount part:1.2 /boot/efi vfat umask=0077,nofail 2
`);
});

test("sectors of 4096 bytes are counted as such", () => {
  expect(textOf(LAYOUTS.get("default"), ["/dev/vda"], 4096)).toContain(
    "part 1 256 256 21686148-6449-6E6F-744E-656564454649 bios-boot\n",
  );
});

test("lvm", () => {
  expect(textOf(LAYOUTS.get("lvm"))).toBe(`table gpt
disk 1 /dev/vda
part 1 2048 2048 21686148-6449-6E6F-744E-656564454649 bios-boot
part 2 4096 532480 C12A7328-F81F-11D2-BA4B-00A0C93EC93B esp
part 3 536576 1048576 0FC63DAF-8483-4772-8E79-3D69D8477DE4 boot
part 4 1585152 17944576 E6D6D379-F507-44C2-A23C-238F2A3DF928 lvm-pv
group system part:1.4
volume system swap 219
volume system root 1533
fs part:1.2 vfat ESP -F 32
esp part:1.2
fs part:1.3 ext4 boot ${EXT4}
fs volume:system/swap swap swap
swap volume:system/swap
fs volume:system/root ext4 root ${EXT4}
mount volume:system/root / ext4 errors=remount-ro 1
mount part:1.3 /boot ext4 defaults 2
mount part:1.2 /boot/efi vfat umask=0077,nofail 2
`);
});

test("raid1 has everything on both disks but the file systems of the mirror", () => {
  const text = textOf(LAYOUTS.get("raid1"), ["/dev/sda", "/dev/sdb"]);
  expect(text).toContain("disk 1 /dev/sda\ndisk 2 /dev/sdb\n");
  expect(text).toContain("array root 1.2 3\n");
  expect(text).toContain(
    "fs part:1.2 vfat ESP -F 32\nesp part:1.2\nfs part:2.2 vfat ESP2 -F 32\nesp part:2.2\n",
  );
  expect(text.match(/^mount .*$/gm)).toEqual([
    "mount array:root / ext4 errors=remount-ro 1",
    "mount part:1.2 /boot/efi vfat umask=0077,nofail 2",
  ]);
});

describe("of an own layout", () => {
  const layout = mustRead(
    "mine",
    `table: mbr
partitions:
  - { role: swap, size: 1GiB, label: sw }
  - { role: data, size: 1GiB, mount: /srv/a/b, filesystem: xfs, label: b }
  - { role: data, size: 1GiB, mount: /srv/a, filesystem: btrfs, mountOptions: "noatime,compress=zstd", mkfsOptions: "-m single" }
  - { role: root, size: rest, filesystem: xfs }
`,
  );
  test("mounts come in the order in which they can be done, types are the MBR's", () => {
    expect(textOf(layout)).toBe(`table mbr
disk 1 /dev/vda
part 1 2048 2097152 82 swap
part 2 2099200 2097152 83 data
part 3 4196352 2097152 83 data
part 4 6293504 13236224 83 root
fs part:1.1 swap sw
swap part:1.1
fs part:1.2 xfs b -K -i nrext64=0
fs part:1.3 btrfs - -K -m single
fs part:1.4 xfs root -K -i nrext64=0
mount part:1.4 / xfs defaults 0
mount part:1.3 /srv/a btrfs noatime,compress=zstd 0
mount part:1.2 /srv/a/b xfs defaults,nofail 0
`);
  });
});

test("every field of every line is one word, whatever the layout says", () => {
  for (const layout of LAYOUTS.values()) {
    const disks = layout.disks === 2 ? ["/dev/sda", "/dev/sdb"] : ["/dev/sda"];
    const planned = planDisk(layout, { bytes: 1e11, sectorBytes: 512 }, { rootBytes: 0 });
    if (!planned.ok) throw new Error(planned.why);
    for (const line of planText(planned.plan, disks).trimEnd().split("\n"))
      expect(line).toMatch(/^[a-z]+(?: [A-Za-z0-9_.,:/=^-]+)*$/);
  }
});
