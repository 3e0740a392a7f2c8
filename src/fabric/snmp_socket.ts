/**
 * The socket that `net-snmp` is given in place of its own: only replies from the address that was asked, that are worth
 * reading, get through to it, and what it throws ends here. Counts what was turned away.
 */
import { createSocket, type RemoteInfo } from "node:dgram";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type ReplyRules, readReply } from "./snmp_message.ts";

/** Discovery is one; a switch that changes its mind about the time more often than this does not want to be read. */
const MAX_REPORTS = 32;
/** Datagrams that are no replies, before the socket listens no more. */
const MAX_REFUSED = 1000;

/** What is used of a socket of `node:dgram`. */
export type DatagramSocket = {
  on(event: "message", listener: (bytes: Buffer, from: RemoteInfo) => void): unknown;
  on(event: "error", listener: (fault: Error) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  send(bytes: Buffer, port: number, address: string, sent: (fault: Error | null) => void): void;
  ref(): unknown;
  unref(): unknown;
  close(): unknown;
};

export type SocketOptions = {
  readonly address: Ipv4;
  readonly port: number;
  readonly rules: ReplyRules;
  /** `net-snmp` threw on a reply; it has forgotten the request, and will never settle it. */
  readonly onThrown: () => void;
  /** For tests without a network. */
  readonly open?: (() => DatagramSocket) | undefined;
};

type MessageListener = (bytes: Buffer) => void;

/** What `net-snmp` wants of a socket. */
export class GuardedSocket {
  readonly #socket: DatagramSocket;
  readonly #options: SocketOptions;
  #rules: ReplyRules;
  #reports = 0;
  #refused = 0;
  #isClosed = false;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#socket = options.open?.() ?? createSocket("udp4");
    // An address that cannot be reached is one that does not answer.
    this.#socket.on("error", () => undefined);
  }

  /** Datagrams from the switch that were no replies. */
  get refused(): number {
    return this.#refused;
  }

  on(event: "message" | "error" | "close", listener: (...values: never[]) => void): void {
    if (event === "message") this.#passOn(listener as MessageListener);
    else if (event === "close") this.#socket.on("close", listener as () => void);
    else this.#socket.on("error", listener as (fault: Error) => void);
  }

  /** Called with offset, length, port and address, which are always the same here. */
  send(
    bytes: Buffer,
    _offset: number,
    _length: number,
    _port: number,
    _address: string,
    sent: (fault: Error | null) => void,
  ): void {
    this.#socket.send(bytes, this.#options.port, this.#options.address, sent);
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.close();
  }

  #passOn(listener: MessageListener): void {
    this.#socket.on("message", (bytes, from) => {
      if (!this.#isWanted(bytes, from)) return;
      try {
        listener(bytes);
      } catch {
        // Known: a response to discovery, which asked for nothing.
        this.#refused++;
        this.#options.onThrown();
      }
    });
  }

  #isWanted(bytes: Buffer, { address, port }: RemoteInfo): boolean {
    if (address !== this.#options.address || port !== this.#options.port) return false;
    if (this.#refused >= MAX_REFUSED) return false;
    const reply = readReply(bytes, this.#rules);
    if (!reply.ok || (reply.value.kind === "report" && ++this.#reports > MAX_REPORTS)) {
      this.#refused++;
      return false;
    }
    const { engineId } = reply.value;
    if (this.#rules.version === "3" && engineId) this.#rules = { ...this.#rules, engineId };
    return true;
  }
}
