import { describe, expect, test } from "vitest";
import type { DeploymentRequest } from "#src/deploy/deployment.ts";
import { expectedDisk, type SeenDisk } from "#src/deploy/expected_disk.ts";
import type { Layout } from "#src/deploy/layout/layout.ts";
import { memoryProblem, targetProblem } from "#src/deploy/target_check.ts";
import { LAYOUTS } from "./bundled_layouts.ts";
import { nodeNamed } from "./fake_lab.ts";

const disk = (name: string, gigabytes: number, more: Partial<SeenDisk> = {}): SeenDisk => ({
  ...{ name: `/dev/${name}`, bytes: gigabytes * 1e9, sectorBytes: 512, model: "", serial: "", wwn: "" },
  ...{ removable: false, ...more },
});
const DISKS = [
  ...[
    disk("sdb", 500),
    disk("sda", 100, { serial: "S1" }),
    disk("sdc", 20, { removable: true }),
    disk("sdd", 1),
  ],
  disk("loop0", 50),
];
const layout = LAYOUTS.get("default") as Layout;

test.each([
  ["the smallest that is large enough and not removable", { imageRawBytes: 1e9 }, "/dev/sda"],
  ["one that is as large as the image says", { imageRawBytes: 1e9, minimumDiskBytes: 101e9 }, "/dev/sdb"],
  ["the same for a disk image", { imageRawBytes: 1e9, minimumDiskBytes: 2e9, wholeDisk: true }, "/dev/sda"],
  ["a larger one for a larger image", { imageRawBytes: 90e9 }, "/dev/sdb"],
  ["one as large as a disk image", { imageRawBytes: 1e9, wholeDisk: true }, "/dev/sdd"],
  ["the one that was named, whatever it is", { imageRawBytes: 1e9, disk: "/dev/sdc" }, "/dev/sdc"],
  ["what the rule says", { imageRawBytes: 1, diskRule: { pick: "largest" } as const }, "/dev/sdb"],
  [
    "one by its serial number",
    { imageRawBytes: 1, diskRule: { pick: "only", serial: "S1" } as const },
    "/dev/sda",
  ],
])("%s", (_, wanted, name) =>
  expect(expectedDisk(DISKS, { layout, ...wanted })).toMatchObject({ kind: "disk", name }),
);

test.each([
  [
    DISKS,
    { imageRawBytes: 900e9 },
    "its disk /dev/sdb has 500 GB, the image with layout default needs 1170.9 GB",
  ],
  [[], { imageRawBytes: 1 }, "it has no disk"],
  [DISKS, { imageRawBytes: 1, disk: "/dev/vda" }, "it has shown no disk /dev/vda"],
])("or none: %#", (disks, wanted, why) =>
  expect(expectedDisk(disks, { layout, ...wanted })).toEqual({ kind: "none", why }),
);

test.each([
  { diskRule: { pick: "only", transport: "sata" } as const },
  { diskRule: { pick: "only", path: "pci-*" } as const },
  { partition: "TMP" },
])("what only the node knows is left to it: %j", (wanted) =>
  expect(expectedDisk(DISKS, { layout, imageRawBytes: 1, ...wanted })).toMatchObject({ kind: "unknown" }),
);

test("a node that is known to have too little memory is refused", () => {
  const request = { image: "i", nodes: ["n1", "n2"], authorizedKeys: [], partitionTable: "gpt" } as const;
  const memoryOf = (node: string): number | undefined => (node === "n2" ? 2e9 : undefined);
  expect(memoryProblem(request, 4e9, memoryOf)).toEqual({
    ...{ kind: "unsuitableNode", node: "n2" },
    why: "it has 2 GB of memory, the image needs 4 GB",
  });
  expect(memoryProblem(request, 2e9, memoryOf)).toBeUndefined();
  expect(memoryProblem(request, undefined, memoryOf)).toBeUndefined();
});

describe("a request is refused before anything is touched when", () => {
  const check = (request: Partial<DeploymentRequest>, disks: readonly SeenDisk[] | undefined = DISKS) =>
    targetProblem(
      { image: "i", nodes: ["n1"], authorizedKeys: [], partitionTable: "gpt", ...request },
      {
        layoutByName: (name) => LAYOUTS.get(name),
        nodeByName: (name) => ({ ...nodeNamed(name), firmware: "uefi" }),
        disksOf: () => disks,
        imageRawBytes: 1e9,
      },
    );

  test.each([
    ["nobody knows the layout", { layout: "x" }, 'no layout is called "x"; see "brigade layout list"'],
    [
      "the rule is not one",
      { diskRule: { pick: "only" as const, model: "a\nb" } },
      "the disk rule wants values",
    ],
    ["the partition cannot be one", { partition: "a b" }, '"a b" is not a partition'],
    ["a partition and a layout are named", { partition: "3", layout: "lvm" }, "a layout is for whole disks"],
    [
      "there is no partition to spare the boot sector for",
      { bootSector: true },
      "--boot-sector is for --partition",
    ],
    ["the firmware cannot start from it", { layout: "mbr" }, "layout mbr has an MBR, but it boots by UEFI"],
    [
      "no disk matches",
      { diskRule: { pick: "only" as const, serial: "S9" } },
      "it has no disk that is serial=S9",
    ],
  ])("%s", (_, request, why) => {
    expect(check(request)).toMatchObject({ why: expect.stringContaining(why) });
  });

  test("and not when the disks are not known, or one is named", () => {
    const rule = { diskRule: { pick: "only" as const, serial: "S9" } };
    expect(
      targetProblem(
        { image: "i", nodes: ["n1"], authorizedKeys: [], partitionTable: "gpt", ...rule },
        { layoutByName: (name) => LAYOUTS.get(name), nodeByName: nodeNamed, imageRawBytes: 1 },
      ),
    ).toBeUndefined();
    expect(check({ disk: "/dev/sdz" })).toBeUndefined();
    expect(check({ layout: "swap" })).toBeUndefined();
  });
});
