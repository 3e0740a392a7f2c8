/**
 * The member `fabric` of the file behind `--config`. A secret is said in the file, or in a file of its own that is
 * named; no problem repeats one.
 */
import type { Subnet } from "#src/value/ipv4.ts";
import {
  type FabricChoice,
  NO_SWITCHES,
  readAuthProtocol,
  readCommunity,
  readContext,
  readKey,
  readPrivProtocol,
  readScanInterval,
  readSwitchPrefix,
  readUser,
  SCAN_INTERVAL,
  type SwitchCredentials,
  type SwitchPrefix,
} from "./fabric.ts";
import type { Fields, FileReader, Place } from "./file_reader.ts";
import { type ReadValue, readAddress } from "./network.ts";

/** @returns the first line of the file, or what is wrong with it */
export type ReadSecret = ReadValue<string>;

const FABRIC = ["seeds", "switches", "scan-interval"];
const PREFIX = ["prefix", "credentials"];
const V2 = ["community", "community-file"];
const V3 = [
  ...["user", "context", "auth", "auth-key", "auth-key-file"],
  ...["privacy", "privacy-key", "privacy-key-file"],
];

/** @param place absent: only what is heard counts */
export function readFabric(
  reader: FileReader,
  place: Place | undefined,
  readSecret: ReadSecret,
): FabricChoice {
  if (!place) return NO_SWITCHES;
  const fields = reader.fields(place, FABRIC);
  const seeds = reader.list(fields.get("seeds")).map((one) => reader.value(one, readAddress));
  const prefixes = reader.list(fields.get("switches")).map((one) => readPrefix({ reader, readSecret }, one));
  const interval = reader.value(fields.get("scan-interval"), readScanInterval) ?? SCAN_INTERVAL.fallback;
  return {
    seeds: seeds.flatMap((seed) => seed ?? []),
    prefixes: prefixes.flatMap((prefix) => prefix ?? []),
    scanIntervalSec: interval === "off" ? undefined : interval,
  };
}

type Reading = { readonly reader: FileReader; readonly readSecret: ReadSecret };

function readPrefix(reading: Reading, place: Place): SwitchPrefix | undefined {
  const { reader } = reading;
  const fields = reader.fields(place, PREFIX);
  const prefix = reader.needed<Subnet>(place, fields, { name: "prefix", read: readSwitchPrefix });
  const list = fields.get("credentials");
  const credentials = reader.list(list).flatMap((one) => readCredentials(reading, one) ?? []);
  if (reader.problems.length === 0 && credentials.length === 0)
    reader.refuse(list ?? place, "credentials: a list of at least one");
  return prefix ? { prefix, credentials } : undefined;
}

function readCredentials(reading: Reading, place: Place): SwitchCredentials | undefined {
  const { reader } = reading;
  const fields = reader.fields(place, [...V2, ...V3]);
  if (fields.size === 0) return undefined;
  if (!V2.some((name) => fields.has(name))) return readUserOf(reading, place, fields);
  for (const name of V3) {
    const extra = fields.get(name);
    if (extra) reader.refuse(extra, "nothing beside a community: that is SNMP v2c");
  }
  const community = readSecretOf(reading, fields, { name: "community", read: readCommunity });
  return community === undefined ? undefined : { version: "2c", community };
}

function readUserOf(reading: Reading, place: Place, fields: Fields): SwitchCredentials | undefined {
  const { reader } = reading;
  const user = reader.needed(place, fields, { name: "user", read: readUser });
  const context = reader.value(fields.get("context"), readContext);
  const authProtocol = reader.value(fields.get("auth"), readAuthProtocol) ?? "sha";
  const privProtocol = reader.value(fields.get("privacy"), readPrivProtocol) ?? "aes";
  const authKey = readSecretOf(reading, fields, { name: "auth-key", read: readKey });
  const privKey = readSecretOf(reading, fields, { name: "privacy-key", read: readKey });
  const isPrivate = fields.has("privacy-key") || fields.has("privacy-key-file");
  const isAuthenticated = fields.has("auth-key") || fields.has("auth-key-file");
  if (isPrivate && !isAuthenticated)
    reader.refuse(place, "auth-key or auth-key-file too: SNMP v3 has no privacy without authentication");
  for (const [name, has] of [["auth", isAuthenticated] as const, ["privacy", isPrivate] as const]) {
    const said = fields.get(name);
    if (said && !has) reader.refuse(said, `${name}-key or ${name}-key-file beside it`);
  }
  if (user === undefined) return undefined;
  const who = { version: "3", user, ...(context === undefined ? {} : { context }) } as const;
  if (authKey === undefined) return { ...who, level: "noAuthNoPriv" };
  if (privKey === undefined) return { ...who, level: "authNoPriv", authProtocol, authKey };
  return { ...who, level: "authPriv", authProtocol, authKey, privProtocol, privKey };
}

/** `NAME`, or the first line of the file that `NAME-file` names. */
function readSecretOf(
  { reader, readSecret }: Reading,
  fields: Fields,
  { name, read }: { readonly name: string; readonly read: ReadValue<string> },
): string | undefined {
  const inFile = fields.get(`${name}-file`);
  if (!inFile) return reader.value(fields.get(name), read);
  const inline = fields.get(name);
  if (inline) reader.refuse(inline, `one of ${name} and ${name}-file`);
  return reader.value(inFile, (path) => {
    const found = readSecret(path);
    if ("wanted" in found) return found;
    const value = read(found.value);
    return "value" in value ? value : { wanted: `a file whose first line is ${value.wanted}` };
  });
}
