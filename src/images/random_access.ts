/** A file that is read here and there. */
import type { FileHandle } from "node:fs/promises";

export interface RandomAccess {
  readonly sizeBytes: number;
  /** Exactly that many bytes. Rejects with the file system's error; asking behind the end is a bug. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
}

export async function readExactly(
  handle: FileHandle,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  let filledBytes = 0;
  while (filledBytes < lengthBytes) {
    const { bytesRead } = await handle.read(
      bytes,
      filledBytes,
      lengthBytes - filledBytes,
      offsetBytes + filledBytes,
    );
    if (bytesRead === 0) throw new Error(`Read ${lengthBytes} bytes at ${offsetBytes} behind the end`);
    filledBytes += bytesRead;
  }
  return bytes;
}
