import { expect, test } from "vitest";
import type { ImageDescription } from "#src/images/description.ts";
import { DiskWalk } from "#src/images/disk_walk.ts";
import type { DiskInspection } from "#src/images/inspection.ts";

const MIB = 1 << 20;
const ESP = "28732ac11ff8d211ba4b00a0c93ec93b";
const LINUX = "af3dc60f838472478e793d69d8477de4";
const RESERVED = "16e3c9e35c0bb84d817df92df00215ae";
const BASIC = "a2a0d0ebe5b9334487c068b6b72699c7";
const FREEBSD = "b67c6e51cf6ed6118ff800022d09712b";

type Part = {
  readonly type: string;
  readonly atMiB: number;
  readonly magic?: readonly [at: number, hex: string];
};

/** A disk of so many MiB with a GPT of 512-byte sectors; `bootCode` in its first sector. */
function gptDisk(parts: readonly Part[], { sizeMiB = 8, bootCode = false } = {}): Buffer {
  const disk = Buffer.alloc(sizeMiB * MIB);
  disk.write("55aa", 510, "hex");
  if (bootCode) disk.write("eb63", "hex");
  disk.write("EFI PART", 512);
  disk.writeBigUInt64LE(BigInt(disk.length / 512 - 1), 512 + 32);
  disk.writeBigUInt64LE(2n, 512 + 72);
  disk.writeUInt32LE(128, 512 + 80);
  disk.writeUInt32LE(128, 512 + 84);
  for (const [index, { type, atMiB, magic }] of parts.entries()) {
    const at = 1024 + index * 128;
    disk.write(type, at, "hex");
    disk.writeBigUInt64LE(BigInt(atMiB * 2048), at + 32);
    disk.writeBigUInt64LE(BigInt((atMiB + 1) * 2048 - 1), at + 40);
    if (magic) disk.write(magic[1], atMiB * MIB + magic[0], "hex");
  }
  return disk;
}

function mbrDisk(type: number, { active = true } = {}): Buffer {
  const disk = Buffer.alloc(4 * MIB);
  if (active) disk.write("fab8", "hex");
  disk.write("55aa", 510, "hex");
  disk[450] = type;
  disk.writeUInt32LE(2048, 454);
  disk.writeUInt32LE(2048, 458);
  return disk;
}

function walked(disk: Buffer, about: ImageDescription = {}, pieceBytes = 100_003): DiskWalk {
  const walk = new DiskWalk(about);
  for (let at = 0; at < disk.length; at += pieceBytes) {
    // The walk must keep no piece: streams use their memory again.
    const piece = Buffer.from(disk.subarray(at, at + pieceBytes));
    walk.feed(piece.every((byte) => byte === 0) ? { zeroBytes: piece.length } : piece);
    piece.fill(0xee);
  }
  expect(walk.finish()).toBeUndefined();
  return walk;
}

const inspected = (disk: Buffer, pieceBytes?: number): DiskInspection | undefined =>
  walked(disk, {}, pieceBytes).value.found?.disk;

const EXT: Part["magic"] = [1080, "53ef"];
const BTRFS: Part["magic"] = [65_600, "5f42485266535f4d"];
const NTFS: Part["magic"] = [3, "4e54465320202020"];

test("partitions with their file systems, whatever pieces they come in", () => {
  const disk = gptDisk([
    { type: ESP, atMiB: 1, magic: [82, "4641543332"] },
    { type: LINUX, atMiB: 2, magic: EXT },
    { type: LINUX, atMiB: 4, magic: BTRFS },
  ]);
  const wanted = {
    table: "gpt",
    partitions: [
      { number: 1, startBytes: MIB, sizeBytes: MIB, type: "EFI system", fileSystem: "FAT" },
      { number: 2, startBytes: 2 * MIB, sizeBytes: MIB, type: "Linux", fileSystem: "ext" },
      { number: 3, startBytes: 4 * MIB, sizeBytes: MIB, type: "Linux", fileSystem: "btrfs" },
    ],
    bootCode: false,
    hasEsp: true,
    system: "linux",
  };
  for (const pieceBytes of [disk.length, 65_536, 4096, 1_000_003])
    expect(inspected(disk, pieceBytes)).toEqual(wanted);
});

test.each([
  [
    "windows",
    gptDisk([
      { type: ESP, atMiB: 1 },
      { type: RESERVED, atMiB: 2 },
      { type: BASIC, atMiB: 3, magic: NTFS },
    ]),
  ],
  ["windows", mbrDisk(7)],
  ["bsd", gptDisk([{ type: FREEBSD, atMiB: 1 }])],
  ["bsd", mbrDisk(0xa5)],
  ["linux", mbrDisk(0x83)],
  ["unknown", mbrDisk(0x17)],
] as const)("the system is %s", (system, disk) => {
  expect(inspected(disk)?.system).toBe(system);
});

test("a file system over the whole disk", () => {
  const disk = Buffer.alloc(2 * MIB);
  disk.write("53ef", 1080, "hex");
  expect(inspected(disk)).toEqual({
    ...{ table: "none", fileSystem: "ext", partitions: [], bootCode: false, hasEsp: false },
    system: "linux",
  });
});

const NOTHING = "boot code in its first sector and no EFI system partition";
test.each<readonly [string, Buffer, ImageDescription, readonly string[]]>([
  ["an ESP is enough", gptDisk([{ type: ESP, atMiB: 1 }]), {}, []],
  ["an ESP of an MBR is enough", mbrDisk(0xef, { active: false }), {}, []],
  ["boot code is enough", gptDisk([{ type: LINUX, atMiB: 1 }], { bootCode: true }), {}, []],
  ["neither", gptDisk([{ type: LINUX, atMiB: 1 }]), {}, [NOTHING]],
  ["neither, in an MBR", mbrDisk(0x83, { active: false }), {}, [NOTHING]],
  [
    "neither, but the ramdisk starts it",
    gptDisk([{ type: LINUX, atMiB: 1 }]),
    { bootLoader: "kexec-only" },
    [],
  ],
])("what starts it: %s", (_, disk, about, missing) => {
  expect(walked(disk, about).missingToBoot()).toEqual(missing);
});

test("partitions that lie nowhere are counted and not believed", () => {
  const disk = gptDisk([{ type: LINUX, atMiB: 1 }]);
  disk.fill(0xff, 1024 + 32, 1024 + 48);
  expect(inspected(disk)?.partitions).toMatchObject([{ number: 1, type: "Linux" }]);
});
