/** What agents answer. */
import type { SnmpCredentials } from "#src/fabric/snmp_credentials.ts";
import { integer, octets, response, sequence, tlv, varbind } from "#test/fabric/ber.ts";
import { privUser } from "#test/fabric/real_snmpd.ts";
import { snmpRecordings } from "#test/fabric/snmp_recordings.ts";
import { octetsValue } from "#test/fabric/switch_rows.ts";
import { must } from "./must.ts";
import { REQUEST_ID, ReplyPath } from "./snmp_reply_path.ts";
import type { Target } from "./targets.ts";

const ROWS = [
  varbind({ oid: "1.3.6.1.2.1.2.2.1.2.1", value: octetsValue("Port 1") }),
  varbind({ oid: "1.3.6.1.2.1.2.2.1.8.1", value: { kind: "number", number: 1 } }),
  varbind({ oid: "1.3.6.1.2.1.2.2.1.2.4294967295", value: { kind: "oid", oid: "1.3.6.1.4.1.9" } }),
  varbind({ oid: "1.3.6.1.2.1.2.2.1.8.300", value: { kind: "counter64", count: 2n ** 63n } }),
  varbind({ oid: "1.3.6.1.2.1.2.2.1.2.9", value: { kind: "address", address: "10.0.0.1" } }),
];
const ENGINE = Buffer.from("80001f8804616263", "hex");

function v3(flags: number, pduType: number, boots: number): Buffer {
  const isAuth = (flags & 1) !== 0;
  const isPriv = (flags & 2) !== 0;
  const security = [octets(ENGINE), integer(boots), integer(100), octets("u")];
  const scoped = sequence(
    ...[octets(ENGINE), octets("")],
    tlv(pduType, integer(REQUEST_ID), integer(0), integer(0), sequence(...ROWS)),
  );
  return sequence(
    integer(3),
    sequence(integer(REQUEST_ID), integer(65_507), octets(Uint8Array.of(flags)), integer(3)),
    octets(
      sequence(
        ...security,
        octets(Buffer.alloc(isAuth ? 12 : 0, 1)),
        octets(Buffer.alloc(isPriv ? 8 : 0, 2)),
      ),
    ),
    isPriv ? octets(scoped) : scoped,
  );
}

const DISCOVERY = v3(0, 0xa8, 5);
const OPEN: SnmpCredentials = { version: "3", user: "u", level: "noAuthNoPriv" };
const AUTH: SnmpCredentials = {
  version: "3",
  user: "u",
  level: "authNoPriv",
  authProtocol: "sha",
  authKey: "authentic-12",
};
const v2Path = new ReplyPath({ version: "2c", community: "public" });
const v3Paths = [OPEN, AUTH, privUser("sha")].map((user) => new ReplyPath(user, DISCOVERY));

const recorded = snmpRecordings().map(({ payload }) => payload);
const v2Seeds = [
  response({ requestId: REQUEST_ID, varbinds: ROWS }),
  response({ requestId: REQUEST_ID, varbinds: ROWS.slice(0, 2) }),
  response({ requestId: REQUEST_ID, varbinds: [], errorStatus: 1 }),
  response({ requestId: REQUEST_ID, varbinds: ROWS, errorStatus: 5, errorIndex: 2 }),
];
const v3Seeds = [DISCOVERY, v3(0, 0xa2, 5), v3(1, 0xa2, 5), v3(1, 0xa8, 5), v3(3, 0xa2, 5), v3(0, 0xa8, 0)];

/** Recorded packets have other numbers, and never come far: three of four are ours. */
const withRecorded = (own: readonly Uint8Array[]): readonly Uint8Array[] => [
  ...recorded,
  ...Array.from({ length: Math.ceil((3 * recorded.length) / own.length) + 1 }, () => own).flat(),
];

let pushed = 0;
/** Mutations that are refused at once would prove nothing. */
function pushV2(bytes: Buffer): void {
  v2Path.push(bytes);
  if (++pushed % 10_000 === 0)
    must(v2Path.taken > pushed / 100, `of ${pushed} replies only ${v2Path.taken} were read`);
}

export const SNMP_TARGETS: readonly Target[] = [
  { name: "snmp replies", seeds: withRecorded(v2Seeds), decode: pushV2 },
  {
    name: "snmp v3 replies",
    seeds: withRecorded(v3Seeds),
    decode: (bytes) => {
      for (const path of v3Paths) path.push(bytes);
    },
  },
];
