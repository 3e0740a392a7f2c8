/**
 * What a broadcast needs of an image. Implemented by `stored_reader.ts` over the
 * chunk store; tests give an object over buffers.
 */
export interface ImageReader {
  /**
   * The encoded manifest whose SHA-256 is `digest`. A shared buffer: do not write to it.
   *
   * @throws {ImageUnreadable} no such image, or its file is damaged.
   */
  manifestBytes(digest: string): Promise<Buffer>;

  /**
   * Copies compressed bytes of one chunk, from `offsetBytes` on, to the start of `into`. The chunk's digest was checked
   * before any byte is given.
   *
   * @returns how many: fewer than fit only at the chunk's end; 0 at or after the end, and for a run of zeros
   * @throws {ImageUnreadable} no such image or chunk, or the chunk at rest is damaged.
   */
  readChunk(digest: string, index: number, offsetBytes: number, into: Buffer): Promise<number>;

  /** This chunk will be asked for soon. Says nothing of what is wrong with it: that comes when it is read. */
  expectChunk(digest: string, index: number): void;
}

/** An image cannot be served. The message names the image, the chunk and what was found. */
export class ImageUnreadable extends Error {
  override readonly name = "ImageUnreadable";
}
