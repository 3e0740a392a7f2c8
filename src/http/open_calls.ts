/**
 * The calls that are under way, and by which right. When somebody's token is
 * revoked or expires, or they are disabled, streams and transfers of theirs end
 * within a second: a right that was taken away must not live on in a connection.
 */
import type { ServerResponse } from "node:http";
import type { Admitted } from "#src/access/users.ts";

const LOOK_EVERY_MS = 500;

export class OpenCalls {
  readonly #open = new Map<ServerResponse, Admitted>();
  readonly #holds: (admitted: Admitted) => boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(holds: (admitted: Admitted) => boolean) {
    this.#holds = holds;
  }

  /** Watches a call until it is over. The token file holds as long as the appliance runs. */
  add(admitted: Admitted, response: ServerResponse): void {
    if (admitted.token === undefined) return;
    this.#open.set(response, admitted);
    response.once("close", () => this.#open.delete(response));
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [response, admitted] of this.#open) if (!this.#holds(admitted)) response.destroy();
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
