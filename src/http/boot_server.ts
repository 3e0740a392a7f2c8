/**
 * The HTTP listener of the provisioning network: boot files out of memory, and each node's script.
 *
 * Apart from the API on purpose: strangers can reach this one, so it knows GET and HEAD and a map
 * of names. Paths are looked up as they came and never joined, decoded or normalised.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type BootConfig, fileUrl } from "#src/boot/choice.ts";
import { renderAutoexec, renderScript, renderWhy } from "#src/boot/script.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { Observe } from "#src/events/observation.ts";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { StartError } from "#src/value/start_error.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";
import { BootAdmission, LARGE_BYTES, transferLimitMs } from "./boot_admission.ts";
import { type BootFile, bootFile } from "./boot_file.ts";
import { type BootPath, readBootPath } from "./boot_paths.ts";
import { sendFile } from "./boot_reply.ts";
import { ignoreBody, isNodePage, type PageReply, type PageRequest, sendPage } from "./node_page.ts";
import { Refusals } from "./refusals.ts";
import { WriteTurns } from "./write_turns.ts";

export type BootHttpServerOptions = {
  /** Our addresses that clients fetch from: one for each network that is served. */
  readonly addresses: readonly Ipv4[];
  readonly httpPort: number;
  /** Relative name to bytes, for example `ramdisk/vmlinuz`. One copy, whatever the number of readers. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /**
   * The script of one node. `peer` is who asks: what is secret goes only to the node's own address.
   * `server` is the address that the request came to, and so one that the node can reach.
   */
  readonly scriptFor: (mac: Mac, peer: Ipv4, server: Ipv4) => Promise<string>;
  /** Seeds of nodes and calls of new systems. */
  readonly page?: (request: PageRequest) => Promise<PageReply>;
  readonly record: RecordEvent;
  /** Gets the beginning of each transfer. */
  readonly observe?: Observe;
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
const RETRY_AFTER_SEC = "5";
/** Firmware does not show it; a person with a browser sees what the name in the machine's offer means. */
const NOTHING_STARTS = "This machine fetched all its loaders and started none\n";
/** cloud-init posts its call. */
const PAGE_METHODS: readonly string[] = ["GET", "HEAD", "POST"];
const REPORTS = { perSec: 2, burst: 20 };

export class BootHttpServer implements AsyncDisposable {
  readonly #options: BootHttpServerOptions;
  readonly #files: ReadonlyMap<string, BootFile>;
  readonly #servers: readonly Server[];
  readonly #connections = new Map<string, number>();
  readonly #reports = new TokenBucket(REPORTS);
  readonly #admission = new BootAdmission();
  readonly #refusals = new Refusals();
  readonly #turns = new WriteTurns();

  private constructor(options: BootHttpServerOptions) {
    this.#options = options;
    this.#files = new Map([...options.files].map(([name, bytes]) => [`/${name}`, bootFile(name, bytes)]));
    this.#servers = options.addresses.map(() => this.#makeServer());
  }

  /** Binds every address. @throws StartError when the port is taken on one of them; none is bound then. */
  static async listen(options: BootHttpServerOptions): Promise<BootHttpServer> {
    const server = new BootHttpServer(options);
    try {
      for (const [index, one] of server.#servers.entries()) {
        await bind(one, options.addresses[index], options);
      }
    } catch (fault) {
      await server[Symbol.asyncDispose]();
      throw fault;
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.filter(({ listening }) => listening).map(end));
  }

  #makeServer(): Server {
    const server = createServer(
      {
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      (request, response) => {
        const asked = askedOf(request, this.#options.httpPort);
        if (!asked) {
          response.destroy();
          return;
        }
        this.#answer(asked, response).catch((fault) => {
          this.#options.onFault(fault);
          if (response.headersSent) response.destroy();
          else say(response, asked.config, "the appliance failed to answer; its log says why");
        });
      },
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.setTimeout(IDLE_MS);
    server.on("connection", (socket) => this.#admit(socket));
    return server;
  }

  #admit(socket: Socket): void {
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
  }

