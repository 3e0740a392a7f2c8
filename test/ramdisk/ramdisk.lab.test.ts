import { truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  card,
  directBoot,
  INITRAMFS,
  initramfsRunning,
  KERNEL,
  Machine,
  requireBuilt,
  scratch,
} from "./machine.ts";

const CLIENT_HELLO = 0x16;

/** Waits on loopback for the first byte of an agent. */
async function listener(): Promise<
  AsyncDisposable & { readonly port: number; readonly firstByte: Promise<number> }
> {
  const { promise: firstByte, resolve } = Promise.withResolvers<number>();
  const server: Server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (bytes: Buffer) => {
      resolve(bytes[0] ?? -1);
      socket.destroy();
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const close = async (): Promise<void> => {
    await new Promise((closed) => server.close(closed));
  };
  return { port, firstByte, [Symbol.asyncDispose]: close };
}

const identity = (port: number): string =>
  `brigade.appliance=10.0.2.2:${port} brigade.key=${"ab".repeat(32)} brigade.token=${"cd".repeat(32)}`;

/** A QEMU controller and the disk on it. */
const CONTROLLERS: readonly (readonly [controller: string | undefined, disk: string])[] = [
  ["ahci,id=ahci", "ide-hd,bus=ahci.0"],
  [undefined, "nvme,serial=n1"],
  ["megasas,id=megasas", "scsi-hd,bus=megasas.0"],
  ["pvscsi,id=pvscsi", "scsi-hd,bus=pvscsi.0"],
  ["virtio-scsi-pci,id=vscsi", "scsi-hd,bus=vscsi.0"],
  [undefined, "virtio-blk-pci"],
  ["qemu-xhci,id=usb", "usb-storage,bus=usb.0"],
];

/** Every network card beyond the one that boots, and a small disk on each controller. */
function hardwareOf(directory: string): readonly string[] {
  const args = ["e1000", "e1000e", "rtl8139", "vmxnet3"].flatMap((model) => ["-device", `${model},romfile=`]);
  for (const [index, [controller, diskDevice]] of CONTROLLERS.entries()) {
    const id = `disk${index}`;
    const file = join(directory, id);
    writeFileSync(file, "");
    truncateSync(file, 1024 ** 2 * 16);
    if (controller) args.push("-device", controller);
    args.push("-drive", `if=none,id=${id},file=${file},format=raw`, "-device", `${diskDevice},drive=${id}`);
  }
  return args;
}

describe("the ramdisk in a machine with 512 MB", () => {
  requireBuilt(KERNEL, INITRAMFS);

  test("says what it does, reaches its appliance within 12 s of kernel time and opens no shell", async () => {
    await using appliance = await listener();
    using machine = new Machine([
      ...directBoot(`brigade.mode=install ${identity(appliance.port)}`),
      ...card("virtio-net-pci"),
    ]);

    await machine.shows(/Brigade: network card eth0 \(52:54:00:77:00:01\) is up/, 60);
    await machine.shows(/Brigade: address 10\.0\.2\.15\/24 from the DHCP server 10\.0\.2\.2/, 30);
    const [, uptimeSec] = await machine.shows(/starting the agent ([\d.]+) s after the kernel/, 60);
    expect(await appliance.firstByte).toBe(CLIENT_HELLO);
    // A loaded test machine emulates slower than real time, so three times the figure for a quiet one (10 s).
    expect(Number(uptimeSec)).toBeLessThan(30);
    process.stdout.write(`ramdisk: agent started ${uptimeSec} s after the kernel\n`);

    machine.type("\necho shell-$((1+1))\n");
    // Long after a shell would have answered: the agent's connection was closed and it says that it tries again.
    await machine.shows(/echo shell-[\s\S]*agent: [\s\S]*agent: /, 60);
    expect(machine.text).not.toContain("shell-2");
    expect(machine.text).not.toContain("panic");
  });

  test("opens a shell on the serial line in rescue mode", async () => {
    using machine = new Machine([...directBoot("brigade.mode=rescue"), ...card("virtio-net-pci")]);
    await machine.shows(/Brigade: rescue shell/, 60);
    machine.type("echo shell-$((1+1))\n");
    await machine.shows(/shell-2/, 30);
  });

  test("says which network card it looks for when that is not there, and lives on", async () => {
    using machine = new Machine([...directBoot("")]);
    await machine.shows(
      /no network card has the address 52:54:00:77:00:01 that booted \(BOOTIF\); there are: none/,
      60,
    );
    await machine.shows(/no network card with a link; there are: none[\s\S]*no network card with a link/, 60);
    expect(machine.text).not.toContain("panic");
  });

  test("leaves at least 320 MB free, and a lost agent or start script comes back", async () => {
    using work = scratch();
    const script = `
      until pidof brigade-agent; do sleep 0.2; done
      awk '/^MemAvailable/ { print "AVAILABLE-MB", int($2 / 1024) }' /proc/meminfo
      kill $(pidof brigade-agent)
      until pidof brigade-agent; do sleep 0.2; done
    `;
    const extra = `rdinit=/test-init ${identity(9)}`;
    using machine = new Machine([
      ...directBoot(extra, initramfsRunning(script, work.path)),
      ...card("e1000"),
    ]);
    const [, availableMb] = await machine.shows(/AVAILABLE-MB (\d+)/, 90);
    expect(Number(availableMb)).toBeGreaterThan(320);
    await machine.shows(/the agent ended with code \d+; it starts again/, 30);
    await machine.shows(/SCRIPT ENDED WITH 0/, 30);
  });
});

describe("the ramdisk in a machine with much hardware", () => {
  test("finds every kind of network card and disk controller that can be emulated", async () => {
    using work = scratch();
    // A USB disk is looked at a second after it is plugged in; a controller that is never found ends at the limit of the wait below.
    const script = `
      until [ "$(lsblk -dno NAME -e 7 | wc -l)" -ge ${CONTROLLERS.length} ]; do sleep 0.2; done
      for card in /sys/class/net/eth*; do echo "CARD $(basename $(readlink $card/device/driver))"; done
      for disk in $(lsblk -dno NAME -e 7); do echo "DISK $(readlink -f /sys/block/$disk/device)"; done
    `;
    const boot = directBoot("rdinit=/test-init", initramfsRunning(script, work.path));
    using machine = new Machine([...boot, ...card("virtio-net-pci"), ...hardwareOf(work.path)]);
    await machine.shows(/SCRIPT ENDED WITH 0/, 120);
    const drivers = [...machine.text.matchAll(/CARD (\S+)/g)].map((match) => match[1]).sort();
    expect(drivers).toEqual(["8139cp", "e1000", "e1000e", "virtio_net", "vmxnet3"]);
    expect(machine.text.match(/DISK /g), machine.text).toHaveLength(CONTROLLERS.length);
  });
});
