/**
 * The TLS port that agents connect to, and how much of it strangers can take:
 * so many connections in all, so many that have not been admitted from one
 * address and in all, and so long for each until it has said who it is.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Identity } from "./identity.ts";

export type ListenerLimits = {
  /** Connections in all. */
  readonly connections: number;
  /** Connections that have not been admitted yet. */
  readonly strangers: number;
  readonly strangersPerAddress: number;
  /** From the TCP handshake to `hello`. */
  readonly helloMs: number;
};

export type ListenerOptions = {
  readonly address: string;
  readonly port: number;
  readonly identity: Pick<Identity, "certPem" | "keyPem">;
  readonly limits: ListenerLimits;
  /** A connection whose TLS stands. `admitted` takes it off the list of strangers. */
  readonly onConnection: (socket: TLSSocket, admitted: () => void) => void;
  /** Why a stranger was turned away. */
  readonly onRejected: (peer: string, problem: string) => void;
};

type Stranger = { readonly address: string; readonly timer: NodeJS.Timeout };

export class AgentListener implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  /** By remote `address:port`. */
  readonly #strangers = new Map<string, Stranger>();
  readonly #sockets = new Set<{ destroy(): unknown }>();

  private constructor(server: Server, options: ListenerOptions) {
    this.#server = server;
    this.#options = options;
  }

  /** @throws when the address cannot be bound, with the address in the message. */
  static async listen(options: ListenerOptions): Promise<AgentListener> {
    const { address, port, identity, limits } = options;
    const server = createServer({
      cert: identity.certPem,
      key: identity.keyPem,
      minVersion: "TLSv1.3",
      handshakeTimeout: limits.helloMs,
    });
    const listener = new AgentListener(server, options);
    server.maxConnections = limits.connections;
    server.on("connection", (socket) => listener.#greet(socket));
    server.on("tlsClientError", (fault, socket) => listener.#handshakeFailed(fault, socket));
    server.on("secureConnection", (socket) => listener.#secured(socket));
    try {
      server.listen(port, address);
      await once(server, "listening");
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot bind TCP port ${port} on ${address} for agents: ${why}`, { cause });
    }
    return listener;
  }

  get port(): number {
    const bound = this.#server.address();
    return typeof bound === "object" && bound ? bound.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const { timer } of this.#strangers.values()) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Counts a new connection before any of its bytes are looked at. */
  #greet(socket: Socket): void {
    const { limits, onRejected } = this.#options;
    const address = socket.remoteAddress ?? "";
    const name = `${address}:${socket.remotePort}`;
    const fromThere = [...this.#strangers.values()].filter((stranger) => stranger.address === address).length;
    this.#sockets.add(socket);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#forget(name);
    });
    // Half-open peers are also found by the heartbeat; this is for those that never spoke.
    socket.setKeepAlive(true, 10_000);
    if (this.#strangers.size >= limits.strangers || fromThere >= limits.strangersPerAddress) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => {
      onRejected(name, `no hello within ${limits.helloMs} ms`);
      this.#forget(name);
      socket.destroy();
    }, limits.helloMs);
    this.#strangers.set(name, { address, timer });
  }

  #secured(socket: TLSSocket): void {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#sockets.add(socket);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#forget(name);
    });
    this.#options.onConnection(socket, () => this.#forget(name));
  }

  #handshakeFailed(fault: Error, socket: TLSSocket): void {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    // Port scans hang up before a byte is said; they are not worth an event.
    if (socket.remoteAddress !== undefined) this.#options.onRejected(name, `TLS: ${fault.message}`);
    this.#forget(name);
    socket.destroy();
  }

  #forget(name: string): void {
    const stranger = this.#strangers.get(name);
    if (!stranger) return;
    clearTimeout(stranger.timer);
    this.#strangers.delete(name);
  }
}
