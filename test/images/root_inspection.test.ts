import { expect, test } from "vitest";
import type { ImageDescription } from "#src/images/description.ts";
import { TarWalk } from "#src/images/tar_walk.ts";
import { type Field, TAR_END, tarEntry } from "./tar_bytes.ts";

function walked(files: readonly Field[], about: ImageDescription = {}): TarWalk {
  const walk = new TarWalk(about);
  expect(walk.feed(Buffer.concat([...files.map(tarEntry), TAR_END]))).toBeUndefined();
  expect(walk.finish()).toBeUndefined();
  return walk;
}

const found = (...files: readonly Field[]) => walked(files).facts.value.found;

const elf = (machine: number): Buffer => {
  const head = Buffer.alloc(5000, 1);
  head.write("7f454c46020101", "hex");
  head.writeUInt16LE(machine, 18);
  return head;
};

const ROOT: readonly Field[] = [
  { path: "boot/vmlinuz-6.1", data: "kernel" },
  { path: "boot/initrd.img-6.1", data: "initramfs" },
  { path: "boot/vmlinuz-5.0", data: "old" },
  { path: "boot/own/kernel", data: "mine" },
  { path: "usr/lib/systemd/systemd", data: elf(0x3e) },
];

test("the architecture is that of its programs, whatever its kernel's is", () => {
  const kernel = Buffer.alloc(2048);
  kernel.write("ARMd", 0x38);
  expect(found({ path: "./boot/vmlinuz-1", data: kernel })?.architecture).toBe("arm64");
  expect(
    found({ path: "./boot/vmlinuz-1", data: kernel }, { path: "./usr/bin/bash", data: elf(0x3e) })
      ?.architecture,
  ).toBe("amd64");
  expect(found({ path: "./home/x/bin/bash", data: elf(0x3e) })?.architecture).toBeUndefined();
  expect(found({ path: "./usr/bin/bash", type: "2", linkPath: "dash" })?.architecture).toBeUndefined();
});

test.each([
  ["grub-bios", "usr/lib/grub/i386-pc/boot.img"],
  ["grub-efi", "usr/lib/grub/x86_64-efi/modinfo.sh"],
  ["grub-efi", "./usr/lib/grub/arm64-efi/normal.mod"],
  ["grub-efi", "boot/efi/EFI/fedora/grubx64.efi"],
  ["systemd-boot", "usr/lib/systemd/boot/efi/systemd-bootx64.efi"],
])("boot loader files: %s by %s", (name, path) => {
  expect(found({ path })?.bootFiles).toEqual([name]);
});

test.each([
  ["cloud-init", "usr/bin/cloud-init"],
  ["ignition", "usr/lib/dracut/modules.d/30ignition/ignition"],
])("first start: %s", (seed, path) => {
  expect(found({ path })?.seeds).toEqual([seed]);
});

test("init and SSH server", () => {
  expect(found({ path: "sbin/init" })).toMatchObject({ init: "other", sshServer: false });
  expect(found({ path: "lib/systemd/systemd" })?.init).toBe("systemd");
  expect(found({ path: "usr/lib/systemd/systemd" }, { path: "sbin/init" })?.init).toBe("systemd");
  expect(found({ path: "usr/sbin/sshd" })?.sshServer).toBe(true);
  expect(found({ path: "usr/sbin/dropbear" })?.sshServer).toBe(true);
});

test("the owner's kernel is started instead of the newest, with the initramfs that belongs to it", () => {
  expect(walked(ROOT).facts.value).toMatchObject({
    kernel: "boot/vmlinuz-6.1",
    initramfs: "boot/initrd.img-6.1",
  });
  const old = walked(ROOT, { kernel: "boot/vmlinuz-5.0" }).facts;
  expect([old.value.kernel, old.value.initramfs, old.missingNamed()]).toEqual([
    "boot/vmlinuz-5.0",
    undefined,
    [],
  ]);
  const own = walked(ROOT, { kernel: "boot/own/kernel", initramfs: "boot/initrd.img-6.1" }).facts;
  expect([own.value.kernel, own.value.initramfs]).toEqual(["boot/own/kernel", "boot/initrd.img-6.1"]);
  expect([own.missingNamed(), own.missingToBoot()]).toEqual([[], []]);
});

test("files that the owner names and that are not there", () => {
  const { facts } = walked(ROOT, { kernel: "boot/vmlinuz-9", initramfs: "boot/initrd.img-6.1" });
  expect(facts.missingNamed()).toEqual(["boot/vmlinuz-9"]);
});

test("what is missing depends on the policy", () => {
  const missing = (bootLoader: ImageDescription["bootLoader"], files = ROOT): readonly string[] =>
    walked(files, bootLoader ? { bootLoader } : {}).facts.missingToBoot();
  const noKernel = ROOT.filter(({ path }) => !path.startsWith("boot/"));
  expect([missing(undefined), missing("image-grub"), missing("kexec-only")]).toEqual([[], [], []]);
  expect(missing("systemd-boot")).toEqual(["systemd-boot (/usr/lib/systemd/boot/efi/systemd-boot*.efi)"]);
  expect(missing("network-kernel", noKernel)).toEqual(["kernel (/boot/vmlinuz-*)"]);
  expect(missing("none", noKernel)).toEqual([]);
});

test("only the start of a large program is kept, and its end is still found", () => {
  const large = Buffer.concat([elf(0xb7), Buffer.alloc(3_000_000, 7)]);
  expect(found({ path: "usr/bin/bash", data: large }, { path: "usr/sbin/sshd" })).toMatchObject({
    architecture: "arm64",
    sshServer: true,
  });
});
