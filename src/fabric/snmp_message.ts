/**
 * Whether a datagram may be shown to `net-snmp`: an SNMP reply whose lengths add up, from the engine and on the security
 * level that was asked. That library takes a reply without authentication for an authenticated one, keys of any engine
 * id into a cache that never shrinks, and any length; what it throws may leave the callback of the socket.
 *
 * RFC 3416 section 3 (PDUs), RFC 3412 section 6 (version 3), RFC 3414 section 2.4 (security parameters), X.690 (BER).
 * What is encrypted is not looked into: it is only shown after it was found authentic.
 *
 * Pure. Never throws. Takes as long as the datagram is.
 */
import type { Decoded } from "#src/value/decoded.ts";
import { BerReader, type BerValue } from "./ber_reader.ts";

const TAG = { integer: 2, octets: 4, sequence: 0x30, response: 0xa2, report: 0xa8, oid: 6 } as const;
const VERSION = { v2c: 1, v3: 3 } as const;
const FLAG = { auth: 1, priv: 2 } as const;
const USM = 3;
/** RFC 3411 section 5, SnmpEngineID. */
const ENGINE_ID_BYTES = { least: 5, most: 32 } as const;
/** 0 to 2147483647, a zero in front of it or not. */
const COUNT_BYTES = 5;
const MAX_USER_BYTES = 32;
/** Of HMAC-SHA-512, RFC 7860. */
const MAX_AUTH_BYTES = 48;
const SALT_BYTES = 8;
/** The largest reply that is asked for has a tenth. */
const MAX_VARBINDS = 2000;
/** 128 numbers of at most five bytes. */
const MAX_OID_BYTES = 640;

export type ReplyRules =
  | { readonly version: "2c" }
  | {
      readonly version: "3";
      readonly needsAuth: boolean;
      readonly needsPriv: boolean;
      /** Of the engine that answered first, in hex. */
      readonly engineId?: string | undefined;
    };

export type SnmpReply = {
  /** `report`: discovery, or a refusal (RFC 3414 section 3.2). `encrypted`: either. */
  readonly kind: "response" | "report" | "encrypted";
  /** In hex; of version 3. */
  readonly engineId?: string | undefined;
};

/** @returns what kind of reply it is, or why it is none that may be believed */
export function readReply(bytes: Uint8Array, rules: ReplyRules): Decoded<SnmpReply> {
  const reader = new BerReader(bytes);
  return reader.finish(readMessage(reader, rules));
}

function readMessage(reader: BerReader, rules: ReplyRules): SnmpReply | undefined {
  const message = reader.enter(reader.next("message", TAG.sequence));
  const version = message.integer("version");
  const wanted = rules.version === "3" ? VERSION.v3 : VERSION.v2c;
  if (version !== wanted) return message.fail("version", `${version}, asked in ${wanted}`);
  if (rules.version === "3") return readV3(message, rules);
  message.next("community", TAG.octets);
  const reply = readPlainPdu(message);
  return reply?.kind === "report" ? message.fail("PDU", "a report, which is of version 3") : reply;
}

function readV3(message: BerReader, rules: ReplyRules & { version: "3" }): SnmpReply | undefined {
  const header = message.enter(message.next("header data", TAG.sequence));
  header.integer("message id");
  header.integer("maximum size");
  const [flags = 0] = header.next("flags", TAG.octets, 1).content;
  const model = header.integer("security model");
  if (model !== USM) return message.fail("security model", `${model}, asked with ${USM}`);
  const outer = message.next("security parameters", TAG.octets);
  const engineId = readSecurity(message.enter(outer), flags, rules);
  if (engineId === undefined) return undefined;
  if ((flags & FLAG.priv) !== 0) {
    message.next("encrypted PDU", TAG.octets);
    return rules.needsPriv && (flags & FLAG.auth) !== 0
      ? { kind: "encrypted", engineId }
      : message.fail("flags", "encrypted, which was not asked for");
  }
  const scoped = message.enter(message.next("scoped PDU", TAG.sequence));
  scoped.next("context engine id", TAG.octets, ENGINE_ID_BYTES.most);
  scoped.next("context name", TAG.octets);
  const reply = readPlainPdu(scoped);
  if (reply?.kind === "response" && (rules.needsPriv || (rules.needsAuth && (flags & FLAG.auth) === 0)))
    return message.fail("flags", "a response below the security level that was asked");
  return reply && { ...reply, engineId };
}

