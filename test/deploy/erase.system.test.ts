import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ERASE } from "#src/deploy/node_scripts/erase.ts";
import { RamdiskChroot } from "./ramdisk_chroot.ts";

const BYTES = 300 * 2 ** 20;

let ramdisk: RamdiskChroot;
beforeEach(async () => {
  ramdisk = await RamdiskChroot.open();
});
afterEach(async () => {
  await ramdisk[Symbol.asyncDispose]();
});

async function usedDisk(): Promise<string> {
  const disk = ramdisk.addDisk(BYTES);
  await ramdisk.must(`sfdisk -q ${disk} <<'TABLE'\nlabel: gpt\nsize=100MiB\n-\nTABLE
partx -u ${disk}; mkfs.ext4 -Fq ${disk}p1; dd if=/dev/urandom of=${disk} bs=1M seek=150 count=20 conv=notrunc 2>/dev/null; partx -d ${disk}; sync`);
  return disk;
}
const left = (disk: string): Promise<string> => ramdisk.must(`tr -d '\\0' < ${disk} | wc -c`);
const erase = (disk: string, METHOD: string, VERIFY = "sample") =>
  ramdisk.run(ERASE, { DISK: disk, METHOD, VERIFY });

describe.each(["auto", "zero", "discard"])("method %s", (method) => {
  test.each(["none", "sample", "full"])("leaves nothing on the disk (verify %s)", async (verify) => {
    const disk = await usedDisk();
    expect(await erase(disk, method, verify)).toMatchObject({
      code: 0,
      stdout: `erased ${method === "auto" ? "zero" : method} ${BYTES}\n`,
    });
    expect(await left(disk)).toBe("0\n");
  });
});

describe("a disk that kept something is not called erased", () => {
  /** As one whose firmware says yes and does nothing. */
  const lying = ERASE.replace(/^discard\(\) .*$/m, "discard() { :; }");
  test.each(["sample", "full"])("verify %s", async (verify) => {
    const disk = await usedDisk();
    const ran = await ramdisk.run(lying, { DISK: disk, METHOD: "discard", VERIFY: verify });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(new RegExp(`^${disk} is not blank after discard: `));
  });
});

test.each([
  ["nvme-format", "is no NVMe disk: another method erases it"],
  ["ata", "has no ATA secure erase, or it is frozen or locked: another method erases it"],
  ["shred", "There is no method shred to erase a disk"],
])("method %s is refused and nothing is touched", async (method, words) => {
  const disk = await usedDisk();
  const before = await left(disk);
  const { code, stderr } = await erase(disk, method);
  expect(code).toBe(3);
  expect(stderr).toContain(words);
  expect(await left(disk)).toBe(before);
});

test("a disk of which something is mounted is refused", async () => {
  const disk = await usedDisk();
  await ramdisk.must(`partx -a ${disk}; mkdir -p /tmp/m; mount ${disk}p1 /tmp/m`);
  const { code, stderr } = await erase(disk, "zero");
  expect(code).toBe(3);
  expect(stderr).toBe(`${disk} is in use: something of it is mounted\n`);
  await ramdisk.must("umount /tmp/m");
});

test.each(["/dev/nothing", "/dev/null", "/dev/loop0p1"])("%s is no disk", async (disk) => {
  expect(await erase(disk, "zero")).toMatchObject({ code: 3, stderr: `There is no disk ${disk}\n` });
});
