/** arm64 machines with Debian's firmware for them, from power-on to the agent's `hello`, served by the whole appliance. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { BootLab } from "./boot_lab.ts";

const RAMDISK = ["http ramdisk/arm64/vmlinuz", "http ramdisk/arm64/initramfs"];
const ROWS = [
  {
    asks: "PXE",
    httpBoot: false,
    fetches: ["tftp loaders/arm64/ipxe.efi", "tftp autoexec.ipxe", ...RAMDISK],
  },
  { asks: "HTTP Boot", httpBoot: true, fetches: ["http loaders/arm64/ipxe.efi", ...RAMDISK] },
];

let lab: BootLab;
beforeAll(async () => {
  lab = await BootLab.start("arm64");
});
afterAll(() => lab?.[Symbol.asyncDispose]());

test.each(ROWS)("UEFI arm64, AAVMF's own $asks", async ({ httpBoot, fetches }) => {
  await using machine = await lab.powerOn({ firmware: "arm64Uefi", withoutRom: true, httpBoot });
  const hello = await lab.event(({ kind, node }) => kind === "agentConnected" && node === machine.node, {
    limitMs: 240_000,
    console: () => machine.console,
  });
  const fetched = lab.events
    .filter(({ kind, peer }) => kind === "fileSent" && peer === hello.address)
    .map(({ via, file }) => `${via} ${file}`)
    .filter((name) => !name.includes("node-"));
  expect(fetched).toEqual(fetches);
  // The words of the ramdisk are on the serial line that such machines have.
  expect(machine.console).toContain("Brigade: starting the agent");
});
