/** Seeds as nodes write them, by the real ramdisk's programs; what cloud-init makes of one, where it is installed. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { SEED } from "#src/deploy/node_scripts/seed.ts";
import { TAKE_DISK } from "#src/deploy/node_scripts/take_disk.ts";
import { RamdiskChroot } from "../ramdisk_chroot.ts";

const MB = 1_000_000;
const USER_DATA = '#cloud-config\npassword: it\'s "secret" $(touch /pwned) \\n\n';
const TEXTS = { USER_DATA, META_DATA: "meta", VENDOR_DATA: "vendor", NETWORK_CONFIG: "network" };
const CLOUD_INIT = { SEED: "cloud-init", PHONE_HOME: "", ...TEXTS };

let ramdisk: RamdiskChroot;
beforeEach(async () => {
  ramdisk = await RamdiskChroot.open();
});
afterEach(async () => {
  await ramdisk[Symbol.asyncDispose]();
});

const root = (more = ""): Promise<string> =>
  ramdisk.must(`set -e
mkdir -p /mnt/target; mount -t tmpfs root /mnt/target; cd /mnt/target
mkdir -p usr/bin etc var/lib; : > usr/bin/cloud-init; chmod 755 usr/bin/cloud-init
${more}`);

test("cloud-init's seed is in the root, for root's eyes, word for word", async () => {
  await root();
  for (const _twice of [1, 2]) await ramdisk.must(SEED, { ...CLOUD_INIT, PHONE_HOME: "http://a/b" });
  const read = (file: string) => ramdisk.must(`cat /mnt/target/${file}`);
  expect(await read("var/lib/cloud/seed/nocloud/user-data")).toBe(USER_DATA);
  expect(await read("var/lib/cloud/seed/nocloud/network-config")).toBe("network");
  expect(await read("etc/brigade/phone-home")).toBe("http://a/b\n");
  expect(await read("etc/cloud/cloud.cfg.d/90-brigade.cfg")).toBe("prefer_fqdn_over_hostname: true\n");
  const modes = await ramdisk.must("cd /mnt/target; stat -c %a var/lib/cloud/seed/nocloud/* etc/brigade/*");
  expect(modes).toBe("600\n".repeat(5));
  expect(await ramdisk.must("ls /")).not.toContain("pwned");
});

test.each([
  { what: "no cloud-init", more: "rm usr/bin/cloud-init", words: "The image has no cloud-init" },
  {
    what: "a link where its seed belongs",
    more: "ln -s /etc var/lib/cloud",
    words: "The image has a link at /var/lib/cloud",
  },
])("an image with $what gets none, and nothing else is touched", async ({ more, words }) => {
  await root(more);
  const { code, stderr } = await ramdisk.run(SEED, CLOUD_INIT);
  expect(code).toBe(3);
  expect(stderr).toContain(words);
  expect(await ramdisk.must("ls /etc")).not.toContain("seed");
});

test.each([
  { label: "boot", at: "ignition/config.ign" },
  { label: "OEM", at: "config.ign" },
])("an Ignition config is on the partition $label", async ({ label, at }) => {
  const disk = ramdisk.addDisk(60 * MB);
  await ramdisk.must(TAKE_DISK, { DISK: disk });
  const ignition = { SEED: "ignition", PHONE_HOME: "", USER_DATA: "{}" };
  expect((await ramdisk.run(SEED, ignition)).stderr).toContain("no partition labelled boot or OEM");
  await ramdisk.must(`printf 'label: gpt\\nsize=10MiB\\nsize=30MiB\\n' | sfdisk --quiet ${disk}
partx -u ${disk} || :
mkfs.ext4 -q -L ${label} ${disk}p2`);
  await ramdisk.must(SEED, ignition);
  expect(await ramdisk.must(`mount ${disk}p2 /mnt/target; cat /mnt/target/${at}; umount /mnt/target`)).toBe(
    "{}",
  );
});
