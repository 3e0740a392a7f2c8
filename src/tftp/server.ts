/**
 * The TFTP server: published files out of memory, to clients of the networks it serves.
 *
 * Names are looked up in an index and never joined to a path, so there is no way out of it. Each
 * transfer has a socket of its own (RFC 1350 section 4), tied to the interface like the server's.
 */
import type { RecordEvent } from "#src/events/event.ts";
import type { Observe } from "#src/events/observation.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
import { type Datagram, type Endpoint, UdpSocket } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";
import { decodeTftp, ERROR_CODE, encodeTftp, type TftpOptions, type TftpPacket } from "./packet.ts";
import { type FinishedTransfer, Sender } from "./sender.ts";
import { ResendShare, WaitingRoom } from "./waiting_room.ts";

/** Names as clients ask for them, for example `loaders/snponly.efi`, to the whole file. */
export type PublishedFiles = ReadonlyMap<string, Uint8Array>;

export type TftpServerOptions = {
  readonly interface: Pick<NetworkInterface, "name" | "address">;
  readonly files: PublishedFiles;
  /** Whether an address is one that we serve. Everybody else gets silence. */
  readonly isClient: (address: Ipv4) => boolean;
  /** Makes a file that only `peer` gets, when `name` is not published; `undefined` when there is none. */
  readonly render?: (name: string, peer: Ipv4) => Promise<RenderedFile | undefined>;
  readonly record: RecordEvent;
  /** Gets the beginning of each transfer. */
  readonly observe?: Observe;
  readonly onFault: (fault: unknown) => void;
  /** 69 but in tests. */
  readonly port?: number;
};

/** A file, or words for the screen of a machine that shows the text of a TFTP ERROR. */
export type RenderedFile = Uint8Array | { readonly refusal: string };

/** One read request that can be answered. */
type Request = {
  readonly name: string;
  readonly file: Uint8Array;
  readonly options: TftpOptions;
  readonly peer: Endpoint;
};

/** ROMs show it, in one line; loaders ask for many a file that nobody needs. */
const notFound = (name: string): string => `File not found: Brigade has no ${name.slice(0, MAX_SHOWN_NAME)}`;

const keyOf = ({ address, port }: Endpoint): string => `${address}:${port}`;

const SERVER_PORT = 69;
/** Sockets at once; beyond it new requests wait until one ends. */
const MAX_TRANSFERS = 4096;
/** So many go on side by side even in a storm. */
const CALM_TRANSFERS = 64;
const MAX_WAITING = 8192;
/** In a storm nobody waits longer: firmware asks again after 3 to 5 s. */
const MAX_WAIT_MS = 2000;
const LOOK_AGAIN_MS = 50;
const MAX_TRANSFERS_PER_CLIENT = 16;
/** Files being made at once; beyond it a request waits for the client's next try. */
const MAX_RENDERS = 256;
const MAX_SHOWN_NAME = 48;
const REPORTS = { perSec: 2, burst: 20 };

export class TftpServer implements AsyncDisposable {
  readonly #options: TftpServerOptions;
  readonly #senders = new Map<string, Sender>();
  readonly #perClient = new Map<string, number>();
  readonly #reports = new TokenBucket(REPORTS);
  /** Requests whose file is being made, so that a repeat does not make it twice. */
  readonly #rendering = new Set<string>();
  #socket: UdpSocket | undefined;
  #isOver = false;
  readonly #resends = new ResendShare();
  readonly #waiting = new WaitingRoom<Request>(MAX_WAITING);
  #lookAgain: NodeJS.Timeout | undefined;

  private constructor(options: TftpServerOptions) {
    this.#options = options;
  }

