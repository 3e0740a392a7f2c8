/**
 * What the virtual provisioning network consists of: names, addresses, firmware. Pure.
 *
 * One switch (a bridge), the appliance on 10.77.0.1, node N with the MAC 52:54:00:77:00:NN and a BMC of its own on
 * 10.77.0.(200+N). Odd nodes have BIOS, even ones UEFI; BIOS nodes take turns with virtio-net and e1000, so that two
 * drivers and two boot ROMs are met.
 */
import { join } from "node:path";
import type { Firmware } from "#src/nodes/node.ts";

export const APPLIANCE = { interface: "eth1", address: "10.77.0.1", prefixBits: 24 } as const;

/** The BMCs own 201 to 254, so this is as many as fit. */
export const MAX_NODES = 54;

export type LabNode = {
  readonly name: string;
  readonly mac: string;
  readonly firmware: Firmware;
  readonly nic: "virtio-net-pci" | "e1000";
  readonly memoryMb: number;
  readonly diskBytes: number;
  readonly bmc: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  /** The switch port it is plugged into. */
  readonly tap: string;
  /** Everything of this node: disk, firmware variables, logs, sockets. Absolute. */
  readonly directory: string;
  /** What the machine said on its serial port since the lab started. */
  readonly serialLog: string;
  readonly disk: string;
};

export type NodeWishes = {
  readonly memoryMb?: number | undefined;
  readonly diskBytes?: number | undefined;
  /** One firmware for all nodes instead of the mixture. */
  readonly firmware?: Firmware | undefined;
};

const GIB = 2 ** 30;

/** Node `number` (from 1) of the lab in `labDirectory`. */
export function planNode(labDirectory: string, number: number, wishes: NodeWishes): LabNode {
  const name = `node${number}`;
  const directory = join(labDirectory, name);
  const firmware = wishes.firmware ?? (number % 2 === 1 ? "bios" : "uefi");
  return {
    name,
    mac: `52:54:00:77:00:${number.toString(16).padStart(2, "0")}`,
    firmware,
    // OVMF has no driver for e1000: it would need the card's boot ROM, and we want the firmware's own PXE.
    nic: firmware === "bios" && number % 4 === 3 ? "e1000" : "virtio-net-pci",
    memoryMb: wishes.memoryMb ?? 512,
    diskBytes: wishes.diskBytes ?? 4 * GIB,
    bmc: { address: `10.77.0.${200 + number}`, port: 623, user: "admin", password: `lab-secret-${number}` },
    tap: `tap${number}`,
    directory,
    serialLog: join(directory, "serial.log"),
    disk: join(directory, "disk.img"),
  };
}

/** @throws when `count` nodes do not fit into the lab's network. */
export function planNodes(labDirectory: string, count: number, wishes: NodeWishes): LabNode[] {
  if (!Number.isInteger(count) || count < 1 || count > MAX_NODES)
    throw new Error(`Cannot plan a lab of ${count} nodes: wanted 1 to ${MAX_NODES}`);
  return Array.from({ length: count }, (_, index) => planNode(labDirectory, index + 1, wishes));
}
