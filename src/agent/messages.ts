/**
 * What agents say to the appliance: netboot/agent/PROTOCOL.md section 2.
 * Both sides run test/vectors/control.tsv. What the appliance says is in
 * `requests.ts`.
 *
 * Pure. Agents are strangers: decoding never throws, every string and list
 * has a bound.
 */
import type { Decoded } from "#src/value/decoded.ts";
import type { Mac } from "#src/value/mac.ts";
import { VERIFY, type Verify } from "#src/value/verify.ts";
import { type HeardLldp, type Inventory, readInventory, readLldp, readMac } from "./inventory.ts";
import { ENDPOINT, JOB_ID, type JobState, jobId, readJobState } from "./job_state.ts";
import { JsonFields } from "./json_fields.ts";

/** Frame types of the control conversation, both directions. */
export const CONTROL = {
  hello: 1,
  welcome: 2,
  refused: 3,
  heartbeat: 4,
  run: 5,
  kill: 6,
  stdout: 7,
  stderr: 8,
  exited: 9,
  receive: 10,
  upstreams: 11,
  listening: 12,
  received: 13,
  badChunk: 14,
  reboot: 15,
  poweroff: 16,
  kexec: 17,
  leaving: 18,
  release: 19,
  ping: 20,
  heard: 21,
} as const;

/** The only version of hello so far. */
export const PROTOCOL_VERSION = 1;

/** More than the 256 ended jobs that an agent keeps, with room for running ones. */
const MAX_JOBS = 1024;
/** Nodes of one broadcast and its appliance. */
const MAX_FEEDERS = 65_536;
const HEX64 = /^[0-9a-f]{64}$/;
const HEX32 = /^[0-9a-f]{32}$/;

export type Hello = {
  /** Exactly one of `token` (first connection after boot) and `session` is given. 64 hex digits. Secret: never log it. */
  readonly token?: string | undefined;
  readonly session?: string | undefined;
  /** Made anew at each boot. 32 hex digits. */
  readonly bootId: string;
  readonly bootMac: Mac;
  readonly dataPort: number;
  readonly jobs: readonly JobState[];
  readonly inventory?: Inventory | undefined;
};

/** How a `receive` ended. */
export type Received = {
  readonly ok: boolean;
  /** SHA-256 of the raw stream that was written; zeros when it did not come that far, or nobody asked. */
  readonly rawDigest: string;
  /** What was done to verify it; an older agent does not say. */
  readonly verify?: Verify | undefined;
  readonly rawBytes: number;
  /** Compressed bytes taken from each `ADDRESS:PORT`. */
  readonly fromBytes: Readonly<Record<string, number>>;
  readonly sentBytes: number;
  readonly ms: number;
  readonly error: string | null;
};

/** How a `run` ended. */
export type Exited = {
  readonly code: number | null;
  readonly signal: number | null;
  readonly timedOut: boolean;
  readonly error: string | null;
};

export type AgentMessage =
  | ({ readonly kind: "hello" } & Hello)
  | {
      readonly kind: "heartbeat";
      readonly uptimeMs: number;
      readonly memFreeBytes: number;
      readonly jobs: readonly JobState[];
    }
  | {
      readonly kind: "output";
      readonly stream: "stdout" | "stderr";
      readonly id: string;
      readonly bytes: Uint8Array;
    }
  | ({ readonly kind: "exited"; readonly id: string } & Exited)
  | { readonly kind: "listening"; readonly id: string; readonly port: number }
  | ({ readonly kind: "received"; readonly id: string } & Received)
  | { readonly kind: "badChunk"; readonly id: string; readonly chunk: number; readonly upstream: string }
  | {
      readonly kind: "leaving";
      readonly how: "reboot" | "poweroff" | "kexec";
      readonly error: string | null;
    }
  /** What holds now of LLDP, in the place of what the inventory said. */
  | { readonly kind: "heard"; readonly lldp: readonly HeardLldp[] }
  /** Sent by an agent that is newer than we are; to be skipped. */
  | { readonly kind: "unknown"; readonly type: number };

/**
 * Decodes the payload of one frame from an agent.
 *
 * Output bytes are a view into `payload`, not a copy.
 *
 * @returns the message, or which field is wrong. Never throws.
 */
