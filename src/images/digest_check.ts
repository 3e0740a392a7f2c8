/** Whether a source is, byte for byte, the one that was announced. */
import { createHash, type Hash } from "node:crypto";
import { ImportRefused } from "./import_problem.ts";

export class DigestCheck {
  readonly #wanted: string | undefined;
  readonly #hash: Hash | undefined;
  #isEnded = false;

  /** @param wanted SHA-256, 64 hex digits; without it everything is right */
  constructor(wanted: string | undefined) {
    this.#wanted = wanted;
    if (wanted !== undefined) this.#hash = createHash("sha256");
  }

  add(piece: Buffer): void {
    this.#hash?.update(piece);
  }

  /** Throws {@link ImportRefused}. */
  end(): void {
    this.#isEnded = true;
    const found = this.#hash?.digest("hex");
    if (this.#wanted !== undefined && found !== undefined && found !== this.#wanted)
      throw new ImportRefused({ kind: "otherDigest", wanted: this.#wanted, found });
  }

  /** What was not read to its end was not compared. */
  get isEnded(): boolean {
    return this.#isEnded || this.#wanted === undefined;
  }
}
