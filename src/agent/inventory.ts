/**
 * What a node says it is made of: the `inventory` of hello, PROTOCOL.md
 * section 2.1. Every list has a bound; words are cut, not refused, so that
 * no odd serial number keeps a machine from being installed.
 *
 * Pure.
 */
import { type Mac, parseMac } from "#src/value/mac.ts";
import type { JsonFields } from "./json_fields.ts";

const MAX_NICS = 256;
const MAX_DISKS = 4096;
const MAX_LLDP_FRAMES = 512;
/** A jumbo frame in hex. */
const MAX_LLDP_HEX_CHARS = 2 * 9216;

export type Nic = {
  readonly name: string;
  readonly mac: Mac;
  readonly speedMbit: number | null;
  readonly carrier: boolean;
  readonly driver: string;
  readonly pciPath: string;
  readonly address: string | null;
};

export type Disk = {
  /** Device path, for example `/dev/vda`. */
  readonly name: string;
  readonly bytes: number;
  readonly sectorBytes: number;
  readonly model: string;
  readonly serial: string;
  readonly wwn: string;
  readonly rotational: boolean;
  readonly removable: boolean;
};

export type Inventory = {
  readonly dmi: {
    readonly vendor: string;
    readonly product: string;
    readonly serial: string;
    readonly uuid: string;
  };
  readonly firmware: "bios" | "uefi";
  /** Its firmware refused unsigned programs at this boot. */
  readonly secureBoot: boolean;
  readonly cpu: { readonly model: string; readonly threads: number };
  readonly memBytes: number;
  readonly nics: readonly Nic[];
  readonly disks: readonly Disk[];
  /** Those whose time to live was not over when they were told. */
  readonly lldp: readonly HeardLldp[];
};

/** Vendor and product: what machines have in common that boot alike. Empty when nobody said. */
export const modelOf = (inventory: Pick<Inventory, "dmi"> | undefined): string =>
  inventory ? `${inventory.dmi.vendor} ${inventory.dmi.product}`.trim() : "";

/** A raw LLDP frame in hex, as a NIC heard it. */
export type HeardLldp = { readonly nic: string; readonly frame: string };

/** Interface names cannot hold a slash or a space (Linux dev_valid_name). */
const INTERFACE_NAME = /^[^/\s:]{1,15}$/;
/** What a script may be handed as a device: nothing that leaves /dev or acts in a shell. */
const DEVICE_PATH = /^\/dev\/(?!.*\.\.)[A-Za-z0-9._/!-]+$/;
const HEX = /^(?:[0-9a-fA-F]{2})*$/;

/** Reads an inventory; faults stick to `fields`. */
export function readInventory(fields: JsonFields): Inventory {
  const dmi = fields.inside("dmi");
  const cpu = fields.inside("cpu");
  return {
    dmi: {
      vendor: dmi.words("vendor"),
      product: dmi.words("product"),
      serial: dmi.words("serial"),
      uuid: dmi.words("uuid"),
    },
    firmware: fields.oneOf("firmware", ["bios", "uefi"]),
    secureBoot: fields.has("secureBoot") && fields.flag("secureBoot"),
    cpu: { model: cpu.words("model"), threads: cpu.integer("threads", { max: 1_000_000 }) },
    memBytes: fields.integer("memBytes"),
    nics: fields.list("nics", MAX_NICS, readNic),
    disks: fields.list("disks", MAX_DISKS, readDisk),
    lldp: readLldp(fields),
  };
}

/** The member `lldp` of an inventory and of `heard`. */
export const readLldp = (fields: JsonFields): readonly HeardLldp[] =>
  fields.list("lldp", MAX_LLDP_FRAMES, (item) => ({
    nic: item.matching("nic", INTERFACE_NAME),
    frame: item.matching("frame", HEX, MAX_LLDP_HEX_CHARS),
  }));

const readNic = (item: JsonFields): Nic => ({
  name: item.matching("name", INTERFACE_NAME),
  mac: readMac(item, "mac"),
  speedMbit: item.integerOrNull("speedMbit"),
  carrier: item.flag("carrier"),
  driver: item.words("driver"),
  pciPath: item.words("pciPath"),
  address: item.wordsOrNull("address", 64),
});

const readDisk = (item: JsonFields): Disk => ({
  name: item.matching("name", DEVICE_PATH, 128),
  bytes: item.integer("bytes"),
  sectorBytes: item.integer("sectorBytes", { max: 1 << 20 }),
  model: item.words("model"),
  serial: item.words("serial"),
  wwn: item.words("wwn"),
  rotational: item.flag("rotational"),
  removable: item.flag("removable"),
});

/** A MAC address in its canonical spelling. */
export function readMac(fields: JsonFields, name: string): Mac {
  const mac = parseMac(fields.words(name, 32));
  if (mac === undefined) fields.fail("badValue", name, "is not a MAC address");
  return mac ?? ("00:00:00:00:00:00" as Mac);
}
