import { expect, test } from "vitest";
import { expectedDisk, type SeenDisk } from "#src/deploy/expected_disk.ts";

const disk = (name: string, gigabytes: number, removable = false): SeenDisk => ({
  ...{ name: `/dev/${name}`, bytes: gigabytes * 1e9, removable },
});
const DISKS = [disk("sdb", 500), disk("sda", 100), disk("sdc", 20, true), disk("sdd", 1), disk("loop0", 50)];

test.each([
  ["the smallest that is large enough and not removable", { imageRawBytes: 1e9 }, "/dev/sda"],
  ["a larger one for a larger image", { imageRawBytes: 90e9 }, "/dev/sdb"],
  ["one as large as a disk image", { imageRawBytes: 1e9, wholeDisk: true }, "/dev/sdd"],
  ["the one that was named, whatever it is", { imageRawBytes: 1e9, disk: "/dev/sdc" }, "/dev/sdc"],
])("%s", (_, wanted, name) => expect(expectedDisk(DISKS, wanted)).toMatchObject({ kind: "disk", name }));

test.each([
  [DISKS, { imageRawBytes: 900e9 }, "no disk has the 1170600000000 bytes that the image needs"],
  [[], { imageRawBytes: 1 }, "it has no disk"],
  [DISKS, { imageRawBytes: 1, disk: "/dev/vda" }, "it has shown no disk /dev/vda"],
])("or none: %#", (disks, wanted, why) => expect(expectedDisk(disks, wanted)).toEqual({ kind: "none", why }));
