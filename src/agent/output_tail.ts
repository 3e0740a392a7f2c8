/** The end of what a script printed, for error reports. Holds at most twice its limit. */
const TAIL_BYTES = 64 * 1024;

export class OutputTail {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  /** Takes the next output, which the tail then owns. */
  push(bytes: Uint8Array): void {
    this.#parts.push(Uint8Array.from(bytes));
    this.#bytes += bytes.length;
    if (this.#bytes > 2 * TAIL_BYTES || this.#parts.length > 1024) this.#cut();
  }

  /** The last 64 KiB; what is not UTF-8 shows as replacement characters. */
  text(): string {
    this.#cut();
    return Buffer.concat(this.#parts).toString("utf8");
  }

  #cut(): void {
    const last = Buffer.concat(this.#parts).subarray(-TAIL_BYTES);
    this.#parts = last.length > 0 ? [Buffer.from(last)] : [];
    this.#bytes = last.length;
  }
}
