/**
 * What a broadcast needs of an image. Implemented by `image_reader.ts` over the
 * chunk store; tests give an object over buffers.
 */
export interface ImageReader {
  /**
   * The encoded manifest whose SHA-256 is `digest`.
   *
   * @throws {ImageUnreadable} no such image, or its file is damaged.
   */
  manifestBytes(digest: string): Promise<Buffer>;

  /**
   * Bytes `offsetBytes … offsetBytes + lengthBytes` of the compressed bytes of one chunk, cut short at its end: empty at or
   * after the end, and always empty for a run of zeros. The chunk's digest was checked before any byte is given.
   * The result is a view into a shared buffer: do not write to it.
   *
   * @throws {ImageUnreadable} no such image or chunk, or the chunk at rest is damaged.
   */
  readChunk(digest: string, index: number, offsetBytes: number, lengthBytes: number): Promise<Buffer>;
}

/** An image cannot be served. The message names the image, the chunk and what was found. */
export class ImageUnreadable extends Error {
  override readonly name = "ImageUnreadable";
}
