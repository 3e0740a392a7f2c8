/** Volumes and mirrors need a kernel that has them: the ramdisk's own, in a machine. */
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadLayouts } from "#src/app/layout_files.ts";
import { readLayout } from "#src/deploy/layout/layout_file.ts";
import { planDisk } from "#src/deploy/layout/plan_disk.ts";
import { planText } from "#src/deploy/layout/plan_text.ts";
import { BOOT_LOADER } from "#src/deploy/node_scripts/boot_loader.ts";
import { FORMAT } from "#src/deploy/node_scripts/format.ts";
import { GROW } from "#src/deploy/node_scripts/grow.ts";
import { IDENTITY } from "#src/deploy/node_scripts/identity.ts";
import { LOOK } from "#src/deploy/node_scripts/look.ts";
import { MOUNT } from "#src/deploy/node_scripts/mount.ts";
import { PARTITION } from "#src/deploy/node_scripts/partition.ts";
import { SYNC } from "#src/deploy/node_scripts/sync.ts";
import {
  card,
  directBoot,
  disk,
  INITRAMFS,
  initramfsRunning,
  Machine,
  requireBuilt,
  scratch,
} from "./machine.ts";

const DISK_BYTES = 3 * 2 ** 30;
const scratches: Disposable[] = [];
afterAll(() => {
  for (const one of scratches) one[Symbol.dispose]();
});

const UNPACK = `cd /mnt/target
mkdir -p etc boot sbin
echo kernel > boot/vmlinuz-6.1; echo initrd > boot/initrd.img-6.1; echo "127.0.0.1 localhost" > etc/hosts
: > sbin/lvm; : > sbin/mdadm
`;
/** The menu of the installation, and then a sign of life in its place. */
const SHOW = `cat /mnt/target/etc/fstab /mnt/target/etc/mdadm/mdadm.conf /mnt/target/boot/grub/grub.cfg 2>/dev/null
printf 'serial --unit=0\\nterminal_output serial\\necho THE-DISK-RUNS\\nsleep 60\\n' > /mnt/target/boot/grub/grub.cfg
`;

function planOf(name: string, disks: readonly string[]): string {
  const read = readLayout(name, loadLayouts().get(name) ?? "");
  if (!read.ok) throw new Error(`No layout ${name}`);
  const planned = planDisk(read.layout, { bytes: DISK_BYTES, sectorBytes: 512 }, { rootBytes: 0 });
  if (!planned.ok) throw new Error(planned.why);
  return planText(planned.plan, disks);
}

/** Scripts one after the other, as the agent runs them. */
const inTurn = (scripts: readonly (readonly [string, Readonly<Record<string, string>>])[]): string =>
  [
    "set -e",
    ...scripts.map(([script, env], index) => {
      const values = Object.entries(env).map(([name, value]) => `${name}='${value}'`);
      return `cat > /tmp/step${index} <<'END-OF-STEP'\n${script}\nEND-OF-STEP\n${values.join(" ")} /bin/sh /tmp/step${index} || exit $?`;
    }),
  ].join("\n");

/** @returns the files of the disks and what the machine said */
async function install(name: string, extra: Parameters<typeof inTurn>[0] = []) {
  requireBuilt(INITRAMFS);
  const work = scratch();
  scratches.push(work);
  const files = ["a.raw", "b.raw"].map((file) => join(work.path, file));
  for (const file of files) {
    writeFileSync(file, "");
    truncateSync(file, DISK_BYTES);
  }
  const disks = name === "raid1" ? ["/dev/vda", "/dev/vdb"] : ["/dev/vda"];
  const partition = [PARTITION, { DISK_PLAN: planOf(name, disks) }] as const;
  const script = inTurn([
    [LOOK, { DISK: "", PARTITIONS: "no" }],
    // Twice, as after an attempt that was cut off: what runs must be stopped and wiped.
    ...[partition, [FORMAT, {}] as const, [MOUNT, {}] as const, partition],
    ...([
      [FORMAT, {}],
      [MOUNT, {}],
      [UNPACK, {}],
    ] as const),
    [IDENTITY, { HOST_NAME: "n1", MACS: "52:54:00:00:00:01" }],
    [BOOT_LOADER, { KERNEL_ARGUMENTS: "", BOOT_SECTOR: "take", KEEP_KERNEL: "" }],
    ...([
      [SHOW, {}],
      [SYNC, {}],
    ] as const),
    ...extra,
  ]);
  const boot = directBoot(
    "rdinit=/test-init brigade.appliance=10.0.2.2:9",
    initramfsRunning(script, work.path),
  );
  using machine = new Machine([...boot, ...card("virtio-net-pci"), ...files.flatMap(disk)]);
  const [, code] = await machine.shows(/SCRIPT ENDED WITH (\d+)/, 240);
  expect(code, machine.text).toBe("0");
  await machine.shows(/\[the machine is off\]/, 60);
  return { files, text: machine.text };
}

async function starts(file: string): Promise<void> {
  using machine = new Machine(["-machine", "pc", "-m", "256", ...disk(file, 0)]);
  await machine.shows(/THE-DISK-RUNS/, 90);
}

/** A disk image for a smaller disk, with a volume on its last partition; and how much there is afterwards. */
const IMAGE = `printf 'label: gpt\\nstart=1MiB, size=500MiB, type=E6D6D379-F507-44C2-A23C-238F2A3DF928\\n' | sfdisk -q /dev/vdb
vgcreate -q -y disk /dev/vdb1 >/dev/null; lvcreate -q -y -l 100%FREE -n root disk >/dev/null; mkfs.ext4 -Fq /dev/disk/root
vgchange -q -an disk >/dev/null
`;
const MEASURE = `vgchange -q -ay disk >/dev/null; mount /dev/disk/root /mnt/target
df -m -P /mnt/target | awk 'NR == 2 { print "GROWN-TO", $2 }'
`;

describe("layout lvm", () => {
  test("makes volumes that the system finds by name, and a disk that starts; a volume grows with its disk", async () => {
    const { files, text } = await install("lvm", [
      [IMAGE, {}],
      [GROW, { DISK: "/dev/vdb" }],
      [MEASURE, {}],
    ]);
    expect(text).toMatch(/disk\t\/dev\/vda\t3221225472\t512\t0\t0\tvirtio\t.*\tpci-0000:00:0/);
    expect(text).toContain("/dev/mapper/system-root / ext4 errors=remount-ro 0 1");
    expect(text).toContain("/dev/mapper/system-swap none swap sw,nofail 0 0");
    expect(text).toContain("linux /vmlinuz-6.1 root=/dev/mapper/system-root ro");
    expect(Number(/GROWN-TO (\d+)/.exec(text)?.[1])).toBeGreaterThan(2700);
    await starts(files[0] ?? "");
  });
});

describe("layout raid1", () => {
  test("makes a mirror of two disks, and each starts alone", async () => {
    const { files, text } = await install("raid1");
    expect(text).toMatch(/UUID=[0-9a-f-]{36} \/ ext4 errors=remount-ro 0 1/);
    expect(text).toMatch(/ARRAY \/dev\/md\/root metadata=1.2 name=any:root UUID=/);
    expect(text).toContain("search --no-floppy --fs-uuid --set=root");
    for (const file of files) await starts(file);
  });
});
