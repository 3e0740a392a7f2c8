/**
 * One client of a stream of server-sent events (WHATWG HTML section 9.2).
 *
 * Nothing is queued for a client: whoever feeds it asks `isReady` first, and
 * takes what there is by then. A client that reads too slowly gets less, not
 * later, and one that does not read at all is cut off.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Proxies and clients take a silent connection for a dead one. */
const KEEP_ALIVE_MS = 15_000;
/** A client that takes nothing for this long is cut off. */
const STALLED_MS = 30_000;

export type SseClient = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

/** One message. @param data on one line: JSON has no raw newline, so whatever a node has sent stays inside */
export function sseText(event: string, data: string, id?: number): string {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${data}\n\n`;
}

export class SseStream {
  readonly #response: ServerResponse;
  readonly #keepAlive: NodeJS.Timeout;
  #stalled: NodeJS.Timeout | undefined;
  #onReady: () => void = () => {};

  constructor({ request, response }: SseClient) {
    this.#response = response;
    request.socket.setNoDelay(true);
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    });
    response.write(":\n\n");
    response.on("drain", () => this.#drained());
    this.#keepAlive = setInterval(() => this.isReady && this.#write(":\n\n"), KEEP_ALIVE_MS);
    response.on("close", () => {
      clearInterval(this.#keepAlive);
      clearTimeout(this.#stalled);
    });
  }

  /** False while the client has not taken what it was sent. */
  get isReady(): boolean {
    return this.#stalled === undefined && !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Called when a client that was not ready is again. */
  onReady(listener: () => void): void {
    this.#onReady = listener;
  }

  onClose(listener: () => void): void {
    this.#response.on("close", listener);
  }

  /** @param text whole messages, see {@link sseText} */
  send(text: string | Uint8Array): void {
    this.#write(text);
  }

  end(): void {
    this.#response.end();
  }

  #write(text: string | Uint8Array): void {
    if (this.#response.write(text) || this.#stalled) return;
    this.#stalled = setTimeout(() => this.#response.destroy(), STALLED_MS);
  }

  #drained(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#onReady();
  }
}
