/** Real firmware from power-on to the agent's `hello`, served by the whole appliance. */
import { execFileSync } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NodeView } from "#src/http/api_types.ts";
import type { BootsView } from "#src/http/boot_types.ts";
import { BootLab } from "./boot_lab.ts";
import { expectChained } from "./chained_rom.ts";
import { Machine, type MachineSettings } from "./machine.ts";
import { run } from "./namespaces.ts";

type Row = {
  readonly machine: string;
  readonly settings: Partial<MachineSettings>;
  /** Words for `brigade node add`. */
  readonly node?: readonly string[];
  /** Boot files that it fetches, in this order, and by what. */
  readonly fetches: readonly string[];
};

/** What each boot's timeline shows, in the order in which it first happens. */
const BOOT = ["power", "discover", "offer", "request", "ack", "script", "kernel", "initramfs", "agent"];
const RAMDISK = ["http ramdisk/vmlinuz", "http ramdisk/initramfs"];
const ROWS: readonly Row[] = [
  { machine: "BIOS, iPXE in the ROM of a virtio card", settings: {}, fetches: RAMDISK },
  { machine: "BIOS, iPXE in the ROM of an e1000 card", settings: { model: "e1000" }, fetches: RAMDISK },
  { machine: "BIOS, iPXE in the ROM of an rtl8139 card", settings: { model: "rtl8139" }, fetches: RAMDISK },
  {
    machine: "UEFI, OVMF's own PXE",
    settings: { firmware: "uefi", withoutRom: true },
    fetches: ["tftp loaders/snponly.efi", ...RAMDISK],
  },
  {
    machine: "UEFI, OVMF's HTTP Boot",
    settings: { firmware: "uefi", withoutRom: true, httpBoot: true },
    fetches: ["http loaders/snponly.efi", ...RAMDISK],
  },
  {
    machine: "UEFI with Secure Boot and Microsoft's keys, OVMF's own PXE",
    settings: { firmware: "secureUefi", withoutRom: true },
    node: ["--secure-boot", "on"],
    fetches: [
      ...["tftp loaders/shimx64.efi", "tftp loaders/grubx64.efi", "tftp grub/grub.cfg"],
      ...["tftp ramdisk/vmlinuz", "tftp ramdisk/initramfs"],
    ],
  },
];

/** Emulated machines on two busy cores. */
const LIMIT_SEC = 120;

let lab: BootLab;
beforeAll(async () => {
  lab = await BootLab.start("hello");
});
afterAll(() => lab?.[Symbol.asyncDispose]());

test.each(ROWS)("$machine", async ({ settings, node, fetches }) => {
  await using machine = await lab.powerOn(settings, node);
  const hello = await lab.event(({ kind, node }) => kind === "agentConnected" && node === machine.node, {
    console: () => machine.console,
  });
  const fetched = lab.events
    .filter(({ kind, peer }) => kind === "fileSent" && peer === hello.address)
    .map(({ via, file }) => `${via} ${file}`)
    .filter((name) => !name.includes("node-"));
  expect(fetched).toEqual(fetches);
  const view = JSON.parse(await lab.brigade("node", "show", machine.node, "--json")) as NodeView;
  expect(view.secureBootSeen).toBe(settings.firmware === "secureUefi");
  const { boots } = JSON.parse(await lab.brigade("node", "boots", machine.node, "--json")) as BootsView;
  const [boot] = boots;
  expect(boots).toHaveLength(1);
  expect(boot).not.toHaveProperty("stall");
  const seen = (boot?.entries ?? []).map(({ kind }) => kind).filter((kind) => BOOT.includes(kind));
  expect(seen).toEqual(expect.arrayContaining([...BOOT]));
  expect([...BOOT].sort((a, b) => seen.indexOf(a) - seen.indexOf(b))).toEqual(BOOT);
});

test("BIOS, a ROM that cannot fetch its script: it loads our iPXE first, which looks the same, and no more than once", async () => {
  await expectChained(lab);
});

/** A disk whose EFI partition holds shim and GRUB as Debian installs them; GRUB finds no configuration and shows its prompt. */
function diskWithShim(path: string): void {
  writeFileSync(path, "");
  truncateSync(path, 64 << 20);
  execFileSync("sfdisk", ["-q", path], { input: "label: gpt\nstart=2048, type=U\n" });
  const partition = `${path}@@1M`;
  run("mformat", "-i", partition, "-F", "::");
  run("mmd", "-i", partition, "::/EFI", "::/EFI/debian");
  for (const file of ["shimx64.efi", "grubx64.efi"])
    run("mcopy", "-i", partition, `out/boot/loaders/${file}`, `::/EFI/debian/${file}`);
}

test.each([
  { machine: "UEFI, OVMF's own PXE", firmware: "uefi", node: [] },
  { machine: "UEFI with Secure Boot", firmware: "secureUefi", node: ["--secure-boot", "on"] },
] as const)("$machine: the local disk starts from the network's answer", async ({ firmware, node }) => {
  const disk = join(lab.scratch, `${firmware}.img`);
  diskWithShim(disk);
  const planned = await lab.addNode({ firmware, withoutRom: true, disk }, node);
  await using machine = new Machine(planned);
  const toldSec = await machine.shows("boots from its disk: ", LIMIT_SEC);
  await machine.shows("Brigade: starting (hd0,gpt1)/EFI/debian/shimx64.efi", LIMIT_SEC);
  expect((await machine.shows("grub>", LIMIT_SEC)) - toldSec).toBeLessThan(5);
});
