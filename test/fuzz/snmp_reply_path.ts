/**
 * The way of a reply to GetBulk, from the datagram to the rows of a table: guard, `net-snmp`, conversion, walk. Without a
 * network: datagrams are put in where the socket would have them from.
 */
import type { RemoteInfo } from "node:dgram";
import type { Session } from "net-snmp";
import type { SnmpCredentials } from "#src/fabric/snmp_credentials.ts";
import { openSession, rowsOf, rulesOf } from "#src/fabric/snmp_session.ts";
import { type DatagramSocket, GuardedSocket } from "#src/fabric/snmp_socket.ts";
import type { SnmpTable } from "#src/fabric/snmp_tables.ts";
import { TableWalk } from "#src/fabric/table_walk.ts";
import { ip } from "#test/dhcp/packets.ts";
import { must } from "./must.ts";

/** What `net-snmp` is made to number its next request with, so that replies can be made beforehand. */
export const REQUEST_ID = 7;
const TABLE: SnmpTable = {
  name: "t",
  columns: ["1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.8"],
  rowLimit: 1000,
};
const ADDRESS = ip("192.0.2.1");
const FROM: RemoteInfo = { address: ADDRESS, port: 161, family: "IPv4", size: 0 };
/** Before the guard listens no more. */
const MOST_REFUSED = 900;

type Put = (bytes: Buffer, from: RemoteInfo) => void;

export class ReplyPath {
  readonly #credentials: SnmpCredentials;
  readonly #discovery: Uint8Array | undefined;
  #socket: GuardedSocket;
  #session: Session;
  #put: Put = () => undefined;
  #walk = new TableWalk(TABLE);
  #isWaiting = false;
  #hasThrown = false;
  /** Replies that came through to the walk. */
  taken = 0;

  /** @param discovery the report that a user of version 3 waits for first */
  constructor(credentials: SnmpCredentials, discovery?: Uint8Array) {
    this.#credentials = credentials;
    this.#discovery = discovery;
    [this.#socket, this.#session] = this.#open();
  }

  /** @throws when something does not hold */
  push(bytes: Buffer): void {
    if (this.#socket.refused > MOST_REFUSED) this.#reopen();
    if (!this.#isWaiting) this.#ask();
    // The library clears and restores the digest in the bytes that it is given.
    this.#put(Buffer.from(bytes), FROM);
    must(!this.#hasThrown, "net-snmp threw at a reply that the guard let through");
    for (const { rows } of this.#walk.columns)
      must(rows.length <= TABLE.rowLimit, "more rows than are allowed");
  }

  #ask(): void {
    let request = this.#walk.next();
    if (!request) {
      this.#walk = new TableWalk(TABLE);
      request = this.#walk.next();
    }
    this.#isWaiting = true;
    numbered(() =>
      this.#session.getBulk([...(request?.oids ?? [])], 0, request?.repetitions ?? 1, (fault, varbinds) => {
        must(this.#isWaiting, "a request was settled twice");
        this.#isWaiting = false;
        if (!fault) this.taken++;
        this.#walk.take(fault ? { ok: false, why: "malformed" } : rowsOf(varbinds));
      }),
    );
    if (this.#discovery && this.#socket.refused === 0)
      numbered(() => this.#put(Buffer.from(this.#discovery ?? []), FROM));
  }

  #open(): [GuardedSocket, Session] {
    const memory: DatagramSocket = {
      on: (event: string, listener: Put | ((fault: Error) => void)) => {
        if (event === "message") this.#put = listener as Put;
      },
      send: (_bytes, _port, _address, sent) => sent(null),
      ...{ ref: () => undefined, unref: () => undefined, close: () => undefined },
    };
    const socket = new GuardedSocket({
      ...{ address: ADDRESS, port: FROM.port, rules: rulesOf(this.#credentials), open: () => memory },
      onThrown: () => {
        this.#hasThrown = true;
      },
    });
    // Nobody waits in here: a request that got no reply stays open until one comes.
    const session = openSession(
      { address: ADDRESS, credentials: this.#credentials, timeoutMs: 1, retries: 0 },
      socket,
    );
    session.on("error", () => undefined);
    return [socket, session];
  }

  #reopen(): void {
    this.#isWaiting = true;
    this.#session.cancelRequests(new Error("closed"));
    [this.#socket, this.#session] = this.#open();
    this.#isWaiting = false;
  }
}

/** `net-snmp` numbers its requests with `Math.random`. */
function numbered(work: () => void): void {
  const { random } = Math;
  Math.random = () => (REQUEST_ID + 0.5) / 1e8;
  try {
    work();
  } finally {
    Math.random = random;
  }
}