/** @returns the engine id in hex */
function readSecurity(
  outer: BerReader,
  flags: number,
  rules: ReplyRules & { version: "3" },
): string | undefined {
  const security = outer.enter(outer.next("security parameters", TAG.sequence));
  const engine = security.next("engine id", TAG.octets, ENGINE_ID_BYTES.most).content;
  // The sign is no matter: agents are known that send 221 in one byte.
  security.integer("engine boots", COUNT_BYTES);
  security.integer("engine time", COUNT_BYTES);
  security.next("user name", TAG.octets, MAX_USER_BYTES);
  const auth = security.next("authentication parameters", TAG.octets, MAX_AUTH_BYTES).content;
  const salt = security.next("privacy parameters", TAG.octets, SALT_BYTES).content;
  if (engine.length < ENGINE_ID_BYTES.least)
    return outer.fail("engine id", `${engine.length} bytes, at least ${ENGINE_ID_BYTES.least} wanted`);
  const engineId = Buffer.from(engine).toString("hex");
  if (rules.engineId !== undefined && engineId !== rules.engineId)
    return outer.fail("engine id", "of another engine than the one that was asked");
  if ((flags & FLAG.auth) !== 0 && (!rules.needsAuth || auth.length === 0))
    return outer.fail("flags", "authenticated, which was not asked for");
  if ((flags & FLAG.priv) !== 0 && salt.length !== SALT_BYTES)
    return outer.fail("privacy parameters", `${salt.length} bytes, ${SALT_BYTES} wanted`);
  return engineId;
}

/** A PDU that is the rest of what it is in. */
function readPlainPdu(reader: BerReader): SnmpReply | undefined {
  const value = reader.next("PDU");
  const kind = kindOf(value);
  if (!kind) return reader.fail("PDU", `type 0x${value.tag.toString(16)}, a response was wanted`);
  const pdu = reader.enter(value);
  pdu.integer("request id");
  pdu.integer("error status");
  pdu.integer("error index");
  const list = pdu.enter(pdu.next("varbinds", TAG.sequence));
  for (let count = 0; list.leftBytes > 0; count++) {
    if (count === MAX_VARBINDS) return reader.fail("varbinds", `more than ${MAX_VARBINDS}`);
    const varbind = list.enter(list.next("varbind", TAG.sequence));
    checkOid(varbind, varbind.next("name", TAG.oid, MAX_OID_BYTES));
    checkValue(varbind, varbind.next("value"));
  }
  return { kind };
}

function kindOf({ tag }: BerValue): "response" | "report" | undefined {
  if (tag === TAG.response) return "response";
  return tag === TAG.report ? "report" : undefined;
}

function checkValue(reader: BerReader, value: BerValue): void {
  if (value.tag === TAG.oid) checkOid(reader, value);
}

/** X.690 clause 8.19: each number in groups of seven bits; SNMP's have 32 bits (RFC 2578 section 3.5). */
function checkOid(reader: BerReader, { content }: BerValue): void {
  let number = 0;
  for (const byte of content) {
    number = number * 0x80 + (byte & 0x7f);
    if (number > 0xffff_ffff) {
      reader.fail("object identifier", "a number above 32 bits");
      return;
    }
    if ((byte & 0x80) === 0) number = 0;
  }
  if (content.length > 0 && ((content.at(-1) ?? 0) & 0x80) !== 0)
    reader.fail("object identifier", "cut in the middle of a number");
}
