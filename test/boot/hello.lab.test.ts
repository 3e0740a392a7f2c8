/** Real firmware from power-on to the agent's `hello`, served by the whole appliance. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BootsView } from "#src/http/boot_types.ts";
import { BootLab } from "./boot_lab.ts";
import type { MachineSettings } from "./machine.ts";

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
  const { boots } = JSON.parse(await lab.brigade("node", "boots", machine.node, "--json")) as BootsView;
  const [boot] = boots;
  expect(boots).toHaveLength(1);
  expect(boot).not.toHaveProperty("stall");
  const seen = (boot?.entries ?? []).map(({ kind }) => kind).filter((kind) => BOOT.includes(kind));
  expect(seen).toEqual(expect.arrayContaining([...BOOT]));
  expect([...BOOT].sort((a, b) => seen.indexOf(a) - seen.indexOf(b))).toEqual(BOOT);
});
