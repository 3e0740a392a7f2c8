/**
 * The appliance as the last upstream of every list: a TCP server of the data
 * protocol (PROTOCOL.md section 3) for the broadcasts that are open, with
 * bounds on what strangers can take and a count of what has left.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type StrangerLimits, Strangers } from "#src/agent/strangers.ts";
import type { RecordEvent } from "#src/events/event.ts";
import { decodeManifest, type Manifest } from "#src/images/manifest.ts";
import type { ImageReader } from "#src/images/reader.ts";
import { bindProblem } from "#src/net/port_holder.ts";
import { Downstream, type ServedBroadcast } from "./downstream.ts";

export type SourceLimits = StrangerLimits & {
  /** Nodes that are being fed and strangers together. */
  readonly connections: number;
};

const LIMITS: SourceLimits = { connections: 2048, strangers: 512, strangersPerAddress: 32, helloMs: 4000 };

export type SourceOptions = {
  readonly images: ImageReader;
  readonly record: RecordEvent;
  readonly limits?: Partial<SourceLimits>;
};

/** A broadcast to serve. */
export type BroadcastOffer = Omit<ServedBroadcast, "storedBytesOf">;

/** What is to be known of an image that is served; its entries stay with the source. */
export type OfferedImage = Pick<Manifest, "kind" | "rawBytes" | "rawDigest"> & {
  /** Chunks, runs of zeros included. */
  readonly chunkCount: number;
  /** Compressed, as they are sent. */
  readonly storedBytes: number;
};

/** What the coordinator tells the source, wherever that runs. */
export type SourceControl = {
  open(offer: BroadcastOffer): Promise<OfferedImage>;
  close(broadcast: Uint8Array): void;
  sentBytes(broadcast: Uint8Array): number | Promise<number>;
};

type Open = { readonly served: ServedBroadcast; readonly sockets: Set<Socket>; sentBytes: number };

/** @see listen */
export class BroadcastSource implements SourceControl, AsyncDisposable {
  readonly #servers: Server[] = [];
  readonly #options: SourceOptions;
  readonly #limits: SourceLimits;
  /** By number in hex. */
  readonly #open = new Map<string, Open>();
  readonly #strangers: Strangers;
  readonly #sockets = new Set<Socket>();

  /** Serves nowhere before {@link listenAt}. */
  constructor(options: SourceOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    const problem = `no proof within ${this.#limits.helloMs} ms`;
    this.#strangers = new Strangers(this.#limits, (peer) =>
      options.record({ kind: "packetRejected", protocol: "data", peer, problem }),
    );
  }

  /** Binds and starts to serve. @throws {StartError} the address cannot be bound. */
  static async listen(
    options: SourceOptions & {
      readonly address: string;
      /** 0 lets the system choose; read {@link port} afterwards. */
      readonly port: number;
    },
  ): Promise<BroadcastSource> {
    const source = new BroadcastSource(options);
    await source.listenAt(options.address, options.port);
    return source;
  }

  /** Serves at one more of our addresses, for nodes of another network. @returns the port. @throws {StartError} it cannot be bound. */
  async listenAt(address: string, port: number = this.port): Promise<number> {
    const server = createServer();
    server.maxConnections = this.#limits.connections;
    server.on("connection", (socket) => this.#serve(socket));
    try {
      server.listen(port, address);
      await once(server, "listening");
    } catch (cause) {
      throw bindProblem({ address, port, purpose: "broadcasts" }, cause);
    }
    // Out of descriptors, most likely: whoever is being fed must not suffer.
    server.on("error", ({ message }) =>
      this.#options.record({
        ...{ kind: "packetRejected", protocol: "data", peer: "new connection", problem: message },
      }),
    );
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  get port(): number {
    const bound = this.#servers[0]?.address();
    return typeof bound === "object" && bound ? bound.port : 0;
  }

  /**
   * Serves a broadcast from now on; one that is served already goes on.
   *
   * @throws when the image cannot be read
   */
  async open(offer: BroadcastOffer): Promise<OfferedImage> {
    const bytes = await this.#options.images.manifestBytes(offer.imageDigest);
    const manifest = decodeManifest(bytes);
    if (!manifest.ok) {
      const { field, detail } = manifest.error;
      throw new Error(`Cannot broadcast image ${offer.imageDigest}: manifest ${field}: ${detail}`);
    }
    const { kind, rawBytes, rawDigest, entries } = manifest.value;
    const storedBytesOf = entries.map((entry) => entry.storedBytes);
    const name = Buffer.from(offer.broadcast).toString("hex");
    if (!this.#open.has(name))
      this.#open.set(name, { served: { ...offer, storedBytesOf }, sockets: new Set(), sentBytes: 0 });
    const storedBytes = storedBytesOf.reduce((sum, bytes) => sum + bytes, 0);
    return { kind, rawBytes, rawDigest, chunkCount: entries.length, storedBytes };
  }

  /** Stops serving a broadcast and hangs up on those that it feeds. */
  close(broadcast: Uint8Array): void {
    const name = Buffer.from(broadcast).toString("hex");
    for (const socket of this.#open.get(name)?.sockets ?? []) socket.destroy();
    this.#open.delete(name);
  }

  /** Compressed bytes (manifest and chunks) that have left for a broadcast since it was opened. */
  sentBytes(broadcast: Uint8Array): number {
    return this.#open.get(Buffer.from(broadcast).toString("hex"))?.sentBytes ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#servers.map((server) => once(server.close(), "close"));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #serve(socket: Socket): void {
    const peer = this.#strangers.greet(socket);
    if (peer === undefined) return;
    this.#sockets.add(socket);
    const { images, record } = this.#options;
    const entryOf = (served: ServedBroadcast): Open | undefined =>
      this.#open.get(Buffer.from(served.broadcast).toString("hex"));
    new Downstream(socket, {
      images,
      find: (broadcast) => this.#open.get(broadcast)?.served,
      onProved: (served) => {
        this.#strangers.forget(peer);
        entryOf(served)?.sockets.add(socket);
      },
      onSent: (served, bytes) => {
        const entry = entryOf(served);
        if (entry) entry.sentBytes += bytes;
      },
      onUnreadable: ({ imageDigest }, fault) => {
        const problem = fault instanceof Error ? fault.message : String(fault);
        record({ kind: "imageUnreadable", image: imageDigest, peer, problem });
      },
      onRejected: (problem) => record({ kind: "packetRejected", protocol: "data", peer, problem }),
    });
    socket.on("close", () => {
      this.#sockets.delete(socket);
      for (const { sockets } of this.#open.values()) sockets.delete(socket);
    });
  }
}
