/** Looks at the start of a stream before somebody reads it. */
export class Peekable {
  readonly #input: AsyncGenerator<Buffer>;
  #head: Buffer = Buffer.alloc(0);

  constructor(input: AsyncGenerator<Buffer>) {
    this.#input = input;
  }

  /** The first `bytes` bytes, or all when there are fewer. Rejects as the stream does. */
  async peek(bytes: number): Promise<Buffer> {
    const pieces = [this.#head];
    let haveBytes = this.#head.length;
    while (haveBytes < bytes) {
      const next = await this.#input.next();
      if (next.done) break;
      pieces.push(next.value);
      haveBytes += next.value.length;
    }
    this.#head = Buffer.concat(pieces);
    return this.#head.subarray(0, bytes);
  }

  /** Everything from the first byte on. */
  async *all(): AsyncGenerator<Buffer, undefined> {
    try {
      if (this.#head.length > 0) yield this.#head;
      this.#head = Buffer.alloc(0);
      yield* this.#input;
    } finally {
      await this.close();
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#input.return(undefined);
  }
}
