import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BOOT_LOADER } from "#src/deploy/node_scripts/boot_loader.ts";
import { FORMAT } from "#src/deploy/node_scripts/format.ts";
import { IDENTITY } from "#src/deploy/node_scripts/identity.ts";
import { MOUNT } from "#src/deploy/node_scripts/mount.ts";
import { PARTITION } from "#src/deploy/node_scripts/partition.ts";
import { READ_HOST_KEY, SSH_KEYS } from "#src/deploy/node_scripts/ssh_keys.ts";
import { SYNC } from "#src/deploy/node_scripts/sync.ts";
import { planFor } from "./plan_for.ts";
import { RamdiskChroot } from "./ramdisk_chroot.ts";

/** What starts the disk is ours. */
const TAKE = { BOOT_SECTOR: "take", KEEP_KERNEL: "" };
const GB = 1_000_000_000;
const KEY = "ssh-ed25519 AAAAC3Nz somebody's key";

/** A root with as little as the scripts look for; `broadcast` in small. */
const UNPACK = `
cd /mnt/target
mkdir -p etc/ssh etc/systemd/system etc/default root boot var/lib/dbus usr/lib/systemd
printf '127.0.0.1\\tlocalhost\\n127.0.1.1\\tdebian-12\\n10.0.0.1\\tkept\\n' > etc/hosts
echo stale > etc/ssh/ssh_host_rsa_key
echo stale > var/lib/dbus/machine-id
for version in 6.1.0-9-amd64 6.1.0-10-amd64 6.1.0-10-amd64.old; do echo kernel > boot/vmlinuz-$version; done
echo initrd > boot/initrd.img-6.1.0-10-amd64
: > usr/lib/systemd/systemd-networkd
chmod 755 usr/lib/systemd/systemd-networkd
`;

let ramdisk: RamdiskChroot;
beforeEach(async () => {
  ramdisk = await RamdiskChroot.open();
});
afterEach(async () => {
  await ramdisk[Symbol.asyncDispose]();
});

const partitionEnv = ({ DISK = "", layout = "default" }: { DISK?: string; layout?: string } = {}) =>
  planFor(DISK, { layout });
const identityEnv = { HOST_NAME: "node3.rack1", MACS: "52:54:00:00:00:01 52:54:00:00:00:02" };
const file = (path: string): Promise<string> => ramdisk.must(`cat /mnt/target/${path}`);

/** All steps, each `times` times, as after attempts that were cut off. */
async function install(disk: string, { times = 1, table = "gpt" } = {}): Promise<string> {
  const steps: [string, Record<string, string>][] = [
    [PARTITION, partitionEnv({ DISK: disk, layout: table === "mbr" ? "mbr" : "default" })],
    [FORMAT, {}],
    [MOUNT, {}],
    [UNPACK, {}],
    [IDENTITY, identityEnv],
    [SSH_KEYS, { AUTHORIZED_KEYS: `${KEY}\nssh-rsa AAAB $(touch /pwned)` }],
    [BOOT_LOADER, { ...TAKE, KERNEL_ARGUMENTS: "no_timer_check isolcpus=[1-3]* mitigations=off" }],
  ];
  let output = "";
  for (const [script, env] of steps) {
    for (let time = 0; time < times; time++) output += await ramdisk.must(script, env);
  }
  return output;
}

describe.each([
  { table: "gpt", times: 1 },
  { table: "gpt", times: 2 },
  { table: "mbr", times: 1 },
])("an installation on $table, each step $times times", ({ table, times }) => {
  test("leaves a disk that boots this node's system and no other", async () => {
    const disk = ramdisk.addDisk(2 * GB);
    const output = await install(disk, { table, times });
    const root = `${disk}p${table === "gpt" ? 3 : 1}`;
    const uuid = (await ramdisk.must(`blkid -s UUID -o value ${root}`)).trim();

    expect(await file("etc/hostname")).toBe("node3.rack1\n");
    expect(await file("etc/hosts")).toBe(
      "127.0.0.1\tlocalhost\n10.0.0.1\tkept\n127.0.1.1\tnode3.rack1 node3\n",
    );
    expect(await file("etc/fstab")).toMatch(new RegExp(`^UUID=${uuid} / ext4 `));
    expect((await file("etc/fstab")).includes("/boot/efi")).toBe(table === "gpt");
    const network = await file("etc/systemd/network/10-brigade.network");
    expect(network).toContain("MACAddress=52:54:00:00:00:01 52:54:00:00:00:02");
    expect(network).toContain("ClientIdentifier=mac");

    const key = (await file("etc/ssh/ssh_host_ed25519_key.pub")).split(" ").slice(0, 2).join(" ");
    expect(output).toContain(`host-key ${key}\n`);
    expect(await ramdisk.must(READ_HOST_KEY)).toBe(`host-key ${key}\n`);
    expect(await ramdisk.must("ls /mnt/target/etc/ssh")).not.toContain("rsa");
    expect(await file("etc/machine-id")).toMatch(/^[0-9a-f]{32}\n$/);
    expect(await file("root/.ssh/authorized_keys")).toBe(`${KEY}\nssh-rsa AAAB $(touch /pwned)\n`);
    const modes =
      "cd /mnt/target; stat -c %a root/.ssh root/.ssh/authorized_keys etc/ssh/ssh_host_ed25519_key";
    expect(await ramdisk.must(modes)).toBe("700\n600\n600\n");
    expect(await ramdisk.must("ls /")).not.toContain("pwned");

    const grub = await file("boot/grub/grub.cfg");
    expect(grub).toContain(
      `linux /boot/vmlinuz-6.1.0-10-amd64 root=UUID=${uuid} ro console=tty0 console=ttyS0,115200 'no_timer_check' 'isolcpus=[1-3]*' 'mitigations=off'\n`,
    );
    expect(grub).toContain("initrd /boot/initrd.img-6.1.0-10-amd64\n");
    expect(await file("etc/default/grub.d/90-brigade.cfg")).toBe(
      'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX console=tty0 console=ttyS0,115200 no_timer_check isolcpus=[1-3]* mitigations=off"\n',
    );
    expect(await ramdisk.must(`dd if=${disk} bs=440 count=1 2>/dev/null | strings | grep -c GRUB`)).toBe(
      "1\n",
    );

    expect(await ramdisk.must(SYNC)).toMatch(/^\d+ bytes used\n/);
    expect(await ramdisk.must(SYNC)).toBe(`${disk} is written\n`);
    await ramdisk.must(`e2fsck -fn ${root}`);
  });
});

