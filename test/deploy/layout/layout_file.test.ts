import fc from "fast-check";
import { expect, test } from "vitest";
import { readLayout } from "#src/deploy/layout/layout_file.ts";
import { describeProblem } from "#src/images/description_reader.ts";
import { LAYOUTS } from "../bundled_layouts.ts";

const problemsOf = (text: string): readonly string[] => {
  const read = readLayout("mine", text);
  return read.ok ? [] : read.problems.map(describeProblem);
};

test("the program brings these", () => {
  expect([...LAYOUTS.keys()].sort()).toEqual([
    ...["default", "lvm", "mbr", "raid1", "separate-home", "swap", "whole-disk-xfs"],
  ]);
});

const GPT = "table: gpt\npartitions:\n  - { role: bios-boot, size: 1MiB }\n";
const ROOT = `${GPT}  - { role: root, size: rest }\n`;

test("everything that a layout may say is read", () => {
  const read = readLayout(
    "mine",
    `description: for the lab
table: gpt
disks: 2
target: "transport=nvme,over=100GB,largest"
partitions:
  - { role: bios-boot, size: 1MiB }
  - { role: esp, size: 300 MiB, name: EFI }
  - { role: raid, size: 10%, array: boot }
  - { role: raid, size: rest, array: data }
arrays:
  - { name: boot, metadata: "1.0", role: boot, filesystem: ext4 }
  - { name: data, role: lvm-pv, volumeGroup: vg }
volumeGroups:
  - name: vg
    volumes:
      - { role: root, size: 20 GB, filesystem: xfs, label: sys, mkfsOptions: "-m reflink=1 -n size=8192" }
      - { role: data, size: rest, name: scratch, mount: /srv/scratch, mountOptions: "noatime,nodev" }
`,
  );
  expect(read).toMatchObject({
    ok: true,
    layout: {
      name: "mine",
      disks: 2,
      target: { transport: "nvme", minBytes: 1e11, pick: "largest" },
      partitions: [{}, { name: "EFI", filesystem: "vfat" }, { role: { kind: "raid", array: "boot" } }, {}],
      arrays: [{ metadata: "1.0" }, { metadata: "1.2", role: { kind: "lvm-pv", group: "vg" } }],
      groups: [
        {
          volumes: [
            { filesystem: "xfs", label: "sys", mkfsOptions: ["-m", "reflink=1", "-n", "size=8192"] },
            {
              name: "scratch",
              role: { kind: "data", mount: "/srv/scratch" },
              mountOptions: ["noatime", "nodev"],
            },
          ],
        },
      ],
    },
  });
});

test.each([
  ["", /line 1, column 1: .*a mapping/],
  ["partitions: []", /table in it/],
  ["table: bsd\npartitions: []", /line 1, column 8: table: wanted one of gpt, mbr/],
  [`${GPT}`, /one part with role: root, found 0/],
  [`${ROOT}  - { role: root, size: 1GB }`, /found 2/],
  [`${ROOT}  - { role: home, size: rest }`, /line 5, column 5: partitions\[4\]|one size: rest/],
  [`${GPT}  - { role: root, size: 5 }`, /partitions\[1\]\.size: wanted a size such as/],
  [`${GPT}  - { role: root, size: rest, filesystem: vfat }`, /filesystem: wanted one of ext4, xfs, btrfs/],
  [`${GPT}  - { role: root, size: rest, mkfsOptions: "-d /etc" }`, /mkfsOptions: wanted pairs/],
  [`${GPT}  - { role: root, size: rest, mkfsOptions: "-m 1; reboot" }`, /mkfsOptions: wanted pairs/],
  [`${GPT}  - { role: root, size: rest, mkfsOptions: "-E hash_seed=1" }`, /mkfsOptions: wanted pairs/],
  [`${GPT}  - { role: root, size: rest, mountOptions: "a b" }`, /mountOptions: wanted mount options/],
  [`${GPT}  - { role: root, size: rest, label: "-x" }`, /label: wanted 1 to 16 letters/],
  [`${GPT}  - { role: root, size: rest, mount: / }`, /mount: wanted it only beside role: data/],
  [`${ROOT}  - { role: data, size: 1GB, mount: /etc/x }`, /mount: wanted an absolute path/],
  [`${ROOT}  - { role: data, size: 1GB, mount: /a/../b }`, /mount: wanted an absolute path/],
  [`${ROOT}  - { role: data, size: 1GB, mount: /data, name: "a b" }`, /name: wanted 1 to 36 letters/],
  [`${ROOT}  - { role: lvm-pv, size: 1GB, volumeGroup: vg }`, /a group of that name/],
  [`${ROOT}  - { role: raid, size: 1GB, array: a }`, /disks: 2/],
  [`disks: 2\n${ROOT}`, /it is on both disks/],
  [
    `${ROOT}volumeGroups: [{ name: vg, volumes: [{ role: swap, size: rest }] }]`,
    /role: lvm-pv and volumeGroup: vg/,
  ],
  [
    "table: mbr\npartitions:\n  - { role: esp, size: 1GB }\n  - { role: root, size: rest }",
    /no esp in an MBR/,
  ],
  [`${GPT}  - { role: root, size: 60% }\n  - { role: home, size: 50% }`, /at most 100% in all, found 110%/],
  [`${ROOT}extra: 1`, /one of description, table/],
  ["a: &a [*a]", /one of description/],
  ["table: [", /YAML|wanted/],
  ["[".repeat(200), /so deep/],
  ["x".repeat(40_000), /at most 32768 characters/],
])("refuses %j", (text, words) => {
  expect(problemsOf(text).join("\n")).toMatch(words);
});

test("a problem says line and column", () => {
  expect(problemsOf(`${GPT}  - role: root\n    size: lots\n`)).toEqual([
    "line 5, column 11: partitions[1].size: wanted a size such as 260MiB or 2 GB (at least 1 MiB), 10%, or rest",
  ]);
});

test("no text makes the reader throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((one) => `${ROOT}${one}`),
        fc.json(),
      ),
      (text) => {
        readLayout("mine", text);
      },
    ),
    { numRuns: 2000 },
  );
});