  /** Binds port 69 and starts to answer. @throws StartError when the port is taken or the interface is gone. */
  static async listen(options: TftpServerOptions): Promise<TftpServer> {
    const server = new TftpServer(options);
    server.#socket = await UdpSocket.open({
      interface: options.interface.name,
      port: options.port ?? SERVER_PORT,
      onDatagram: (datagram) => server.#receive(datagram),
      onFault: options.onFault,
    });
    return server;
  }

  get port(): number {
    return this.#socket?.port ?? SERVER_PORT;
  }

  get activeTransfers(): number {
    return this.#senders.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#lookAgain);
    await this.#socket?.[Symbol.asyncDispose]();
    await Promise.all([...this.#senders.values()].map((sender) => sender.stop()));
  }

  #receive({ bytes, peer }: Datagram): void {
    // An answer to a stranger's address would be a gift to whoever forged it.
    if (!this.#options.isClient(peer.address)) return;
    const packet = decodeTftp(bytes);
    if (!packet.ok) {
      // Text modes would corrupt a boot loader; who asks for one sees why nothing comes.
      if (packet.error.field === "mode" && packet.error.kind === "unsupported") {
        this.#refuse(peer, ERROR_CODE.illegalOperation, "Only mode octet is served");
      }
      this.#reject(peer, `${packet.error.field}: ${packet.error.detail}`);
      return;
    }
    const { kind } = packet.value;
    if (kind === "read") this.#read(packet.value, peer);
    else if (kind === "write") this.#refuse(peer, ERROR_CODE.accessViolation, "This server is read-only");
    // An error is never answered with an error (RFC 1350 section 7).
    else if (kind !== "error") this.#refuse(peer, ERROR_CODE.unknownTransfer, "No such transfer");
  }

  #read({ filename, options }: Extract<TftpPacket, { filename: string }>, peer: Endpoint): void {
    const name = filename.replace(/^\/+/, "");
    const file = this.#options.files.get(name);
    if (file) this.#serve({ name, file, options, peer });
    else if (this.#options.render) this.#renderThenServe({ name, options, peer });
    else this.#refuse(peer, ERROR_CODE.fileNotFound, notFound(name));
  }

  #renderThenServe(asked: Omit<Request, "file">): void {
    const { name, peer } = asked;
    const key = keyOf(peer);
    if (this.#senders.get(key)?.isRepeatedBy(asked)) return;
    if (this.#rendering.has(key) || this.#rendering.size >= MAX_RENDERS) return;
    this.#rendering.add(key);
    this.#makeFile(name, peer)
      .then((file) => {
        this.#rendering.delete(key);
        if (this.#isOver) return;
        if (file === undefined) this.#refuse(peer, ERROR_CODE.fileNotFound, notFound(name));
        else if (file instanceof Uint8Array) this.#serve({ ...asked, file });
        else this.#refuse(peer, ERROR_CODE.notDefined, file.refusal);
      })
      .catch(this.#options.onFault);
  }

  async #makeFile(name: string, peer: Endpoint): Promise<RenderedFile | undefined> {
    try {
      return await this.#options.render?.(name, peer.address);
    } catch (fault) {
      this.#options.onFault(fault);
      return undefined;
    }
  }

  #serve(request: Request): void {
    const { peer } = request;
    const key = keyOf(peer);
    const running = this.#senders.get(key);
    if (running?.isRepeatedBy(request)) return;
    if (running) {
      this.#forget(key, running);
      running.stop().catch(this.#options.onFault);
    }
    if ((this.#perClient.get(peer.address) ?? 0) >= MAX_TRANSFERS_PER_CLIENT) return;
    if (this.#isFull || this.#isCrowded) {
      this.#waiting.put(key, request, performance.now());
      this.#lookAgain ??= setInterval(() => this.#admit(), LOOK_AGAIN_MS);
    } else this.#start(request);
  }

  get #isFull(): boolean {
    return this.#senders.size >= MAX_TRANSFERS;
  }

  get #isCrowded(): boolean {
    return this.#senders.size >= CALM_TRANSFERS && this.#resends.isStorm(performance.now());
  }

  /** Starts those who waited: all while there is room, in a storm those who would soon give up. */
  #admit(): void {
    while (!this.#isFull) {
      const nowMs = performance.now();
      const request = this.#waiting.take(this.#isCrowded ? nowMs - MAX_WAIT_MS : nowMs);
      if (!request) break;
      this.#start(request);
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#lookAgain);
    this.#lookAgain = undefined;
  }

  #start({ name, file, options, peer }: Request): void {
    const { interface: own, onFault } = this.#options;
    const key = keyOf(peer);
    try {
      const sender: Sender = new Sender({
        ...{ name, file, peer, options, onFault },
        interface: own.name,
        address: own.address,
        onSend: (isResend) => this.#resends.note(isResend, performance.now()),
        onEnd: (finished) => this.#end(key, sender, finished),
      });
      this.#perClient.set(peer.address, (this.#perClient.get(peer.address) ?? 0) + 1);
      this.#senders.set(key, sender);
      this.#options.observe?.({ kind: "fileAsked", peer: peer.address, file: name, via: "tftp" });
    } catch (fault) {
      onFault(fault);
    }
  }

  #forget(key: string, sender: Sender): void {
    if (this.#senders.get(key) !== sender) return;
    this.#senders.delete(key);
    const { address } = sender.peer;
    const left = (this.#perClient.get(address) ?? 1) - 1;
    if (left > 0) this.#perClient.set(address, left);
    else this.#perClient.delete(address);
  }

  #end(key: string, sender: Sender, finished: FinishedTransfer): void {
    this.#forget(key, sender);
    if (finished.kind === "sent") {
      const { name, peer } = sender;
      const { bytes, tookMs } = finished;
      this.#options.record({ kind: "fileSent", peer: peer.address, file: name, via: "tftp", bytes, tookMs });
    }
    if (finished.kind === "failed") this.#reject(sender.peer, `${sender.name}: ${finished.because}`);
  }

  #refuse(peer: Endpoint, code: number, message: string): void {
    this.#socket?.send(encodeTftp({ kind: "error", code, message }), peer);
  }

  #reject(peer: Endpoint, problem: string): void {
    if (!this.#reports.take(performance.now())) return;
    this.#options.record({ kind: "packetRejected", protocol: "tftp", peer: peer.address, problem });
  }
}
