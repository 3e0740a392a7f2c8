/**
 * The HTTP listener of the provisioning network: boot files out of memory, and each node's script.
 *
 * Apart from the API on purpose: strangers can reach this one, so it knows GET and HEAD and a map
 * of names. Paths are looked up as they came and never joined, decoded or normalised.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type BootConfig, fileUrl } from "#src/boot/choice.ts";
import { renderAutoexec, renderScript } from "#src/boot/script.ts";
import type { RecordEvent } from "#src/events/event.ts";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";
import { StartError } from "#src/value/start_error.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";
import { type BootFile, bootFile } from "./boot_file.ts";
import { sendFile } from "./boot_reply.ts";

export type BootHttpServerOptions = {
  readonly config: BootConfig;
  /** Relative name to bytes, for example `ramdisk/vmlinuz`. One copy, whatever the number of readers. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The script of one node. `peer` is who asks: what is secret goes only to the node's own address. */
  readonly scriptFor: (mac: Mac, peer: Ipv4) => Promise<string>;
  readonly record: RecordEvent;
  readonly onFault: (fault: unknown) => void;
  /** Ends a refusal to start: who holds the port. */
  readonly describePortInUse?: (port: number) => string;
};

const MAX_CONNECTIONS = 8192;
const MAX_CONNECTIONS_PER_CLIENT = 64;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5000;
/** A reader that takes nothing for this long is gone. */
const IDLE_MS = 60_000;
const MAX_PATH_BYTES = 256;
const SCRIPT = /^\/boot\/([0-9A-Fa-f-]{17})\.ipxe$/;
const AUTOEXEC = /^\/(?:loaders\/)?autoexec\.ipxe$/;
const REPORTS = { perSec: 2, burst: 20 };

export class BootHttpServer implements AsyncDisposable {
  readonly #options: BootHttpServerOptions;
  readonly #files: ReadonlyMap<string, BootFile>;
  readonly #server: Server;
  readonly #connections = new Map<string, number>();
  readonly #reports = new TokenBucket(REPORTS);

  private constructor(options: BootHttpServerOptions) {
    this.#options = options;
    this.#files = new Map([...options.files].map(([name, bytes]) => [`/${name}`, bootFile(name, bytes)]));
    this.#server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      (request, response) => {
        this.#answer(request, response).catch((fault) => {
          options.onFault(fault);
          if (!response.headersSent) this.#say(response, "the appliance failed to answer; its log says why");
          else response.destroy();
        });
      },
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.setTimeout(IDLE_MS);
    this.#server.on("connection", (socket) => {
      const client = socket.remoteAddress ?? "";
      const count = (this.#connections.get(client) ?? 0) + 1;
      if (count > MAX_CONNECTIONS_PER_CLIENT) {
        socket.destroy();
        return;
      }
      this.#connections.set(client, count);
      socket.on("close", () => {
        const left = (this.#connections.get(client) ?? 1) - 1;
        if (left > 0) this.#connections.set(client, left);
        else this.#connections.delete(client);
      });
    });
  }

  /** Binds the address of the provisioning network. @throws StartError when the port is taken. */
  static async listen(options: BootHttpServerOptions): Promise<BootHttpServer> {
    const server = new BootHttpServer(options);
    const { serverAddress, httpPort } = options.config;
    try {
      server.#server.listen(httpPort, serverAddress);
      await once(server.#server, "listening");
    } catch (fault) {
      throw explained(fault, options);
    }
    server.#server.on("error", options.onFault);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const peer = parseIpv4((request.socket.remoteAddress ?? "").replace(/^::ffff:/, ""));
    const path = request.url ?? "/";
    if (!peer) return;
    if (request.method !== "GET" && request.method !== "HEAD") {
      response
        .writeHead(405, { allow: "GET, HEAD", "content-type": "text/plain" })
        .end("Only GET and HEAD\n");
      return;
    }
    const file = this.#files.get(path);
    if (file) {
      const startedAtMs = performance.now();
      response.on("close", () => {
        if (!response.writableFinished || request.method === "HEAD") return;
        const tookMs = Math.round(performance.now() - startedAtMs);
        const bytes = Number(response.getHeader("content-length"));
        this.#options.record({ kind: "fileSent", peer, file: file.name, via: "http", bytes, tookMs });
      });
      sendFile({ file, request, response });
      return;
    }
    await this.#answerScript({ path, peer }, response);
  }

  async #answerScript(
    asked: { readonly path: string; readonly peer: Ipv4 },
    response: ServerResponse,
  ): Promise<void> {
    const { path, peer } = asked;
    if (AUTOEXEC.test(path)) {
      sendScript(response, renderAutoexec(this.#options.config));
      return;
    }
    const mac = parseMac(SCRIPT.exec(path)?.[1] ?? "");
    if (mac) {
      sendScript(response, await this.#options.scriptFor(mac, peer));
      return;
    }
    const shown = path.slice(0, MAX_PATH_BYTES);
    if (this.#reports.take(performance.now())) {
      const problem = `asked for ${JSON.stringify(shown)}, which is not published`;
      this.#options.record({ kind: "packetRejected", protocol: "http", peer, problem });
    }
    // iPXE shows nothing of a 404, so a script that does not exist is one that says so.
    if (path.endsWith(".ipxe"))
      this.#say(response, `there is no ${shown} on ${fileUrl("", this.#options.config)}`);
    else response.writeHead(404, { "content-type": "text/plain" }).end("Not published here\n");
  }

  #say(response: ServerResponse, because: string): void {
    sendScript(response, renderScript({ kind: "refusal", because }, this.#options.config));
  }
}

function sendScript(response: ServerResponse, script: string): void {
  response.writeHead(200, {
    "content-type": "text/plain; charset=us-ascii",
    "content-length": Buffer.byteLength(script),
    // It may carry a token and is made anew each time.
    "cache-control": "no-store",
  });
  response.end(script);
}

function explained(fault: unknown, { config, describePortInUse }: BootHttpServerOptions): unknown {
  const code = fault instanceof Error && "code" in fault ? fault.code : undefined;
  if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") return fault;
  const { serverAddress, httpPort } = config;
  const found = code === "EADDRINUSE" ? (describePortInUse?.(httpPort) ?? "address in use") : String(code);
  return new StartError(`Cannot bind TCP port ${httpPort} on ${serverAddress}: ${found}`, { cause: fault });
}
