/** Sends one file to one client: the socket and the timer around the transfer state machine. */
import { type Datagram, type Endpoint, UdpSocket } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { TftpOffer } from "./offer.ts";
import { decodeTftp, ERROR_CODE, encodeTftp } from "./packet.ts";
import {
  blockRange,
  onAck,
  onSilence,
  startTransfer,
  type Transfer,
  type TransferStep,
  timeoutMs,
} from "./transfer.ts";

export type FinishedTransfer =
  | { readonly kind: "sent"; readonly bytes: number; readonly tookMs: number }
  /** The client asked for the size only, as EDK2 does first, and said so (error 8). */
  | { readonly kind: "abandoned" }
  | { readonly kind: "failed"; readonly because: string };

export type SenderOptions = {
  readonly name: string;
  readonly file: Uint8Array;
  readonly peer: Endpoint;
  readonly interface: string;
  readonly address: Ipv4;
  readonly offer: TftpOffer;
  /** Called once, when the transfer is over by itself. */
  readonly onEnd: (finished: FinishedTransfer) => void;
  readonly onFault: (fault: unknown) => void;
};

const LIVELY_MS = 3000;

export class Sender {
  readonly #options: SenderOptions;
  readonly #startedAtMs = performance.now();
  #heardAtMs = performance.now();
  #socket: UdpSocket | undefined;
  #transfer: Transfer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get peer(): Endpoint {
    return this.#options.peer;
  }

  /** Whether the client has shown itself lately: a request that comes again now was only late on the wire. */
  get isLively(): boolean {
    return performance.now() - this.#heardAtMs < LIVELY_MS;
  }

  get #isUnanswered(): boolean {
    return !this.#transfer || this.#transfer.acked <= 0;
  }

  /** @throws StartError when no socket is to be had. */
  async start(): Promise<void> {
    const { interface: name, address, offer, file, onFault } = this.#options;
    const onDatagram = (datagram: Datagram): void => this.#receive(datagram);
    this.#socket = await UdpSocket.open({ interface: name, address, port: 0, onDatagram, onFault });
    if (this.#isOver) return this.#close();
    this.#follow(startTransfer(offer, file.length));
  }

  /** Ends without a word. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#close();
  }

  #receive({ bytes, peer }: Datagram): void {
    const { peer: client } = this.#options;
    if (peer.address !== client.address || peer.port !== client.port) {
      // RFC 1350 section 4: the transfer goes on, the stranger is told.
      this.#socket?.send(
        encodeTftp({ kind: "error", code: ERROR_CODE.unknownTransfer, message: "No such transfer" }),
        peer,
      );
      return;
    }
    this.#heardAtMs = performance.now();
    const packet = decodeTftp(bytes);
    if (this.#isOver || !packet.ok || !this.#transfer) return;
    if (packet.value.kind === "ack") this.#follow(onAck(this.#transfer, packet.value.block));
    if (packet.value.kind === "error") {
      const { code, message } = packet.value;
      const isProbe = this.#isUnanswered;
      this.#end(
        isProbe
          ? { kind: "abandoned" }
          : { kind: "failed", because: `the client stopped: ${code} ${message}` },
      );
    }
  }

  #follow(step: TransferStep): void {
    switch (step.kind) {
      case "sendOptionAck":
        this.#send({ kind: "optionAck", options: step.next.offer.acknowledge });
        this.#await(step.next);
        break;
      case "sendBlocks":
        for (let block = step.from; block <= step.through; block++) this.#sendBlock(step.next, block);
        this.#await(step.next);
        break;
      case "ignore":
        this.#transfer = step.next;
        break;
      case "finished":
        this.#end({ kind: "sent", bytes: this.#options.file.length, tookMs: this.#ageMs() });
        break;
      case "gaveUp":
        this.#end({ kind: "failed", because: "the client does not answer any more" });
        break;
    }
  }

  #ageMs(): number {
    return Math.round(performance.now() - this.#startedAtMs);
  }

  #sendBlock(transfer: Transfer, block: number): void {
    const { start, end } = blockRange(transfer, block);
    this.#send({ kind: "data", block: block & 0xffff, payload: this.#options.file.subarray(start, end) });
  }

  #send(packet: Parameters<typeof encodeTftp>[0]): void {
    this.#socket?.send(encodeTftp(packet), this.#options.peer);
  }

  #await(transfer: Transfer): void {
    this.#transfer = transfer;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#checkSilence(transfer), timeoutMs(transfer));
  }

  /**
   * Timers run before sockets are read, so on a busy server an answer may be waiting unread: hears
   * that first. Else a thousand transfers resend everything for ever, each making the others late.
   */
  #checkSilence(transfer: Transfer): void {
    setImmediate(() => {
      if (!this.#isOver && this.#transfer === transfer) this.#follow(onSilence(transfer));
    });
  }

  #end(finished: FinishedTransfer): void {
    if (this.#isOver) return;
    this.stop().catch(this.#options.onFault);
    this.#options.onEnd(finished);
  }

  async #close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.[Symbol.asyncDispose]();
  }
}
