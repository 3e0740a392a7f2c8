/**
 * Walks that were saved in the format of snmpsim: a row `OID|TAG|VALUE` a line, where TAG is the number of the
 * ASN.1 type, and `x` behind it says that VALUE is in hex.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { SwitchWalk } from "#src/fabric/reading.ts";
import type { SnmpValue, Varbind } from "#src/fabric/snmp_value.ts";
import { RECORDINGS } from "#test/net/recordings.ts";

const FOLDER = join(RECORDINGS, "snmp");
export const hasSnmpRecordings: boolean = existsSync(FOLDER);

/** Names of the recordings without their suffix, for example `dlink_dgs-3627g`; none where they are absent. */
export const RECORDED_SWITCHES: readonly string[] = globSync(join(FOLDER, "*.snmprec"))
  .map((path) => basename(path, ".snmprec"))
  .sort();

/** File of one of {@link RECORDED_SWITCHES}. */
export const recordingPath = (name: string): string => join(FOLDER, `${name}.snmprec`);

/** The walk of one of {@link RECORDED_SWITCHES}, taken at 0. */
export const recordedWalk = (name: string): SwitchWalk =>
  walkOf(varbindsOf(readFileSync(recordingPath(name), "utf8")));

/** What LibreNMS made of a recording; `undefined` where that was not kept. */
export function expectedOf(name: string): ExpectedSwitch | undefined {
  const path = join(FOLDER, "expected", `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ExpectedSwitch) : undefined;
}

export type ExpectedSwitch = {
  readonly ports: readonly {
    readonly ifIndex: number;
    readonly ifName: string | null;
    readonly ifDescr: string | null;
    readonly ifOperStatus: string | null;
    readonly ifType: string | null;
  }[];
  readonly links?: readonly {
    readonly ifName: string;
    readonly remote_hostname: string;
    readonly remote_port: string;
    readonly protocol: string;
  }[];
};

/** A walk that went well, of rows in any order. */
export const walkOf = (varbinds: readonly Varbind[], rest: Partial<SwitchWalk> = {}): SwitchWalk => ({
  takenAtMs: 0,
  varbinds: varbinds.toSorted((a, b) => byOid(a.oid, b.oid)),
  perVlan: [],
  gaps: [],
  ...rest,
});

/** Reads the rows of a file. @throws SyntaxError for a row that is none: that is a mistake in the file, not a switch to cope with */
export const varbindsOf = (text: string): readonly Varbind[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map(varbindOf);

function varbindOf(line: string): Varbind {
  const [, oid, tag, hex, value] = /^\.?([0-9.]+)\|([0-9]+)(x?)\|(.*)$/.exec(line) ?? [];
  if (oid === undefined || tag === undefined || value === undefined)
    throw new SyntaxError(`Cannot read row ${JSON.stringify(line)}: not OID|TAG|VALUE`);
  return { oid, value: taggedValue(Number(tag), Buffer.from(value, hex === "x" ? "hex" : "utf8")) };
}

/** Numbers of ASN.1 types: X.680 for the universal ones, RFC 2578 section 7.1 for those of SNMP. */
const TAG = { integer: 2, octets: 4, null: 5, oid: 6, address: 64, counter64: 70 } as const;
const NUMBERS: readonly number[] = [TAG.integer, 65, 66, 67];

function taggedValue(tag: number, bytes: Buffer): SnmpValue {
  if (NUMBERS.includes(tag)) return { kind: "number", number: Number(bytes.toString()) };
  switch (tag) {
    case TAG.octets:
      return { kind: "octets", bytes: Uint8Array.from(bytes) };
    case TAG.oid:
      return { kind: "oid", oid: bytes.toString().replace(/^\./, "") };
    case TAG.address:
      return { kind: "address", address: bytes.toString() };
    case TAG.counter64:
      return { kind: "counter64", count: BigInt(bytes.toString()) };
    default:
      return { kind: "none" };
  }
}

function byOid(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (const [at, part] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    if (part !== other) return Number(part) - Number(other);
  }
  return left.length - right.length;
}