export function decodeAgentMessage(type: number, payload: Uint8Array): Decoded<AgentMessage> {
  switch (type) {
    case CONTROL.stdout:
      return readOutput("stdout", payload);
    case CONTROL.stderr:
      return readOutput("stderr", payload);
    case CONTROL.hello:
    case CONTROL.heartbeat:
    case CONTROL.exited:
    case CONTROL.listening:
    case CONTROL.received:
    case CONTROL.badChunk:
    case CONTROL.leaving:
    case CONTROL.heard: {
      const fields = JsonFields.parse(payload);
      return fields.finish(readJson(type, fields));
    }
    default:
      return { ok: true, value: { kind: "unknown", type } };
  }
}

type JsonType = (typeof CONTROL)[
  | "hello"
  | "heartbeat"
  | "exited"
  | "listening"
  | "received"
  | "badChunk"
  | "leaving"
  | "heard"];

function readJson(type: JsonType, fields: JsonFields): AgentMessage {
  switch (type) {
    case CONTROL.hello:
      return { kind: "hello", ...readHello(fields) };
    case CONTROL.heartbeat:
      return {
        kind: "heartbeat",
        uptimeMs: fields.integer("uptimeMs"),
        memFreeBytes: fields.integer("memFreeBytes"),
        jobs: fields.list("jobs", MAX_JOBS, readJobState),
      };
    case CONTROL.exited:
      return {
        kind: "exited",
        id: jobId(fields),
        code: fields.integerOrNull("code", { max: 255 }),
        signal: fields.integerOrNull("signal", { max: 255 }),
        timedOut: fields.flag("timedOut"),
        error: fields.wordsOrNull("error", 4096),
      };
    case CONTROL.listening:
      return { kind: "listening", id: jobId(fields), port: port(fields, "port") };
    case CONTROL.received:
      return { kind: "received", id: jobId(fields), ...readReceived(fields) };
    case CONTROL.badChunk:
      return {
        kind: "badChunk",
        id: jobId(fields),
        chunk: fields.integer("chunk", { max: 0xffff_ffff }),
        upstream: fields.matching("upstream", ENDPOINT),
      };
    case CONTROL.leaving:
      return {
        kind: "leaving",
        how: fields.oneOf("how", ["reboot", "poweroff", "kexec"]),
        error: fields.wordsOrNull("error", 4096),
      };
    case CONTROL.heard:
      return { kind: "heard", lldp: readLldp(fields) };
  }
}

function readHello(fields: JsonFields): Hello {
  const version = fields.integer("version");
  if (version !== PROTOCOL_VERSION) fields.fail("unsupported", "version", `is ${version}`);
  const session = fields.has("session") ? fields.matching("session", HEX64) : undefined;
  return {
    ...(session === undefined ? { token: fields.matching("token", HEX64) } : { session }),
    bootId: fields.matching("bootId", HEX32),
    bootMac: readMac(fields, "bootMac"),
    dataPort: port(fields, "dataPort"),
    jobs: fields.list("jobs", MAX_JOBS, readJobState),
    ...(fields.has("inventory") || session === undefined
      ? { inventory: readInventory(fields.inside("inventory")) }
      : {}),
  };
}

const readReceived = (fields: JsonFields): Received => ({
  ok: fields.flag("ok"),
  rawDigest: fields.matching("rawDigest", HEX64),
  ...(fields.has("verify") ? { verify: fields.oneOf("verify", VERIFY) } : {}),
  rawBytes: fields.integer("rawBytes"),
  fromBytes: fields.countsBy("fromBytes", ENDPOINT, MAX_FEEDERS),
  sentBytes: fields.integer("sentBytes"),
  ms: fields.integer("ms"),
  error: fields.wordsOrNull("error", 4096),
});

/** Layout of stdout and stderr: 1 byte id length, id, bytes. */
function readOutput(stream: "stdout" | "stderr", payload: Uint8Array): Decoded<AgentMessage> {
  const idBytes = payload[0] ?? 0;
  if (idBytes === 0 || payload.length < 1 + idBytes) {
    const detail = `id of ${idBytes} bytes in a payload of ${payload.length}`;
    return { ok: false, error: { kind: "truncated", field: "id", offsetBytes: 0, detail } };
  }
  const id = String.fromCharCode(...payload.subarray(1, 1 + idBytes));
  if (!JOB_ID.test(id)) {
    const detail = "not 1 to 200 printable ASCII characters";
    return { ok: false, error: { kind: "badValue", field: "id", offsetBytes: 1, detail } };
  }
  return { ok: true, value: { kind: "output", stream, id, bytes: payload.subarray(1 + idBytes) } };
}

const port = (fields: JsonFields, name: string): number => fields.integer(name, { min: 1, max: 65_535 });
