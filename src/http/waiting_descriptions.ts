import { randomBytes } from "node:crypto";
import type { ImageDescription } from "#src/images/description.ts";

const MAX_WAITING = 256;

/** Descriptions between their request and the upload that they belong to. The oldest makes room. */
export class WaitingDescriptions {
  readonly #byId = new Map<string, ImageDescription>();

  add(description: ImageDescription): string {
    const id = randomBytes(16).toString("hex");
    this.#byId.set(id, description);
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > MAX_WAITING && oldest !== undefined) this.#byId.delete(oldest);
    return id;
  }

  /** Once. */
  take(id: string): ImageDescription | undefined {
    const description = this.#byId.get(id);
    this.#byId.delete(id);
    return description;
  }
}
