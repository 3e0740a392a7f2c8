/** Walks of switches that were thought up, small enough to be read: rows as in recordings, with short names for columns. */
import * as mib from "#src/fabric/mib.ts";
import { readSwitch } from "#src/fabric/read_switch.ts";
import type { SwitchPort, SwitchReading, SwitchWalk } from "#src/fabric/reading.ts";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { varbindsOf, walkOf } from "./snmprec.ts";

/**
 * @param text a row a line, `GROUP.COLUMN.INDEX|TAG|VALUE` as in `INTERFACES.name.7|4|Gi7`, or with a whole OID
 */
export function rows(text: string): readonly Varbind[] {
  const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = mib;
  const named = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) =>
      line.replace(/^([A-Z][A-Z0-9_]*)\.([A-Za-z]+)/, (_, group: string, column: string) => {
        const oid = groups[group]?.[column];
        if (oid === undefined) throw new SyntaxError(`Cannot find column ${group}.${column}`);
        return oid;
      }),
    );
  return varbindsOf(named.join("\n"));
}

export const readRows = (text: string, rest: Partial<SwitchWalk> = {}): SwitchReading =>
  readSwitch(walkOf(rows(text), rest));

/** Rows of Ethernet ports that are up: ifIndex and name. */
export const ports = (names: Readonly<Record<number, string>>): string =>
  Object.entries(names)
    .map(([ifIndex, name]) =>
      [
        `INTERFACES.name.${ifIndex}|4|${name}`,
        `INTERFACES.type.${ifIndex}|2|6`,
        `INTERFACES.operStatus.${ifIndex}|2|1`,
      ].join("\n"),
    )
    .join("\n");

export const portAt = (reading: SwitchReading, ifIndex: number): SwitchPort | undefined =>
  reading.ports.find((port) => port.ifIndex === ifIndex);
