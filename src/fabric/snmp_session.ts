/**
 * One switch, asked with one set of credentials: GetBulk over `net-snmp` (RFC 3416 section 4.2.3; versions 2c and 3).
 * Every request settles, with rows or with the reason why there are none; nothing that a switch sends throws.
 */
import * as snmp from "net-snmp";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { RequestGate } from "./request_gate.ts";
import type { AuthProtocol, PrivProtocol, SnmpCredentials, SnmpV3User } from "./snmp_credentials.ts";
import type { ReplyRules } from "./snmp_message.ts";
import { GuardedSocket } from "./snmp_socket.ts";
import { type RawVarbind, readVarbind } from "./snmp_varbind.ts";
import type { BulkFailure, BulkReply, BulkRequest } from "./table_walk.ts";
import type { BulkCell } from "./walk_guard.ts";

export const SNMP_PORT = 161;

export type SessionOptions = {
  readonly address: Ipv4;
  readonly port?: number | undefined;
  readonly credentials: SnmpCredentials;
  /** Shared by all sessions. */
  readonly gate: RequestGate;
  /** Until the first retransmission; each one after it waits half as long again. */
  readonly timeoutMs: number;
  readonly retries: number;
};

const BACKOFF = 1.5;

const AUTH: Readonly<Record<AuthProtocol, snmp.AuthProtocols>> = {
  md5: snmp.AuthProtocols.md5,
  sha: snmp.AuthProtocols.sha,
  sha224: snmp.AuthProtocols.sha224,
  sha256: snmp.AuthProtocols.sha256,
  sha384: snmp.AuthProtocols.sha384,
  sha512: snmp.AuthProtocols.sha512,
};
const PRIV: Readonly<Record<PrivProtocol, snmp.PrivProtocols>> = {
  aes: snmp.PrivProtocols.aes,
  aes256: snmp.PrivProtocols.aes256b,
  aes256c: snmp.PrivProtocols.aes256r,
};

export class SnmpSession implements Disposable {
  readonly #gate: RequestGate;
  readonly #socket: GuardedSocket;
  readonly #session: snmp.Session;
  /** Requests on their way. They settle here, whatever becomes of them in `net-snmp`. */
  readonly #pending = new Set<(reply: BulkReply) => void>();
  #isClosed = false;

  constructor(options: SessionOptions) {
    this.#gate = options.gate;
    const { address, port = SNMP_PORT, credentials } = options;
    this.#socket = new GuardedSocket({
      ...{ address, port, rules: rulesOf(credentials) },
      onThrown: () => this.#settleAll("malformed"),
    });
    this.#session = openSession(options, this.#socket);
    // Datagrams that it cannot decode, after the guard let them through: inside of what was encrypted.
    this.#session.on("error", () => undefined);
  }

  /** Asks once, with retransmissions. */
  async bulk(request: BulkRequest): Promise<BulkReply> {
    await this.#gate.enter();
    try {
      if (this.#isClosed) return { ok: false, why: "closed" };
      return await this.#ask(request);
    } finally {
      this.#gate.leave();
    }
  }

  /** What is on its way comes back as `closed`. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#session.close();
    this.#settleAll("closed");
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #ask({ oids, repetitions }: BulkRequest): Promise<BulkReply> {
    const { promise, resolve } = Promise.withResolvers<BulkReply>();
    this.#pending.add(resolve);
    const refusedBefore = this.#socket.refused;
    this.#session.getBulk([...oids], 0, repetitions, (fault, varbinds) => {
      const heardNonsense = this.#socket.refused > refusedBefore;
      this.#pending.delete(resolve);
      resolve(fault ? { ok: false, why: this.#whyOf(fault, heardNonsense) } : rowsOf(varbinds));
    });
    return promise;
  }

  #settleAll(why: BulkFailure): void {
    for (const resolve of this.#pending) resolve({ ok: false, why });
    this.#pending.clear();
  }

  /** Faults of `net-snmp` carry the user with its keys: they go no further than this. */
  #whyOf(fault: Error, heardNonsense: boolean): BulkFailure {
    if (this.#isClosed) return "closed";
    if (fault instanceof snmp.RequestFailedError) return STATUS[fault.status] ?? "malformed";
    if (fault instanceof snmp.ResponseInvalidError) return INVALID[fault.code] ?? "malformed";
    // No reply, or one that was turned away; or the system would not send.
    return heardNonsense ? "malformed" : "noAnswer";
  }
}

const { ErrorStatus, ResponseInvalidCode } = snmp;
const STATUS: Readonly<Record<number, BulkFailure>> = {
  [ErrorStatus.TooBig]: "tooBig",
  [ErrorStatus.NoSuchName]: "end",
  [ErrorStatus.NoAccess]: "refused",
  [ErrorStatus.AuthorizationError]: "refused",
};
const INVALID: Readonly<Record<number, BulkFailure>> = {
  [ResponseInvalidCode.ECouldNotDecrypt]: "refused",
  [ResponseInvalidCode.EAuthFailure]: "refused",
  [ResponseInvalidCode.EUnexpectedReport]: "refused",
  // ENotInTimeWindow, which the types leave out.
  14: "refused",
};

/** What `net-snmp` gives for a reply to GetBulk. */
export function rowsOf(varbinds: readonly unknown[] | undefined): BulkReply {
  const columns: BulkCell[][] = [];
  for (const list of varbinds ?? []) {
    const column: BulkCell[] = [];
    for (const raw of Array.isArray(list) ? list : [list]) {
      const cell = readVarbind(raw as RawVarbind);
      if (cell === "malformed") return { ok: false, why: "malformed" };
      column.push(cell);
    }
    columns.push(column);
  }
  return { ok: true, columns };
}

export const rulesOf = (credentials: SnmpCredentials): ReplyRules =>
  credentials.version === "2c"
    ? { version: "2c" }
    : {
        version: "3",
        needsAuth: credentials.level !== "noAuthNoPriv",
        needsPriv: credentials.level === "authPriv",
      };

/** @param socket takes the place of its own; whoever has it closes it with the session */
export function openSession(options: Omit<SessionOptions, "gate">, socket: GuardedSocket): snmp.Session {
  const { address, port = SNMP_PORT, credentials, timeoutMs, retries } = options;
  const common = {
    ...{ port, retries, timeout: timeoutMs, backoff: BACKOFF },
    dgramModule: { createSocket: () => socket },
  };
  return credentials.version === "2c"
    ? snmp.createSession(address, credentials.community, { ...common, version: snmp.Version2c })
    : snmp.createV3Session(address, userOf(credentials), {
        ...common,
        version: snmp.Version3,
        context: credentials.context ?? "",
      });
}

function userOf(credentials: SnmpV3User): snmp.User {
  const { level, user: name } = credentials;
  const user: snmp.User = { name, level: snmp.SecurityLevel[level] };
  if (credentials.level !== "noAuthNoPriv") {
    user.authProtocol = AUTH[credentials.authProtocol];
    user.authKey = credentials.authKey;
  }
  if (credentials.level === "authPriv") {
    user.privProtocol = PRIV[credentials.privProtocol];
    user.privKey = credentials.privKey;
  }
  return user;
}
