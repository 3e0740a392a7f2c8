/** Sends one file to one client: the socket and the timer around the transfer state machine. */
import { UdpFlow } from "#src/net/udp_flow.ts";
import type { Endpoint } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { BlockWriter } from "./block_writer.ts";
import { offerTftpOptions } from "./offer.ts";
import { decodeTftp, encodeTftp, type TftpOptions, type TftpPacket } from "./packet.ts";
import {
  isUnanswered,
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
  /** What the client asked for. */
  readonly options: TftpOptions;
  /** Called once, when the transfer is over by itself. */
  readonly onEnd: (finished: FinishedTransfer) => void;
  /** A window or an OACK was sent, for the first time or again. */
  readonly onSend: (isResend: boolean) => void;
  readonly onFault: (fault: unknown) => void;
};

const LIVELY_MS = 3000;
const IP_UDP_TFTP_BYTES = 32;

export class Sender {
  readonly #options: SenderOptions;
  readonly #startedAtMs = performance.now();
  readonly #flow: UdpFlow;
  readonly #blocks: BlockWriter;
  #heardAtMs = performance.now();
  #transfer: Transfer;
  #deadlineMs = 0;
  #firesAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** Opens the socket and answers the request. @throws SystemCallError when no socket is to be had, or no way leads to the client. */
  constructor(options: SenderOptions) {
    this.#options = options;
    const { interface: name, address, peer, file, onFault } = options;
    this.#flow = UdpFlow.open({
      ...{ interface: name, address, peer, onFault },
      onDatagram: (bytes) => this.#receive(bytes),
      onRefused: () => this.#onRefused(),
    });
    const offer = offerTftpOptions(options.options, {
      fileBytes: file.length,
      maxBlockBytes: this.#flow.pathMtuBytes - IP_UDP_TFTP_BYTES,
    });
    this.#blocks = new BlockWriter(file, offer.blockSizeBytes);
    const first = startTransfer(offer, file.length, this.#startedAtMs);
    this.#transfer = first.next;
    this.#follow(first);
  }

  get name(): string {
    return this.#options.name;
  }

  get peer(): Endpoint {
    return this.#options.peer;
  }

  /**
   * Whether a request from the client's port is this one once more: it asks again before it has our answer. With
   * other options it is another, such as EDK2's after its look at the size, which may be read before the ERROR
   * that ends the look; so is one that comes much later, from a port that is used anew.
   */
  isRepeatedBy({ name, options }: Pick<SenderOptions, "name" | "options">): boolean {
    return (
      name === this.#options.name &&
      performance.now() - this.#heardAtMs < LIVELY_MS &&
      isSame(options, this.#options.options)
    );
  }

  /** Ends without a word. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#flow[Symbol.asyncDispose]();
  }

  #receive(bytes: Uint8Array): void {
    const packet = decodeTftp(bytes);
    if (this.#isOver || !packet.ok) return;
    const nowMs = performance.now();
    this.#heardAtMs = nowMs;
    if (packet.value.kind === "ack") this.#follow(onAck(this.#transfer, packet.value.block, nowMs));
    if (packet.value.kind === "error") this.#onError(packet.value);
  }

  #onError({ code, message }: Extract<TftpPacket, { kind: "error" }>): void {
    // An error instead of the first ACK: it wanted the size, or does not like the options and asks again.
    if (this.#transfer.acked <= 0) this.#end({ kind: "abandoned" });
    else this.#end({ kind: "failed", because: `the client stopped: ${code} ${message}` });
  }

  #onRefused(): void {
    const { sent, blockCount } = this.#transfer;
    // It has what it wanted, closed its port, and its last ACK was lost.
    if (sent === blockCount) this.#finish();
    else if (this.#transfer.acked <= 0) this.#end({ kind: "abandoned" });
    else this.#end({ kind: "failed", because: "the client closed its port" });
  }

  #follow(step: TransferStep): void {
    switch (step.kind) {
      case "sendOptionAck":
        this.#flow.send(encodeTftp({ kind: "optionAck", options: step.next.offer.acknowledge }));
        this.#await(step.next);
        break;
      case "sendBlocks":
        this.#blocks.send(this.#flow, step.from, step.through);
        this.#await(step.next);
        break;
      case "ignore":
        this.#transfer = step.next;
        break;
      case "finished":
        this.#finish();
        break;
      case "gaveUp":
        if (isUnanswered(this.#transfer)) this.#end({ kind: "failed", because: "the client never answered" });
        else this.#end({ kind: "failed", because: "the client does not answer any more" });
        break;
    }
  }

  #await(transfer: Transfer): void {
    this.#transfer = transfer;
    this.#options.onSend(transfer.resends > 0);
    this.#deadlineMs = performance.now() + timeoutMs(transfer);
    // Armed once and looked at when it fires: a timer a block would cost more than the block.
    if (this.#timer === undefined || this.#deadlineMs < this.#firesAtMs) this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const waitMs = Math.max(1, this.#deadlineMs - performance.now());
    this.#firesAtMs = this.#deadlineMs;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isOver) return;
      if (performance.now() < this.#deadlineMs) this.#arm();
      else this.#checkSilence();
    }, waitMs);
  }

  /**
   * Timers run before sockets are read, so on a busy server an answer may be waiting unread: hears
   * that first. Else a thousand transfers resend everything for ever, each making the others late.
   */
  #checkSilence(): void {
    const waiting = this.#transfer;
    setImmediate(() => {
      if (this.#isOver) return;
      if (this.#transfer === waiting) this.#follow(onSilence(waiting));
      else if (this.#timer === undefined) this.#arm();
    });
  }

  #finish(): void {
    const tookMs = Math.round(performance.now() - this.#startedAtMs);
    this.#end({ kind: "sent", bytes: this.#options.file.length, tookMs });
  }

  #end(finished: FinishedTransfer): void {
    if (this.#isOver) return;
    this.stop().catch(this.#options.onFault);
    this.#options.onEnd(finished);
  }
}

const isSame = (one: TftpOptions, other: TftpOptions): boolean =>
  one.size === other.size && [...one].every(([name, value]) => other.get(name) === value);
