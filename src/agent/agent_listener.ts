/**
 * The TLS port that agents connect to, and how much of it strangers can take:
 * so many connections in all, so many that have not been admitted from one
 * address and in all, and so long for each until it has said who it is.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { bindProblem } from "#src/net/port_holder.ts";
import type { Identity } from "./identity.ts";
import { type StrangerLimits, Strangers } from "./strangers.ts";

export type ListenerLimits = StrangerLimits & {
  /** Connections in all. */
  readonly connections: number;
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

export class AgentListener implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  readonly #strangers: Strangers;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, options: ListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.#strangers = new Strangers(options.limits, (peer) =>
      options.onRejected(peer, `no hello within ${options.limits.helloMs} ms`),
    );
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
      throw bindProblem({ address, port, purpose: "agents" }, cause);
    }
    // Out of descriptors, most likely: whoever is connected must not suffer.
    server.on("error", (fault) => options.onRejected("new connection", fault.message));
    return listener;
  }

  get port(): number {
    const bound = this.#server.address();
    return typeof bound === "object" && bound ? bound.port : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Counts a new connection before any of its bytes are looked at. */
  #greet(socket: Socket): void {
    this.#keep(socket);
    // Half-open peers are also found by the heartbeat; this is for those that never spoke.
    socket.setKeepAlive(true, 10_000);
    this.#strangers.greet(socket);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #secured(socket: TLSSocket): void {
    const name = `${socket.remoteAddress}:${socket.remotePort}`;
    this.#keep(socket);
    socket.on("close", () => this.#strangers.forget(name));
    this.#options.onConnection(socket, () => this.#strangers.forget(name));
  }

  #handshakeFailed(fault: Error, socket: TLSSocket): void {
    // Who has hung up already has no address any more: a port scan, or an agent that pins another key.
    if (socket.remoteAddress !== undefined) {
      this.#options.onRejected(`${socket.remoteAddress}:${socket.remotePort}`, `TLS: ${fault.message}`);
    }
    socket.destroy();
  }
}
