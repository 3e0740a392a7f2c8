/** One TLS connection of one agent: frames in, frames out, in order. Knows no jobs and no nodes. */
import type { TLSSocket } from "node:tls";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { type Frame, FrameSplitter } from "./frame.ts";
import { type AgentMessage, decodeAgentMessage } from "./messages.ts";
import { type ApplianceMessage, encodeApplianceMessage } from "./requests.ts";

/** What may wait for an agent that does not read. A run's script is at most 1 MiB. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;

export type ConnectionHandlers = {
  /** Called with one message after the other; while a promise is pending nothing more is read. */
  readonly onMessage: (message: AgentMessage) => Promise<void> | undefined;
  /** Called once. `because` is in words. */
  readonly onClosed: (because: string) => void;
};

export class AgentConnection {
  readonly peer: Ipv4;
  /** When the last byte came, by the clock given. */
  lastHeardMs: number;
  readonly #socket: TLSSocket;
  readonly #nowMs: () => number;
  readonly #splitter = new FrameSplitter();
  readonly #waiting: Frame[] = [];
  #handlers: ConnectionHandlers | undefined;
  #working = false;
  #closedBecause: string | undefined;

  constructor(socket: TLSSocket, nowMs: () => number) {
    this.#socket = socket;
    this.#nowMs = nowMs;
    this.lastHeardMs = nowMs();
    this.peer = parseIpv4((socket.remoteAddress ?? "").replace(/^::ffff:/, "")) ?? ("0.0.0.0" as Ipv4);
  }

  get closed(): boolean {
    return this.#closedBecause !== undefined;
  }

  /** Starts reading. */
  open(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
    this.#socket.on("error", (fault) => this.close(`connection failed: ${fault.message}`));
    this.#socket.on("close", () => this.close("connection closed"));
  }

  /** Queues one message; an agent that lets too much pile up is cut off. Nothing happens after the end. */
  send(message: ApplianceMessage): void {
    if (this.#closedBecause !== undefined) return;
    this.#socket.write(encodeApplianceMessage(message));
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.close("agent does not read what it is sent");
  }

  /** Ends the connection at once. The first reason counts. */
  close(because: string): void {
    if (this.#closedBecause !== undefined) return;
    this.#closedBecause = because;
    this.#waiting.length = 0;
    this.#socket.destroy();
    this.#handlers?.onClosed(because);
  }

  /** Says why, then ends. */
  refuse(reason: string): void {
    if (this.#closedBecause !== undefined) return;
    this.#closedBecause = `refused: ${reason}`;
    this.#waiting.length = 0;
    this.#socket.end(encodeApplianceMessage({ kind: "refused", reason }));
    // The agent hangs up when it has read the reason; one that does not is not waited for.
    this.#socket.setTimeout(2000, () => this.#socket.destroy());
    this.#handlers?.onClosed(this.#closedBecause);
  }

  #take(bytes: Buffer): void {
    this.lastHeardMs = this.#nowMs();
    if (this.#closedBecause !== undefined) return;
    const split = this.#splitter.push(bytes);
    if (!split.ok) {
      this.close(split.problem);
      return;
    }
    this.#waiting.push(...split.frames);
    if (!this.#working) void this.#work();
  }

  /** Hands on what waits. Reading stops meanwhile when a handler takes its time. */
  async #work(): Promise<void> {
    this.#working = true;
    for (let frame = this.#waiting.shift(); frame; frame = this.#waiting.shift()) {
      const message = decodeAgentMessage(frame.type, frame.payload);
      if (!message.ok) {
        this.close(`message ${frame.type}: ${message.error.field} ${message.error.detail}`);
        break;
      }
      const pending = this.#handlers?.onMessage(message.value);
      if (pending !== undefined) await this.#holdWhile(pending);
    }
    this.#working = false;
  }

  async #holdWhile(pending: Promise<void>): Promise<void> {
    this.#socket.pause();
    try {
      await pending;
    } catch (fault) {
      this.close(`internal fault: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
    this.#socket.resume();
  }
}
