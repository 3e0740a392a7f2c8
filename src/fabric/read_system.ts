/** Who the switch says it is: system group of SNMPv2-MIB, RFC 3418. Pure. */
import { SYSTEM } from "./mib.ts";
import { textOf } from "./read_value.ts";
import type { SwitchReading } from "./reading.ts";
import type { VarbindTable } from "./varbind_table.ts";

const MAX_OID_CHARACTERS = 255;
const OID = /^[0-9]+(?:\.[0-9]+)*$/;

/** @param lldpName lldpLocSysName, for switches without a sysName */
export function readSystem(table: VarbindTable, lldpName: string): SwitchReading["system"] {
  const objectId = table.scalar(SYSTEM.objectId);
  const oid = objectId?.kind === "oid" && objectId.oid.length <= MAX_OID_CHARACTERS ? objectId.oid : "";
  return {
    name: textOf(table.scalar(SYSTEM.name)) || lldpName,
    description: textOf(table.scalar(SYSTEM.description)),
    objectId: OID.test(oid) ? oid : "",
  };
}
