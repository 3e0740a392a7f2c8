import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ReplyRules, readReply } from "#src/fabric/snmp_message.ts";
import { integer, objectId, octets, response, sequence, tlv, varbind } from "./ber.ts";
import { snmpRecordings } from "./snmp_recordings.ts";

const V2: ReplyRules = { version: "2c" };
const PRIV: ReplyRules = { version: "3", needsAuth: true, needsPriv: true };
const AUTH: ReplyRules = { version: "3", needsAuth: true, needsPriv: false };
const OPEN: ReplyRules = { version: "3", needsAuth: false, needsPriv: false };

const ROW = varbind({ oid: "1.3.6.1.2.1.1.5.0", value: { kind: "octets", bytes: Buffer.from("sw1") } });
const GOOD = response({ requestId: 7, varbinds: [ROW, ROW] });

type V3Parts = {
  readonly flags?: number;
  readonly engine?: Uint8Array;
  readonly auth?: Uint8Array;
  readonly salt?: Uint8Array;
  readonly pduType?: number;
  readonly boots?: number;
};
const ENGINE = Buffer.from("80001f8804616263", "hex");

function v3({
  flags = 0,
  engine = ENGINE,
  auth = Buffer.alloc(0),
  salt = Buffer.alloc(0),
  pduType = 0xa2,
  boots = 1,
}: V3Parts): Buffer {
  const pdu = tlv(pduType, integer(7), integer(0), integer(0), sequence(ROW));
  const security = sequence(
    ...[octets(engine), integer(boots), integer(5), octets("user"), octets(auth), octets(salt)],
  );
  return sequence(
    integer(3),
    sequence(integer(9), integer(65_507), octets(Uint8Array.of(flags)), integer(3)),
    octets(security),
    (flags & 2) === 0 ? sequence(octets(engine), octets(""), pdu) : octets("what is encrypted"),
  );
}
const AUTH_PARAMETERS = Buffer.alloc(12, 1);

const faultOf = (bytes: Uint8Array, rules: ReplyRules): string => {
  const reply = readReply(bytes, rules);
  return reply.ok ? "none" : `${reply.error.field}: ${reply.error.detail}`;
};

describe("version 2c", () => {
  test("a response, and what follows it in the datagram", () => {
    expect(readReply(GOOD, V2)).toEqual({ ok: true, value: { kind: "response" } });
    expect(readReply(Buffer.concat([GOOD, Buffer.alloc(9)]), V2).ok).toBe(true);
  });

  test.each([
    ["8fffffff7f", true],
    ["9080808000", false],
  ])("an OID that ends with %s: %s", (number, isOne) => {
    const name = tlv(6, Buffer.from(`2b${number}`, "hex"));
    const bytes = response({ requestId: 7, varbinds: [sequence(name, Buffer.from([5, 0]))] });
    expect(readReply(bytes, V2).ok).toBe(isOne);
  });

  test("cut anywhere, it is none", () => {
    for (let size = 0; size < GOOD.length; size++)
      expect(readReply(GOOD.subarray(0, size), V2).ok, `${size} bytes`).toBe(false);
  });

  test.each([
    ["a request", response({ requestId: 7, varbinds: [], pduType: 0xa0 }), /PDU: type 0xa0/],
    ["a trap", response({ requestId: 7, varbinds: [], pduType: 0xa7 }), /PDU: type 0xa7/],
    ["a report", response({ requestId: 7, varbinds: [], pduType: 0xa8 }), /a report, which is of version 3/],
    ["of version 3", v3({}), /version: 3, asked in 1/],
    ["a length beyond its container", lengthBeyond(), /varbind: says/],
    ["an indefinite length", Buffer.from("308002010104", "hex"), /a length of 0 bytes/],
    ["a length of 127 bytes", Buffer.from([0x30, 0xff, ...new Array(127).fill(1)]), /a length of 127 bytes/],
    [
      "a number above 32 bits in an OID",
      response({
        requestId: 7,
        varbinds: [sequence(tlv(6, Buffer.from("2bffffffff7f", "hex")), Buffer.from([5, 0]))],
      }),
      /above 32 bits/,
    ],
    [
      "an OID of a thousand numbers",
      response({ requestId: 7, varbinds: [sequence(tlv(6, Buffer.alloc(1000, 1)), Buffer.from([5, 0]))] }),
      /name: 1000 bytes/,
    ],
    ["an integer of no bytes", sequence(Buffer.from([2, 0])), /version: an integer of no bytes/],
    [
      "more varbinds than anybody asked for",
      response({
        requestId: 7,
        varbinds: Array.from({ length: 2001 }, () => sequence(objectId("1.3"), Buffer.from([5, 0]))),
      }),
      /more than 2000/,
    ],
  ])("refuses %s", (_, bytes, why) => {
    expect(faultOf(bytes, V2)).toMatch(why);
  });
});

