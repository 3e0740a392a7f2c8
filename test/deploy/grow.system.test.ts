import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GROW } from "#src/deploy/node_scripts/grow.ts";
import { RamdiskChroot } from "./ramdisk_chroot.ts";

const MIB = 1 << 20;
const MIB_IMAGE = 700;
const MIB_DISK = 1500;

let ramdisk: RamdiskChroot;
beforeEach(async () => {
  ramdisk = await RamdiskChroot.open();
});
afterEach(async () => {
  await ramdisk[Symbol.asyncDispose]();
});

const MAKE_FS = {
  ext4: "mkfs.ext4 -Fq",
  xfs: "mkfs.xfs -fq",
  btrfs: "mkfs.btrfs -fq",
} as const;

/** A disk image of `table` whose last partition has a file system with a file in it, on a disk that is larger. */
async function imageOnDisk({
  table,
  last,
  fs,
  sectorBytes = 512,
}: {
  table: string;
  last: number;
  fs: keyof typeof MAKE_FS;
  sectorBytes?: number;
}): Promise<string> {
  const disk = ramdisk.addDisk(MIB_IMAGE * MIB, { sectorBytes });
  await ramdisk.must(`sfdisk -q ${disk} <<'TABLE'\n${table}\nTABLE
partx -u ${disk}; [ -b ${disk}p${last} ] || partx -a -n ${last} ${disk}`);
  await ramdisk.must(`${MAKE_FS[fs]} ${disk}p${last}
mkdir -p /tmp/m; mount ${disk}p${last} /tmp/m; dd if=/dev/urandom of=/tmp/m/file bs=1M count=20 2>/dev/null
sha256sum < /tmp/m/file > /tmp/sum; umount /tmp/m`);
  ramdisk.enlargeDisk(disk, MIB_DISK * MIB);
  return disk;
}

const dump = (disk: string): Promise<string> => ramdisk.must(`sfdisk --dump ${disk}`);
const partition = (text: string, name: string): string =>
  text.split("\n").find((line) => line.startsWith(`${name} `)) ?? "";
const sizeOf = (line: string): number => Number(/size= *(\d+)/.exec(line)?.[1]);
const restOf = (line: string): string => line.replace(/size= *\d+/, "");

const GPT = `label: gpt
start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name="bios"
size=100MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="esp"
type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="the root", attrs="LegacyBIOSBootable"`;

/** Debian's cloud images are like this: the first partition is the last on the disk. */
const GPT_FIRST_IS_LAST = `label: gpt
1 : start=130MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
14 : start=1MiB, size=3MiB, type=21686148-6449-6E6F-744E-656564454649
15 : start=4MiB, size=124MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B`;

const MBR = `label: dos
size=100MiB, type=82
type=83, bootable`;

const MBR_LOGICAL = `label: dos
1 : size=100MiB, type=83
2 : type=5
5 : size=50MiB, type=82
6 : type=83`;

describe.each([
  { table: GPT, last: 3, fs: "ext4" },
  { table: GPT, last: 3, fs: "xfs" },
  { table: GPT, last: 3, fs: "btrfs" },
  { table: GPT, last: 3, fs: "ext4", sectorBytes: 4096 },
  { table: GPT_FIRST_IS_LAST, last: 1, fs: "ext4" },
  { table: MBR, last: 2, fs: "ext4" },
  { table: MBR_LOGICAL, last: 6, fs: "ext4" },
] as const)("$fs on partition $last of $table ($sectorBytes)", (image) => {
  test("grows to the end of the disk, keeps what is in it, and a second time does nothing", async () => {
    const disk = await imageOnDisk(image);
    const { sectorBytes = 512 } = image as { sectorBytes?: number };
    const before = await dump(disk);
    expect(await ramdisk.must(GROW, { DISK: disk })).toContain(`has grown to the end of ${disk}\n`);
    const after = await dump(disk);

    const name = `${disk}p${image.last}`;
    const line = partition(after, name);
    const endMib = ((Number(/start= *(\d+)/.exec(line)?.[1]) + sizeOf(line)) * sectorBytes) / MIB;
    expect(endMib).toBe(image.table.startsWith("label: gpt") ? MIB_DISK - 1 : MIB_DISK);
    expect(restOf(line)).toBe(restOf(partition(before, name)));
    const others = (text: string): string[] =>
      text
        .split("\n")
        .filter((one) => one.includes("start=") && !one.includes("type=5") && !one.startsWith(`${name} `));
    expect(others(after)).toEqual(others(before));
    expect(await ramdisk.must(`sfdisk --verify ${disk} 2>&1`)).toContain("No errors detected");

    const seen = await ramdisk.must(`mount -o ro ${name} /tmp/m; sha256sum < /tmp/m/file; cat /tmp/sum
df -P -m /tmp/m | tail -n 1; umount /tmp/m`);
    const [sum, wanted, free = ""] = seen.split("\n");
    expect(sum).toBe(wanted);
    expect(Number(free.split(/\s+/)[1])).toBeGreaterThan(MIB_DISK - 350);

    await ramdisk.must(GROW, { DISK: disk });
    expect(await dump(disk)).toBe(after);
  });
});

test("a run that was cut off after the table is finished by the next one", async () => {
  const disk = await imageOnDisk({ table: GPT, last: 3, fs: "ext4" });
  await ramdisk.must(`sfdisk -q --relocate gpt-bak-std ${disk}; echo size=+ | sfdisk -q -N 3 ${disk}`);
  await ramdisk.must(GROW, { DISK: disk });
  const blocks = await ramdisk.must(`dumpe2fs -h ${disk}p3 | grep '^Block count'`);
  expect(Number(blocks.split(":")[1]) * 4096).toBeGreaterThan((MIB_DISK - 110) * MIB);
});

test("what cannot grow stays as it is", async () => {
  const disk = ramdisk.addDisk(MIB_IMAGE * MIB);
  await ramdisk.must(`sfdisk -q ${disk} <<'TABLE'\n${GPT}\nTABLE\npartx -u ${disk}; mkswap -q ${disk}p3`);
  ramdisk.enlargeDisk(disk, MIB_DISK * MIB);
  const before = await dump(disk);
  expect(await ramdisk.must(GROW, { DISK: disk })).toBe(
    `${disk}p3 holds swap, which does not grow: ${disk} is left as it is\n`,
  );
  expect(await dump(disk)).toBe(before);
});

test.each([
  { disk: "/dev/nothing", words: "There is no disk /dev/nothing" },
  { disk: "empty", words: "has no partition table: nothing on it can grow" },
])("$disk is refused: $words", async ({ disk, words }) => {
  const device = disk === "empty" ? ramdisk.addDisk(MIB_IMAGE * MIB) : disk;
  const { code, stderr } = await ramdisk.run(GROW, { DISK: device });
  expect(code).toBe(3);
  expect(stderr).toContain(words);
});
