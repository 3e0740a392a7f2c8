/** Whom an agent asks: its list, walked round and round. As netboot/agent/upstreams.c does it. Pure. */
import type { UpstreamList } from "#src/agent/requests.ts";

const MAX_BAD_BLOCKS = 2;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 2000;

export class UpstreamWalk {
  #list: readonly string[] = [];
  #name: string | undefined;
  #at = 0;
  #tries = 0;
  #pauseMs = 0;
  #current: string | undefined;
  readonly #bad = new Map<string, number>();

  /** Who is, or was last, asked. */
  get current(): string | undefined {
    return this.#current;
  }

  /** The list in force: for the appliance, which may have been started anew. */
  get list(): UpstreamList {
    return { upstreams: this.#list, list: this.#name ?? "" };
  }

  replace({ upstreams, list }: UpstreamList): void {
    this.#list = upstreams;
    this.#name = list;
    this.#at = 0;
    this.#tries = 0;
  }

  next(): string {
    const isOff = (): boolean => (this.#bad.get(this.#list[this.#at] ?? "") ?? 0) >= MAX_BAD_BLOCKS;
    let looked = 0;
    for (; looked < this.#list.length && isOff(); looked++) this.#at = (this.#at + 1) % this.#list.length;
    if (looked === this.#list.length) this.#bad.clear();
    this.#current = this.#list[this.#at] ?? "";
    return this.#current;
  }

  /** @returns how long to wait before the next one is asked */
  failed(): number {
    if (this.#list[this.#at] === this.#current) this.#at = (this.#at + 1) % Math.max(1, this.#list.length);
    if (++this.#tries < this.#list.length) return 0;
    this.#tries = 0;
    this.#pauseMs = Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * this.#pauseMs));
    return this.#pauseMs;
  }

  progressed(): void {
    this.#tries = 0;
    this.#pauseMs = 0;
  }

  gaveBad(endpoint: string): void {
    this.#bad.set(endpoint, (this.#bad.get(endpoint) ?? 0) + 1);
  }
}
