/** Real firmware and real iPXE against the boot services, in emulation: from power-on to the node's script, and from the script to the disk. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ip } from "#test/dhcp/packets.ts";
import { talkingBootSector } from "#test/lab/boot_sector.ts";
import { Machine, type MachineSettings } from "./machine.ts";
import { isRoot, Served, Wire } from "./namespaces.ts";

const LOADERS = "/usr/lib/ipxe";
const hasFirmware =
  isRoot && existsSync(`${LOADERS}/snponly.efi`) && existsSync("/usr/share/OVMF/OVMF_CODE_4M.fd");
const files = {
  "loaders/undionly.kpxe": `${LOADERS}/undionly.kpxe`,
  "loaders/snponly.efi": `${LOADERS}/snponly.efi`,
};
const MAC = "52:54:00:77:00:01";
/** On a quiet machine of two cores BIOS takes 3 s and UEFI 10 s; a busy one is no failure of ours. */
const LIMIT_SEC = 120;
/** iPXE prints a dot a second while it configures: 18 when nobody answers its router solicitations. */
const MAX_DOTS = 10;
const dotsOf = (console: string): number =>
  /Configuring \(net0 [^)]*\)(\.*)/.exec(console)?.[1]?.length ?? Number.NaN;

type Row = {
  readonly machine: string;
  readonly settings: Partial<MachineSettings>;
};

const ROWS: readonly Row[] = [
  { machine: "BIOS, iPXE in the ROM of a virtio card", settings: { firmware: "bios" } },
  {
    machine: "BIOS, iPXE in the ROM of an e1000 card",
    settings: { firmware: "bios", model: "e1000" },
  },
  {
    machine: "UEFI, OVMF's own PXE, which loads snponly by TFTP",
    settings: { firmware: "uefi", withoutRom: true },
  },
];

describe.skipIf(!hasFirmware)(
  "from power-on to the script (skipped without root or Debian's ipxe and ovmf)",
  () => {
    let scratch = "";
    beforeAll(() => {
      scratch = mkdtempSync(join(tmpdir(), "bg-boot-"));
    });
    afterAll(() => rmSync(scratch, { recursive: true }));

    test.each(ROWS)("$machine", async ({ settings }) => {
      using wire = new Wire("fw");
      const space = wire.plug("srv", { address: "10.77.0.1/24" });
      wire.tap("t0");
      await using served = await new Served(space, {
        interface: "eth0",
        files,
        pool: { first: ip("10.77.0.100"), last: ip("10.77.0.109") },
      }).ready();
      await using machine = new Machine({
        space: wire.switch,
        tap: "t0",
        mac: MAC,
        firmware: "bios",
        scratch,
        ...settings,
      });
      await machine.shows("boots from its disk: nothing was asked for", LIMIT_SEC);
      expect(dotsOf(machine.console)).toBeLessThan(MAX_DOTS);
      const { holds, ...script } = await served.event(({ kind }) => kind === "scriptAsked");
      // Firmware, loader and script saw one machine with one address: scripts with secrets depend on it.
      expect(script).toMatchObject({ mac: MAC, peer: holds });
      expect(served.events.filter(({ kind }) => kind === "leaseGiven")).toHaveLength(1);
      expect(served.events.filter(({ kind }) => kind === "fault")).toEqual([]);
    });

    test("BIOS: the local disk boots from the network's answer", async () => {
      using wire = new Wire("fw");
      const space = wire.plug("srv", { address: "10.77.0.1/24" });
      wire.tap("t0");
      const disk = join(scratch, "disk.img");
      writeFileSync(disk, Buffer.concat([talkingBootSector("The disk speaks"), Buffer.alloc(1 << 20)]));
      await using _served = await new Served(space, {
        interface: "eth0",
        files,
        pool: { first: ip("10.77.0.100"), last: ip("10.77.0.109") },
      }).ready();
      await using machine = new Machine({
        space: wire.switch,
        tap: "t0",
        mac: MAC,
        firmware: "bios",
        disk,
        scratch,
      });
      const askedSec = await machine.shows("boots from its disk", LIMIT_SEC);
      expect((await machine.shows("The disk speaks", LIMIT_SEC)) - askedSec).toBeLessThan(5);
    });
  },
);
