import { afterEach, beforeEach, expect, test } from "vitest";
import { FORMAT } from "#src/deploy/node_scripts/format.ts";
import { MOUNT } from "#src/deploy/node_scripts/mount.ts";
import { PARTITION } from "#src/deploy/node_scripts/partition.ts";
import { POST_INSTALL } from "#src/deploy/node_scripts/post_install.ts";
import { planFor } from "./plan_for.ts";
import { RamdiskChroot } from "./ramdisk_chroot.ts";

let ramdisk: RamdiskChroot;
beforeEach(async () => {
  ramdisk = await RamdiskChroot.open();
  const disk = ramdisk.addDisk(2_000_000_000);
  await ramdisk.must(PARTITION, planFor(disk, { layout: "default" }));
  await ramdisk.must(FORMAT, {});
  await ramdisk.must(MOUNT, {});
  // Enough of a system to run a shell in.
  await ramdisk.must("mkdir -p /mnt/target/bin /mnt/target/etc; cp /usr/bin/busybox /mnt/target/bin/sh");
});
afterEach(async () => {
  await ramdisk[Symbol.asyncDispose]();
});

const env = (SCRIPT: string, RUN_IN: "image" | "ramdisk"): Record<string, string> => ({
  ...{ SCRIPT, RUN_IN, BRIGADE_NODE: "node1", BRIGADE_DEPLOYMENT: "d1", BRIGADE_IMAGE: "debian-12" },
  ...{ BRIGADE_IMAGE_VERSION: "3", BRIGADE_STEP: "site" },
});
const left = (): Promise<string> => ramdisk.must("grep -c ' /mnt/target/' /proc/self/mountinfo || :");

test("in the image: its root is /, nothing of the script stays on the disk, nothing stays mounted", async () => {
  const script =
    '#!/bin/sh\necho "$BRIGADE_NODE $BRIGADE_IMAGE:$BRIGADE_IMAGE_VERSION $BRIGADE_TARGET" > /etc/mark\n';
  await ramdisk.must(POST_INSTALL, env(script, "image"));
  expect(await ramdisk.must("cat /mnt/target/etc/mark")).toBe("node1 debian-12:3 /\n");
  expect(await ramdisk.must("ls -A /mnt/target/run")).toBe("");
  expect((await left()).trim()).toBe("0");
});

test("in the ramdisk: with devices and the place of the new root", async () => {
  const script =
    '#!/bin/sh\necho "$BRIGADE_ROOT_DEVICE" > "$BRIGADE_TARGET/etc/mark"\n[ -b "$BRIGADE_DISK" ]\n';
  await ramdisk.must(POST_INSTALL, env(script, "ramdisk"));
  expect(await ramdisk.must("cat /mnt/target/etc/mark")).toMatch(/^\/dev\/loop\d+p3\n$/);
  expect(await ramdisk.must("ls -A /run/brigade")).not.toContain("post-install");
});

test.each(["image", "ramdisk"] as const)(
  "a script that fails in the %s is the reason, whatever its code",
  async (where) => {
    const failed = await ramdisk.run(POST_INSTALL, env("#!/bin/sh\necho not today >&2\nexit 3\n", where));
    expect([failed.code, failed.stderr.trim().split("\n").at(-1)]).toEqual([1, "not today"]);
    expect((await left()).trim()).toBe("0");
  },
);

test("a link of the image in the place of /run leads nowhere", async () => {
  await ramdisk.must("mkdir /mnt/elsewhere; ln -s /mnt/elsewhere /mnt/target/run");
  const failed = await ramdisk.run(POST_INSTALL, env("#!/bin/sh\n", "image"));
  expect([failed.code, failed.stderr]).toEqual([
    3,
    "The image's /run is a link: no script can be run in it\n",
  ]);
  expect(await ramdisk.must("ls -A /mnt/elsewhere")).toBe("");
});