test("each installation makes keys and machine-id anew", async () => {
  const disk = ramdisk.addDisk(2 * GB);
  await install(disk);
  const first = [await file("etc/machine-id"), await file("etc/ssh/ssh_host_ed25519_key.pub")];
  await install(disk);
  const second = [await file("etc/machine-id"), await file("etc/ssh/ssh_host_ed25519_key.pub")];
  expect(second[0]).not.toBe(first[0]);
  expect(second[1]).not.toBe(first[1]);
});

test("what was on the disk before is gone: signatures, boot code, the second partition table", async () => {
  const disk = ramdisk.addDisk(2 * GB);
  await install(disk);
  await ramdisk.must(SYNC);
  await ramdisk.must(
    `dd if=/dev/urandom of=${disk} bs=446 count=1 conv=notrunc 2>/dev/null; mkfs.xfs -fq ${disk}p3`,
  );
  await ramdisk.must(PARTITION, partitionEnv({ DISK: disk, layout: "mbr" }));
  expect(await ramdisk.must(`wipefs -n ${disk}p1`)).toBe("");
  expect(await ramdisk.must(`wipefs -n ${disk} -O TYPE`)).toMatch(/^TYPE\ndos\s*$/);
  expect(await ramdisk.must(`dd if=${disk} bs=440 count=1 2>/dev/null | tr -d '\\0' | wc -c`)).toBe("0\n");
});

test("an image that is not a system is refused in words", async () => {
  const disk = ramdisk.addDisk(2 * GB);
  for (const [script, env] of [
    [PARTITION, partitionEnv({ DISK: disk })],
    [FORMAT, {}],
    [MOUNT, {}],
  ] as const) {
    await ramdisk.must(script, env);
  }
  expect(await ramdisk.run(IDENTITY, identityEnv)).toMatchObject({
    code: 3,
    stderr: "The image has no /etc: it is not a root file system\n",
  });
  expect((await ramdisk.run(SSH_KEYS, { AUTHORIZED_KEYS: "" })).stderr).toContain(
    "The image has no SSH server",
  );
  expect((await ramdisk.run(BOOT_LOADER, { ...TAKE, KERNEL_ARGUMENTS: "" })).stderr).toContain(
    "The image has no kernel",
  );
});

test("scripts out of order say what is missing", async () => {
  for (const [script, env] of [
    [FORMAT, {}],
    [MOUNT, {}],
    [IDENTITY, identityEnv],
    [BOOT_LOADER, { ...TAKE, KERNEL_ARGUMENTS: "" }],
  ] as const) {
    const { code, stderr } = await ramdisk.run(script, env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/has not done the partition step|The new root is not mounted/);
  }
});

test("links of the image lead nowhere outside of it", async () => {
  const disk = ramdisk.addDisk(2 * GB);
  for (const [script, env] of [
    [PARTITION, partitionEnv({ DISK: disk })],
    [FORMAT, {}],
    [MOUNT, {}],
    [UNPACK, {}],
  ] as const) {
    await ramdisk.must(script, env);
  }
  await ramdisk.must(
    "echo mine > /victim; cd /mnt/target; for f in etc/hostname etc/fstab etc/machine-id; do ln -sf /victim $f; done; ln -s / root/.ssh",
  );
  await ramdisk.must(IDENTITY, identityEnv);
  await ramdisk.must(SSH_KEYS, { AUTHORIZED_KEYS: KEY });
  expect(await ramdisk.must("cat /victim; ls /")).toMatch(/^mine\n/);
  expect(await ramdisk.must("ls /")).not.toContain("authorized_keys");
});

test("an image with ifupdown gets a card by name and DHCP on it", async () => {
  const disk = ramdisk.addDisk(2 * GB);
  for (const [script, env] of [
    [PARTITION, partitionEnv({ DISK: disk })],
    [FORMAT, {}],
    [MOUNT, {}],
    [UNPACK, {}],
  ] as const) {
    await ramdisk.must(script, env);
  }
  await ramdisk.must(
    "cd /mnt/target; mkdir -p etc/network usr/sbin; : > etc/network/interfaces; : > usr/sbin/ifup; chmod 755 usr/sbin/ifup",
  );
  await ramdisk.must(IDENTITY, identityEnv);
  expect(await file("etc/network/interfaces")).toContain("iface lan0 inet dhcp");
  expect(await file("etc/systemd/network/10-brigade.link")).toContain("MACAddress=52:54:00:00:00:01\n");
});
