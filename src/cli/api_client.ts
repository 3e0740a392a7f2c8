/** The only way from a command to the appliance: its API over HTTP. */
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest, Agent as SecureAgent } from "node:https";
import type { Readable } from "node:stream";
import { API_PREFIX, type Problem } from "#src/http/api_types.ts";
import { CliFault, EXIT } from "./cli_fault.ts";
import { type SseMessage, SseReader } from "./sse_reader.ts";

export type Connection = {
  readonly url: URL;
  readonly token: string;
  /** Where the token came from, for the message when it is refused. */
  readonly tokenSource: string;
};

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The longest answer is that of a power command to a silent BMC: three minutes. */
const IDLE_MS = 240_000;
/** Of work on an image before there is an answer: 256 GiB at 100 MB/s take 46 minutes. */
const WORK_ON_IMAGE_MS = 3_600_000;
/** The appliance says something every 15 s. */
const STREAM_IDLE_MS = 45_000;
/** Of a list: 500 nodes are some 500 kB. */
const PAGE = 500;
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export class ApiClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws {CliFault} with what the appliance said, or that it cannot be reached */
  get<T>(path: string): Promise<T> {
    return this.#ask<T>("GET", path);
  }

  /**
   * All of a list that comes in pages; fewer when `most` are enough.
   *
   * @param path with what else is asked for, but for `limit` and `after`
   */
  async list<T>(path: string, most = Number.POSITIVE_INFINITY): Promise<readonly T[]> {
    const found: T[] = [];
    const [base = "", query = ""] = path.split("?");
    const asked = new URLSearchParams(query);
    for (;;) {
      asked.set("limit", String(Math.min(PAGE, most - found.length)));
      const request = this.#open("GET", `${base}?${asked}`, {});
      request.end();
      const response = await this.#response(request);
      found.push(...(await this.#read<readonly T[]>(response)));
      const after = nextAfter(response.headers["link"]);
      // Only what comes after is taken from the link: where to ask is ours to say.
      if (after === undefined || after === asked.get("after") || found.length >= most) return found;
      asked.set("after", after);
    }
  }

  send<T>(method: Exclude<Method, "GET">, path: string, body?: unknown): Promise<T> {
    return this.#ask<T>(method, path, body);
  }

  /** As `send` without a body, for what reads a whole image before it answers. */
  sendPatiently<T>(method: Exclude<Method, "GET">, path: string): Promise<T> {
    const request = this.#open(method, path, {});
    request.setTimeout(WORK_ON_IMAGE_MS);
    const answer = this.#answer<T>(request);
    request.end();
    return answer;
  }

  /** Sends a file as it is. The appliance may refuse it before it is whole; then sending stops. */
  async upload<T>(path: string, source: Readable): Promise<T> {
    const request = this.#open("PUT", path, { "content-type": "application/octet-stream" });
    const answer = this.#answer<T>(request);
    const stop = (): void => void source.destroy();
    request.once("error", stop);
    source.once("error", (fault) => request.destroy(fault));
    // What was sent whole is read from its end, or merged, before there is an answer.
    source.once("end", () => request.setTimeout(WORK_ON_IMAGE_MS));
    source.pipe(request);
    try {
      return await answer;
    } finally {
      source.unpipe(request);
      stop();
      request.destroy();
    }
  }

  /** The body as it comes; it rejects when the connection breaks. @throws {CliFault} as `get` */
  async download(path: string): Promise<IncomingMessage> {
    const request = this.#open("GET", path, {});
    request.end();
    const response = await this.#response(request);
    if (response.statusCode !== 200) throw await this.#refusal(response);
    response.once("close", () => request.destroy());
    return response;
  }

  /** Messages of a stream until it ends. @throws {CliFault} it cannot be opened or broke */
  async *stream(path: string, signal: AbortSignal, lastEventId?: string): AsyncGenerator<SseMessage> {
    const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    const request = this.#open("GET", path, { accept: "text/event-stream", ...headers });
    const stop = (): void => void request.destroy();
    signal.addEventListener("abort", stop);
    try {
      request.end();
      const response = await this.#response(request);
      if (response.statusCode !== 200) throw await this.#refusal(response);
      request.setTimeout(STREAM_IDLE_MS, () => request.destroy(new Error("nothing was heard for 45 s")));
      const reader = new SseReader();
      for await (const part of response.setEncoding("utf8")) yield* reader.feed(String(part));
    } catch (fault) {
      throw fault instanceof CliFault ? fault : this.#unreachable(fault);
    } finally {
      signal.removeEventListener("abort", stop);
      request.destroy();
    }
  }

  #ask<T>(method: Method, path: string, body?: unknown): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { "content-type": "application/json" };
    const request = this.#open(method, path, headers);
    const answer = this.#answer<T>(request);
    request.end(text);
    return answer;
  }

  #open(method: Method, path: string, headers: Readonly<Record<string, string>>): ClientRequest {
    const { url, token } = this.#connection;
    const isSecure = url.protocol === "https:";
    const send = isSecure ? httpsRequest : httpRequest;
    // Kept open, or a server that refuses an upload would close on what still comes, and the refusal be lost.
    const agent = isSecure ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
    const authorization = `Bearer ${token}`;
    const target = new URL(`${url.pathname.replace(/\/$/, "")}${API_PREFIX}${path}`, url);
    const request = send(target, { method, headers: { authorization, ...headers }, agent });
    request.once("close", () => agent.destroy());
    return request.setTimeout(IDLE_MS, () => request.destroy(new Error("no answer")));
  }

  async #answer<T>(request: ClientRequest): Promise<T> {
    return this.#read<T>(await this.#response(request));
  }

  async #read<T>(response: IncomingMessage): Promise<T> {
    if ((response.statusCode ?? 500) >= 300) throw await this.#refusal(response);
    const text = await readText(response).catch((fault: unknown) => {
      throw this.#unreachable(fault);
    });
    // Our own server, described by the schemas that type this call.
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  #response(request: ClientRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request.once("response", resolve);
      // Later errors come out of the response; a listener must stay for them.
      request.on("error", (fault) => reject(this.#unreachable(fault)));
    });
  }

  async #refusal(response: IncomingMessage): Promise<CliFault> {
    const problem = readProblem(await readText(response).catch(() => ""), response.statusCode ?? 500);
    const { url, tokenSource } = this.#connection;
    if (response.statusCode === 401) {
      const message = `The appliance at ${url.origin} refused the token from ${tokenSource}: it is wrong, revoked or expired; ask an admin for another`;
      return new CliFault(EXIT.unreachable, message, problem);
    }
    return new CliFault(EXIT.failed, problem.detail, problem);
  }

  #unreachable(fault: unknown): CliFault {
    // What is uploaded could not be read: no matter of the appliance.
    if (fault instanceof CliFault) return fault;
    const { origin } = this.#connection.url;
    const { code, message } = fault as NodeJS.ErrnoException;
    const why = code === "ECONNREFUSED" ? "connection refused" : message || code;
    const advice = `is "brigade serve" running there? (--api or BRIGADE_API names another)`;
    return new CliFault(EXIT.unreachable, `Cannot reach the appliance at ${origin}: ${why}; ${advice}`);
  }
}

/** RFC 8288, as our own server writes it. */
function nextAfter(link: string | string[] | undefined): string | undefined {
  const [, target = ""] = /^<([^>]*)>; rel="next"$/.exec(String(link ?? "")) ?? [];
  return new URLSearchParams(target.split("?")[1] ?? "").get("after") ?? undefined;
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of response) {
    sizeBytes += (part as Buffer).length;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new RangeError(`answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Also for what answers at that address and is no Brigade. */
function readProblem(text: string, status: number): Problem {
  try {
    const { type, title, detail, ...more } = JSON.parse(text) as Partial<Problem>;
    if (typeof detail === "string")
      return { ...more, type: String(type), title: String(title), status, detail };
  } catch {
    // Not JSON: told below.
  }
  const detail = `The appliance answered ${status} without saying why; is this address a Brigade?`;
  return { type: "about:blank", title: "Problem", status, detail };
}
