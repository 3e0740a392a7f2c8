/**
 * The records of the lease journal: one line each, `CRC32 JSON`, after a line that names format and version.
 *
 * A line with a wrong checksum costs its own record only: the next line begins behind the next newline,
 * which no record has inside. Reads and writes bytes; opens nothing.
 */
import { crc32 } from "node:zlib";
import type { Lease } from "#src/dhcp/lease_store.ts";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import { storedWord, wanted } from "./stored_rows.ts";

const VERSION = 1;
export const JOURNAL_HEADER = `brigade-leases ${VERSION}\n`;
const HEADER = /^brigade-leases (\d{1,9})$/;
/** Of option 61, in hex: a client may send a kilobyte of it, and it is kept for the record only. */
const MAX_CLIENT_ID_DIGITS = 510;
const NEWLINE = 0x0a;

export type ReadJournal = {
  /** The last word on each address. */
  readonly leases: ReadonlyMap<Ipv4, Lease>;
  /** Lines that are no records. */
  readonly skipped: readonly { readonly row: string; readonly problem: string }[];
  /** Up to the end of the last whole line: what is behind it was never acknowledged. */
  readonly wholeBytes: number;
  /** Which version wrote it, when the first line says so. */
  readonly version: number | undefined;
};

/** `address` has this lease from here on. */
export const putRecord = ({ address, mac, clientId, expiresAtMs, state }: Lease): string =>
  recordLine(["put", address, mac, expiresAtMs, state, clientId?.slice(0, MAX_CLIENT_ID_DIGITS) ?? null]);

/** `address` has no lease from here on. */
export const removeRecord = (address: Ipv4): string => recordLine(["remove", address]);

function recordLine(fields: readonly unknown[]): string {
  const json = JSON.stringify(fields);
  return `${checksum(json)} ${json}\n`;
}

/** Reads a journal, whatever state its file is in. Never throws. */
export function readJournal(bytes: Buffer): ReadJournal {
  const wholeBytes = bytes.lastIndexOf(NEWLINE) + 1;
  const leases = new Map<Ipv4, Lease>();
  const skipped: { row: string; problem: string }[] = [];
  const version = HEADER.exec(bytes.toString("utf8", 0, Math.max(0, bytes.indexOf(NEWLINE))))?.[1];
  if (wholeBytes > 0 && version === undefined)
    skipped.push(atByte(0, "it is not the head of a lease journal"));
  for (let at = bytes.indexOf(NEWLINE) + 1; at < wholeBytes; ) {
    const end = bytes.indexOf(NEWLINE, at);
    try {
      apply(leases, fieldsOf(bytes.toString("utf8", at, end)));
    } catch (fault) {
      skipped.push(atByte(at, (fault as Error).message));
    }
    at = end + 1;
  }
  return { leases, skipped, wholeBytes, version: version === undefined ? undefined : Number(version) };
}

const atByte = (at: number, problem: string) => ({ row: `at byte ${at} of the journal`, problem });

/** @throws SyntaxError it is not a record */
function fieldsOf(line: string): readonly unknown[] {
  const json = line.slice(9);
  if (line.slice(0, 9) !== `${checksum(json)} `) throw new SyntaxError("its checksum is wrong");
  const fields: unknown = JSON.parse(json);
  if (!Array.isArray(fields)) throw new SyntaxError("it is not a list");
  return fields;
}

/** @throws SyntaxError a field cannot be read */
function apply(leases: Map<Ipv4, Lease>, [verb, ...fields]: readonly unknown[]): void {
  const address = wanted(parseIpv4(String(fields[0])), "address");
  if (storedWord(String(verb), ["put", "remove"], "verb") === "remove") {
    leases.delete(address);
    return;
  }
  const [, mac, expiresAtMs, state, clientId] = fields;
  leases.set(address, {
    address,
    mac: wanted(parseMac(String(mac)), "MAC"),
    clientId: typeof clientId === "string" ? clientId : undefined,
    expiresAtMs: wanted(typeof expiresAtMs === "number" ? expiresAtMs : undefined, "end"),
    state: storedWord(String(state), ["bound", "declined"], "state"),
  });
}

const checksum = (json: string): string => crc32(json).toString(16).padStart(8, "0");

/** @returns the version when it is one that this program does not know */
export const newerVersion = ({ version }: ReadJournal): number | undefined =>
  version !== undefined && version > VERSION ? version : undefined;
