/** Writes behind what waits to be delivered; what was delivered before it was written is never written. */
import type { Delivery, WebhookStore } from "./webhook.ts";

const COLLECT_MS = 100;

export class Outbox {
  readonly #store: Pick<WebhookStore, "save">;
  readonly #onFault: (fault: unknown) => void;
  #put = new Map<string, Delivery>();
  #remove: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(store: Pick<WebhookStore, "save">, onFault: (fault: unknown) => void) {
    this.#store = store;
    this.#onFault = onFault;
  }

  put(delivery: Delivery): void {
    this.#put.set(delivery.id, delivery);
    this.#soon();
  }

  remove(id: string): void {
    if (this.#put.delete(id)) return;
    this.#remove.push(id);
    this.#soon();
  }

  /** Resolves when everything so far is written, or was reported as a fault. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const change = { put: [...this.#put.values()], remove: this.#remove };
    this.#put = new Map();
    this.#remove = [];
    if (change.put.length + change.remove.length > 0)
      // What could not be written is still delivered, unless the appliance ends first.
      this.#running = this.#running.then(() => this.#store.save(change)).catch(this.#onFault);
    return this.#running;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => void this.flush(), COLLECT_MS);
  }
}
