import { describe, expect, test } from "vitest";
import type { DiskSeen } from "#src/deploy/choose_disk.ts";
import { parseDiskRule } from "#src/deploy/disk_rule.ts";
import { type NodeLook, readLook } from "#src/deploy/look_text.ts";
import { chooseForImage, chooseTarget, type TargetWish } from "#src/deploy/target.ts";
import { LAYOUTS } from "./bundled_layouts.ts";

const GB = 1e9;
const disk = (name: string, more: Partial<DiskSeen> = {}): DiskSeen => ({
  name: `/dev/${name}`,
  ...{
    bytes: 100 * GB,
    sectorBytes: 512,
    model: "",
    serial: "",
    wwn: "",
    removable: false,
    readOnly: false,
    paths: [],
  },
  ...more,
});
const part = (diskName: string, number: number, more = {}) => ({
  disk: `/dev/${diskName}`,
  ...{
    number,
    sectors: 40e6,
    type: "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
    uuid: `u${number}`,
    name: "",
    label: "",
    content: "",
  },
  ...more,
});
const ESP = { type: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" };
const look = (more: Partial<NodeLook> = {}): NodeLook => ({
  firmware: "bios",
  disks: [
    disk("sda", { model: "X" }),
    disk("sdb", { model: "X", bytes: 200 * GB }),
    disk("sdc", { removable: true, bytes: 16 * GB }),
  ],
  partitions: [],
  ...more,
});

function choose(
  seen: NodeLook,
  wish: Partial<Omit<TargetWish, "layout" | "diskRule">> & { layout?: string; rule?: string } = {},
): string {
  const { layout = "default", rule, ...more } = wish;
  const parsed = rule === undefined ? undefined : parseDiskRule(rule);
  const found = LAYOUTS.get(layout);
  if (!found || (parsed && !("value" in parsed))) throw new Error("The test is wrong");
  const target = chooseTarget(seen, { layout: found, diskRule: parsed?.value, imageRawBytes: GB, ...more });
  return target.kind === "refused" ? target.why : `${target.kind}\n${target.plan}`;
}

describe("whole disks", () => {
  test.each([
    [{}, /^disk\ntable gpt\ndisk 1 \/dev\/sda\n/],
    [{ minimumDiskBytes: 150 * GB }, /\ndisk 1 \/dev\/sdb\n/],
    [{ minimumDiskBytes: 300 * GB }, /^disk \/dev\/sdb has 200 GB, the image needs 300 GB$/],
    [{ rule: "largest" }, /\ndisk 1 \/dev\/sdb\n/],
    [{ layout: "raid1" }, /^has no 2 disks alike for a mirror: \/dev\/sda \(100 GB, X\), \/dev\/sdb/],
    [
      { layout: "raid1", rule: "model=X" },
      /\ndisk 1 \/dev\/sda\ndisk 2 \/dev\/sdb\npart 1 2048 .*\npart 2 .*\npart 3 536576 194775040 A19D/,
    ],
    [
      { imageRawBytes: 1000 * GB },
      /^disk \/dev\/sdb has 200 GB, the image with layout default needs 1300.9 GB$/,
    ],
    [{ rule: "serial=x" }, /^has no disk that is serial=x,only, but \/dev\/sda/],
  ])("%j", (wish, words) => {
    expect(choose(look(), wish)).toMatch(words);
  });

  test.each([
    [{ wanted: "/dev/sdb" }, { disk: "/dev/sdb" }, /\ndisk 1 \/dev\/sdb\n/],
    [{}, { disk: "/dev/sdz" }, /^has no disk \/dev\/sdz$/],
    [{ wanted: "/dev/sda1" }, { disk: "/dev/sda1" }, /^has \/dev\/sda1, which is not a whole disk$/],
    [{ wanted: "/dev/sdc" }, { disk: "/dev/sdc" }, /^has \/dev\/sdc, which is removable/],
    [{ wanted: "/dev/sdc" }, { disk: "/dev/sdc", rule: "path=*,removable" }, /\ndisk 1 \/dev\/sdc\n/],
    [{ wanted: "/dev/sda" }, { disk: "/dev/sda", layout: "raid1" }, /^needs two disks for layout raid1/],
    [{ firmware: "uefi" as const }, { layout: "mbr" }, /^cannot start from layout mbr: it has an MBR/],
    [{ disks: [disk("sda"), disk("sdb", { sectorBytes: 4096 })] }, { layout: "raid1" }, /different sectors/],
    [{ disks: [disk("sda", { sectorBytes: 520 })] }, {}, /sectors of 520 bytes/],
  ])("%j with %j", (seen, wish, words) => {
    expect(choose(look(seen), wish)).toMatch(words);
  });
});

describe("one partition", () => {
  const seen = look({
    partitions: [
      part("sda", 1, ESP),
      part("sda", 2, { label: "data", name: "DATA" }),
      part("sda", 3, { name: "TMP", sectors: 1000 }),
      part("sdb", 2, { label: "scratch", uuid: "0FC6-AB" }),
      part("sdb", 3, { label: "data" }),
      part("sdb", 4),
    ],
  });

  test.each([
    ["TMP", {}, /^partition TMP of \/dev\/sda has 0 GB, the image needs 1.9 GB$/],
    [
      "scratch",
      {},
      /^partition\ndisk 1 \/dev\/sdb\nfs part:1.2 ext4 - -O [^\n]*\nmount part:1.2 \/ ext4 errors=remount-ro 1\n$/,
    ],
    ["0fc6-ab", {}, /\nmount part:1.2 \//],
    ["DATA", {}, /\nmount part:1.2 \/ ext4 [^\n]*\nmount part:1.1 \/boot\/efi vfat/],
    [
      "2",
      {},
      /^has several disks, and partition 2 may be of any: \/dev\/sda \(100 GB, X\), \/dev\/sdb \(200 GB, X\); say --disk too$/,
    ],
    ["2", { rule: "smallest" }, /^partition\ndisk 1 \/dev\/sda\n/],
    ["4", { rule: "smallest" }, /^has no partition 4$/],
    ["4", { rule: "largest" }, /^partition\ndisk 1 \/dev\/sdb\n/],
    ["2", { rule: "model=X" }, /^has several disks that are model=X,only/],
    ["data", {}, /^has several partitions data/],
    ["1", { rule: "smallest" }, /^has a partition 1 that holds a boot loader/],
    ["9", { rule: "smallest" }, /^has no partition 9$/],
    ["none", {}, /^has no partition none$/],
    ["scratch", { rule: "smallest" }, /^has no partition scratch$/],
  ])("%s", (partition, wish, words) => {
    expect(choose(seen, { partition, ...wish })).toMatch(words);
  });

  test("a number is one of the only disk", () => {
    const alone = { ...seen, disks: [disk("sdb"), disk("sdc", { removable: true })] };
    expect(choose(alone, { partition: "4" })).toMatch(/^partition\ndisk 1 \/dev\/sdb\n/);
  });

  test("of a named disk", () => {
    expect(choose({ ...seen, wanted: "/dev/sdb" }, { partition: "2", disk: "/dev/sdb" })).toMatch(
      /disk 1 \/dev\/sdb/,
    );
  });

  test("a machine with UEFI needs an ESP on the same disk", () => {
    const uefi = { ...seen, firmware: "uefi" as const };
    expect(choose(uefi, { partition: "scratch" })).toMatch(/^has no EFI system partition on \/dev\/sdb/);
    expect(choose(uefi, { partition: "DATA" })).toMatch(/^partition\n/);
  });
});

describe("what a node says of its disks", () => {
  const LINE = "disk\t/dev/sda\t1000\t512\t0\t0\tsata\tnaa.1\tS1\tModel X\tpci-1";
  test("is read", () => {
    expect(
      readLook(
        `noise\nfirmware\tuefi\n${LINE}\nwanted\t/dev/sda\npart\t/dev/sda\t3\t2048\t100\tABC\tuu\tnn\tll\text4\n`,
      ),
    ).toEqual({
      firmware: "uefi",
      wanted: "/dev/sda",
      disks: [
        {
          ...{
            name: "/dev/sda",
            bytes: 1000,
            sectorBytes: 512,
            wwn: "naa.1",
            serial: "S1",
            model: "Model X",
          },
          ...{ removable: false, readOnly: false, transport: "sata", paths: ["pci-1"] },
        },
      ],
      partitions: [
        {
          disk: "/dev/sda",
          number: 3,
          sectors: 100,
          type: "ABC",
          uuid: "uu",
          name: "nn",
          label: "ll",
          content: "ext4",
        },
      ],
    });
  });

  test.each([
    ["a size that is none", LINE.replace("1000", "1e3")],
    ["a name that leaves /dev", LINE.replace("/dev/sda", "/dev/../etc/passwd")],
    ["a name that acts in a shell", LINE.replace("/dev/sda", "/dev/$(reboot)")],
    ["a name with a space", LINE.replace("/dev/sda", "/dev/sda sdb")],
  ])("is not believed with %s", (_, line) => {
    expect(readLook(`firmware\tbios\n${line}`)?.disks).toEqual([]);
  });

  test("without an end is nothing", () => {
    expect(readLook("Killed")).toBeUndefined();
  });
});

describe("the disk that takes a disk image", () => {
  const seen = look({
    disks: [disk("sda", { bytes: 2 * GB }), disk("sdb", { bytes: GB }), disk("sdc", { bytes: GB / 2 })],
  });
  test.each([
    [{ imageRawBytes: GB }, "/dev/sdb"],
    [{ imageRawBytes: GB + 1 }, "/dev/sda"],
    [{ imageRawBytes: 1, minimumDiskBytes: 2 * GB }, "/dev/sda"],
    [{ imageRawBytes: GB, diskRule: { pick: "largest" } as const }, "/dev/sda"],
    [{ imageRawBytes: 3 * GB }, /has .* GB, the image needs 3 GB/],
    [{ imageRawBytes: GB, disk: "/dev/vda" }, /^has no disk \/dev\/vda/],
  ])("%j", (wish, expected) => {
    const chosen = chooseForImage(seen, wish);
    expect(chosen.kind === "refused" ? chosen.why : chosen.name).toMatch(expected);
  });
});
