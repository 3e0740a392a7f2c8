/** Images of disks onto real block devices by real agents. What landed is judged by sha256sum and sfdisk. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Verify } from "#src/value/verify.ts";
import { LoopDisk, partition, sha256sum, zerosSum } from "./loop_disk.ts";
import { Network } from "./network.ts";

const MIB = 2 ** 20;
const IMAGE_MIB = 40;

let dir: string;
let network: Network;
let stack: DisposableStack;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-sinks-"));
  stack = new DisposableStack();
});
afterEach(async () => {
  await network?.[Symbol.asyncDispose]();
  stack.dispose();
  rmSync(dir, { recursive: true });
});

/** A disk with two partitions, data in both, zeros between, and a GPT at both ends. */
function makeImage({ extraBytes = 0, sectorBytes = 512, gpt = true } = {}): string {
  const file = join(dir, "image.raw");
  execFileSync("sh", [
    "-c",
    `truncate -s ${IMAGE_MIB}M ${file}
     head -c 3M /dev/urandom | dd of=${file} bs=1M seek=3 conv=notrunc status=none
     head -c 5000000 /dev/urandom | dd of=${file} bs=1M seek=20 conv=notrunc status=none
     head -c 700 /dev/urandom | dd of=${file} conv=notrunc status=none`,
  ]);
  if (gpt) {
    using disk =
      sectorBytes === 512 ? undefined : new LoopDisk({ file, bytes: IMAGE_MIB * MIB, sectorBytes });
    partition(disk?.device ?? file, "label: gpt\nsize=8MiB\nsize=16MiB\n");
  }
  execFileSync("sh", ["-c", `head -c ${extraBytes} /dev/urandom >> ${file}`]);
  return file;
}

function loopDisk(name: string, options: { readonly mib: number; readonly sectorBytes?: number }): LoopDisk {
  const { mib, ...rest } = options;
  return stack.use(new LoopDisk({ file: join(dir, name), bytes: mib * MIB, ...rest }));
}

async function receive(node: string, device: string, verify: Verify = "digest") {
  network.startAgent(node);
  network.appliance.tell({ kind: "join", node, sink: { kind: "disk", device }, verify });
  return (await network.appliance.report("received", (report) => report.node === node)).received;
}

const build = async (options: { image: string; nodes?: number; rateMbit?: number }): Promise<void> => {
  network = await Network.build({ nodes: 1, kind: "disk", ...options });
};

describe("a disk image", () => {
  test.each([
    { what: "512-byte sectors", sectorBytes: 512, mib: 64, verify: "readback" },
    { what: "4096-byte sectors", sectorBytes: 4096, mib: 64, verify: "readback" },
    { what: "exactly its size", sectorBytes: 512, mib: IMAGE_MIB, verify: "digest" },
    { what: "nothing to verify", sectorBytes: 512, mib: 64, verify: "none" },
  ] as const)(
    "lands on a disk of $what, with nothing left of what was there",
    async ({ sectorBytes, mib, verify }) => {
      const image = makeImage({ sectorBytes: sectorBytes });
      const disk = loopDisk("disk", { mib, sectorBytes });
      disk.makeOld();
      expect(disk.partitions()).toContain("p3");
      await build({ image });
      const received = await receive("node1", disk.device, verify);
      const sum = sha256sum(image);
      expect(received).toMatchObject({ ok: true, error: null, verify, rawBytes: IMAGE_MIB * MIB });
      expect(received.rawDigest).toBe(verify === "none" ? "0".repeat(64) : sum);
      expect(disk.digest(0, IMAGE_MIB * MIB)).toBe(sum);
      expect(disk.partitions()).not.toContain("p3");
      if (mib > IMAGE_MIB) expect(disk.digest((mib - 1) * MIB, MIB)).toBe(zerosSum(MIB));
      // Zeros take up no room: what was there is discarded.
      const storedMib = Number(execFileSync("du", ["-m", disk.file]).toString().split("\t")[0]);
      expect(storedMib).toBeLessThan(mib > IMAGE_MIB ? 35 : 13);
    },
  );

  test("whose size is no multiple of the sector lands whole", async () => {
    const image = makeImage({ extraBytes: 777, gpt: false });
    const disk = loopDisk("disk", { mib: 64, sectorBytes: 4096 });
    disk.makeOld();
    await build({ image });
    expect(await receive("node1", disk.device, "readback")).toMatchObject({ ok: true, error: null });
    expect(disk.digest(0, IMAGE_MIB * MIB + 777)).toBe(sha256sum(image));
  });
});

