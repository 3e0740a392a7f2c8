/** Real firmware beside somebody else's DHCP server: dnsmasq gives the addresses, the appliance says what to boot. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Dnsmasq } from "#test/dhcp/dnsmasq.ts";
import { BootLab } from "./boot_lab.ts";
import { expectChained } from "./chained_rom.ts";
import type { MachineSettings } from "./machine.ts";

const ROWS: readonly { readonly machine: string; readonly settings: Partial<MachineSettings> }[] = [
  { machine: "BIOS, iPXE in the ROM of a virtio card", settings: {} },
  {
    machine: "UEFI, OVMF's HTTP Boot",
    settings: { firmware: "uefi", withoutRom: true, httpBoot: true },
  },
  { machine: "UEFI, OVMF's own PXE, which asks port 4011", settings: { firmware: "uefi", withoutRom: true } },
];

let lab: BootLab;
let other: Dnsmasq;
beforeAll(async () => {
  lab = await BootLab.start("proxy", { proxy: true });
  other = await new Dnsmasq(
    lab.wire.plug("them", { address: "10.77.0.9/24" }),
    "10.77.0.100,10.77.0.199",
  ).listening();
});
afterAll(async () => {
  await other?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

test.each(ROWS)("$machine", async ({ settings }) => {
  await using machine = await lab.powerOn(settings);
  const hello = await lab.event(({ kind, node }) => kind === "agentConnected" && node === machine.node, {
    console: () => machine.console,
  });
  expect(hello.address).toMatch(/^10\.77\.0\.1\d\d$/);
  expect(lab.events.filter(({ kind }) => kind === "leaseGiven")).toEqual([]);
});

test("BIOS, our iPXE chained from a ROM that cannot fetch its script, once", async () => {
  await expectChained(lab);
  expect(lab.events.filter(({ kind }) => kind === "leaseGiven")).toEqual([]);
});