  async #answer(asked: Asked, response: ServerResponse): Promise<void> {
    const { request, path, peer } = asked;
    if (isNodePage(path) && PAGE_METHODS.includes(request.method ?? ""))
      return this.#answerPage(asked, response);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response
        .writeHead(405, { allow: "GET, HEAD", "content-type": "text/plain" })
        .end("Only GET and HEAD\n");
      return;
    }
    const file = this.#files.get(path);
    if (file) {
      if (request.method === "GET" && !this.#mayStart(file, peer, response)) return;
      const startedAtMs = performance.now();
      if (request.method === "GET")
        this.#options.observe?.({ kind: "fileAsked", peer, file: file.name, via: "http" });
      response.on("close", () => {
        if (!response.writableFinished || request.method === "HEAD") return;
        const tookMs = Math.round(performance.now() - startedAtMs);
        const bytes = Number(response.getHeader("content-length"));
        this.#options.record({ kind: "fileSent", peer, file: file.name, via: "http", bytes, tookMs });
      });
      await sendFile({ file, request, response, turns: this.#turns });
      return;
    }
    await this.#answerScript(asked, response);
  }

  /** Takes a place for a large file until the response is over, or says that there is none. */
  #mayStart({ bytes }: BootFile, peer: Ipv4, response: ServerResponse): boolean {
    if (bytes.length < LARGE_BYTES) return true;
    if (!this.#admission.enter(peer)) {
      this.#refusals.note(peer, "too many machines load this now, so this one has to wait for its turn");
      response
        .writeHead(503, { "retry-after": RETRY_AFTER_SEC, "content-type": "text/plain" })
        .end("Too many machines load this now; try again\n");
      return false;
    }
    const tooSlow = setTimeout(() => response.destroy(), transferLimitMs(bytes.length));
    response.on("close", () => {
      clearTimeout(tooSlow);
      this.#admission.leave(peer);
    });
    return true;
  }

  async #answerPage({ request, path, peer }: Asked, response: ServerResponse): Promise<void> {
    ignoreBody(request);
    const reply = (await this.#options.page?.({ path, peer })) ?? {
      status: 404,
      text: "Not published here\n",
    };
    if (reply.because !== undefined && this.#reports.take(performance.now()))
      this.#options.record({ kind: "packetRejected", protocol: "http", peer, problem: reply.because });
    sendPage(response, reply);
  }

  async #answerScript({ path, peer, config }: Asked, response: ServerResponse): Promise<void> {
    const asked = readBootPath(path);
    switch (asked.kind) {
      case "autoexec":
        return sendScript(response, renderAutoexec(config));
      case "script":
        return sendScript(response, await this.#options.scriptFor(asked.mac, peer, config.serverAddress));
      case "why":
        return sendScript(response, renderWhy(this.#refusals.take(peer)));
      case "notice":
        response.writeHead(404, { "content-type": "text/plain" }).end(NOTHING_STARTS);
        return;
      case "missing":
        return this.#sayMissing(asked, { peer, config }, response);
    }
  }

  #sayMissing(
    { shown, isScript }: Extract<BootPath, { kind: "missing" }>,
    { peer, config }: Pick<Asked, "peer" | "config">,
    response: ServerResponse,
  ): void {
    const because = `there is no ${shown} on ${fileUrl("", config)}`;
    this.#refusals.note(peer, because);
    if (this.#reports.take(performance.now())) {
      const problem = `asked for ${JSON.stringify(shown)}, which is not published`;
      this.#options.record({ kind: "packetRejected", protocol: "http", peer, problem });
    }
    // iPXE shows nothing of a 404, so a script that does not exist is one that says so.
    if (isScript) say(response, config, because);
    else response.writeHead(404, { "content-type": "text/plain" }).end("Not published here\n");
  }
}

/** A request with what its answer depends on. */
type Asked = {
  readonly request: IncomingMessage;
  readonly path: string;
  readonly peer: Ipv4;
  /** With the address that the request came to. */
  readonly config: BootConfig;
};

/** @returns `undefined` when the client is gone already */
function askedOf(request: IncomingMessage, httpPort: number): Asked | undefined {
  const peer = parseIpv4(plainIpv4(request.socket.remoteAddress));
  const serverAddress = parseIpv4(plainIpv4(request.socket.localAddress));
  if (!peer || !serverAddress) return undefined;
  return { request, path: request.url ?? "/", peer, config: { serverAddress, httpPort } };
}

/** An IPv4 address as a socket of both families spells it, without the prefix. */
const plainIpv4 = (address: string | undefined): string => (address ?? "").replace(/^::ffff:/, "");

function say(response: ServerResponse, config: BootConfig, because: string): void {
  sendScript(response, renderScript({ kind: "refusal", because }, config));
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

async function bind(
  server: Server,
  address: Ipv4 | undefined,
  options: BootHttpServerOptions,
): Promise<void> {
  const { httpPort, onFault } = options;
  try {
    server.listen(httpPort, address);
    await once(server, "listening");
  } catch (fault) {
    throw explained(fault, address, options);
  }
  server.on("error", onFault);
}

async function end(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

function explained(fault: unknown, address: Ipv4 | undefined, options: BootHttpServerOptions): unknown {
  const code = fault instanceof Error && "code" in fault ? fault.code : undefined;
  if (code !== "EADDRINUSE" && code !== "EACCES" && code !== "EADDRNOTAVAIL") return fault;
  const { httpPort, describePortInUse } = options;
  const found = code === "EADDRINUSE" ? (describePortInUse?.(httpPort) ?? "address in use") : String(code);
  return new StartError(`Cannot bind TCP port ${httpPort} on ${address}: ${found}`, { cause: fault });
}