describe("a disk image that", () => {
  test.each([
    {
      what: "is larger than the disk",
      mib: IMAGE_MIB - 1,
      sectorBytes: 512,
      why: `it has ${(IMAGE_MIB - 1) * MIB} bytes, the image ${IMAGE_MIB * MIB}`,
    },
    {
      what: "has a GPT for other sectors",
      mib: 64,
      sectorBytes: 4096,
      why: "its partition table is for sectors of 512 bytes, the disk's have 4096",
    },
  ])("$what is refused before the first byte", async ({ mib, sectorBytes, why }) => {
    const disk = loopDisk("disk", { mib, sectorBytes });
    disk.makeOld();
    const before = disk.digest(0, mib * MIB);
    await build({ image: makeImage() });
    const received = await receive("node1", disk.device);
    expect(received).toMatchObject({ ok: false });
    expect(received.error).toBe(`Cannot write the image to ${disk.device}: ${why}`);
    expect(disk.digest(0, mib * MIB)).toBe(before);
  });

  test("would go to a disk that somebody uses is refused", async () => {
    const disk = loopDisk("disk", { mib: 64 });
    disk.makeOld();
    execFileSync("mkfs.ext4", ["-q", `${disk.device}p1`]);
    const mounted = join(dir, "mnt");
    mkdirSync(mounted);
    execFileSync("mount", [`${disk.device}p1`, mounted]);
    stack.defer(() => execFileSync("umount", [mounted]));
    await build({ image: makeImage() });
    const { ok, error } = await receive("node1", disk.device);
    expect({ ok, error }).toEqual({
      ok: false,
      error: `Cannot open ${disk.device}: Device or resource busy`,
    });
  });
});

describe("a disk that was cut short", () => {
  test("has neither boot sector nor partition table, new or old", async () => {
    const disk = loopDisk("disk", { mib: 64 });
    disk.makeOld();
    await build({ image: makeImage(), rateMbit: 16 });
    network.startAgent("node1");
    network.appliance.tell({ kind: "join", node: "node1", sink: { kind: "disk", device: disk.device } });
    await network.appliance.report("progress", ({ progress }) => progress.writtenRawBytes > 4 * MIB);
    await network.end("node1");
    expect(disk.digest(0, MIB)).toBe(zerosSum(MIB));
    expect(disk.digest(63 * MIB, MIB)).toBe(zerosSum(MIB));
    expect(disk.digest(3 * MIB, MIB)).not.toBe(zerosSum(MIB));
    expect(disk.partitions()).toEqual([]);
  });

  test("by a write error says where, and the others are unaffected", async () => {
    const small = join(dir, "small");
    mkdirSync(small);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", small]);
    stack.defer(() => execFileSync("umount", [small]));
    // The file behind it grows as it is written, until its file system is full.
    const bad = loopDisk("small/disk", { mib: 64 });
    const good = loopDisk("disk", { mib: 64 });
    const image = makeImage();
    await build({ image, nodes: 2 });
    const results = Promise.all([receive("node1", bad.device), receive("node2", good.device)]);
    const [broken, whole] = await results;
    expect(broken.ok).toBe(false);
    expect(broken.error).toMatch(
      new RegExp(`^Cannot write to ${bad.device} at \\d+: (Input/output error|No space left on device)$`),
    );
    expect(whole).toMatchObject({ ok: true, error: null });
    expect(good.digest(0, IMAGE_MIB * MIB)).toBe(sha256sum(image));
    expect(bad.digest(0, MIB)).toBe(zerosSum(MIB));
  });
});