function lengthBeyond(): Buffer {
  const bytes = Buffer.from(GOOD);
  const at = bytes.lastIndexOf(ROW);
  bytes[at + 1] = 0x7f;
  return bytes;
}

describe("version 3", () => {
  test.each<[string, Buffer, ReplyRules, string]>([
    ["a report without authentication, which discovery is", v3({ pduType: 0xa8 }), PRIV, "report"],
    ["an open response where nothing was wanted", v3({}), OPEN, "response"],
    ["an authenticated response", v3({ flags: 1, auth: AUTH_PARAMETERS }), AUTH, "response"],
    ["an authenticated report", v3({ flags: 1, auth: AUTH_PARAMETERS, pduType: 0xa8 }), PRIV, "report"],
    ["an encrypted one", v3({ flags: 3, auth: AUTH_PARAMETERS, salt: Buffer.alloc(8) }), PRIV, "encrypted"],
  ])("takes %s", (_, bytes, rules, kind) => {
    expect(readReply(bytes, rules)).toEqual({
      ok: true,
      value: { kind, engineId: ENGINE.toString("hex") },
    });
  });

  test.each<[string, Buffer, ReplyRules, RegExp]>([
    ["an open response where authentication was wanted", v3({}), AUTH, /below the security level/],
    [
      "a readable one where encryption was",
      v3({ flags: 1, auth: AUTH_PARAMETERS }),
      PRIV,
      /below the security level/,
    ],
    [
      "an authenticated one for nobody",
      v3({ flags: 1, auth: AUTH_PARAMETERS }),
      OPEN,
      /which was not asked for/,
    ],
    [
      "an encrypted one for nobody",
      v3({ flags: 3, auth: AUTH_PARAMETERS, salt: Buffer.alloc(8) }),
      AUTH,
      /encrypted, which/,
    ],
    ["one that says authenticated, without a code", v3({ flags: 1 }), AUTH, /which was not asked for/],
    [
      "an encrypted one without a salt",
      v3({ flags: 3, auth: AUTH_PARAMETERS }),
      PRIV,
      /privacy parameters: 0 bytes/,
    ],
    ["an engine id that is too long", v3({ engine: Buffer.alloc(33, 1) }), OPEN, /engine id: 33 bytes/],
    ["no engine id", v3({ engine: Buffer.alloc(0) }), OPEN, /engine id: 0 bytes/],
    ["one of another engine", v3({}), { ...OPEN, engineId: "80001f8804616264" }, /of another engine/],
    ["engine boots of six bytes", v3({ boots: 2 ** 42 }), OPEN, /engine boots: 6 bytes/],
    ["version 2c", GOOD, OPEN, /version: 1, asked in 3/],
  ])("refuses %s", (_, bytes, rules, why) => {
    expect(faultOf(bytes, rules)).toMatch(why);
  });
});

test("bytes of any kind: a reply or a fault, never a throw", () => {
  const rules = fc.constantFrom(V2, PRIV, AUTH, OPEN);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), rules, (bytes, asked) => {
      expect(typeof readReply(bytes, asked).ok).toBe("boolean");
      expect(readReply(sequence(integer(asked.version === "3" ? 3 : 1), bytes), asked).ok).toBe(false);
    }),
  );
});

const recorded = snmpRecordings();
describe.skipIf(recorded.length === 0)("recorded datagrams", () => {
  test.each(recorded)("$file, $index: a reply or a fault", ({ payload }) => {
    for (const rules of [V2, PRIV, AUTH, OPEN]) {
      const reply = readReply(payload, rules);
      if (!reply.ok) expect(reply.error.detail).not.toBe("");
    }
  });

  test.each([
    ["snmp-heapoverflow-1.pcap", 0],
    ["snmp-heapoverflow-2.pcap", 0],
    ["snmp-oid-subidentifier-too-long.pcap", 0],
    ["ip-snmp-leftshift-unsigned.pcap", 0],
    ["SNMPv3.pcap", 6],
    ["snmpv3_get_next.pcap", 2],
  ])("%s: %i may be replies; encrypted requests look like them", (name, count) => {
    const all = recorded.filter(({ file }) => file === name);
    const kinds = all.filter(({ payload }) =>
      [V2, OPEN, AUTH, PRIV].some((rules) => readReply(payload, rules).ok),
    );
    expect(kinds.length).toBe(count);
  });
});
