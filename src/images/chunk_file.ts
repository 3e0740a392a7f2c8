/** One chunk as a file: where it lies, and how its bytes come into memory with their digest checked. */
import { open } from "node:fs/promises";
import { join } from "node:path";

const DIGEST = /^[0-9a-f]{64}$/;

/** @throws when `digest` is no SHA-256 in hex */
export function chunkPath(chunks: string, digest: string): string {
  if (!DIGEST.test(digest)) throw new Error(`Not a SHA-256 in hex: ${digest}`);
  return join(chunks, digest.slice(0, 2), digest.slice(2));
}

/**
 * Fills `into` with the chunk at `path`. Reading and checking are done beside the thread that asks.
 *
 * @returns what is wrong, if anything; then `into` holds bytes that must go nowhere
 */
export async function loadChunkFile(
  path: string,
  digest: string,
  into: Uint8Array<ArrayBuffer>,
): Promise<string | undefined> {
  let readBytes: number;
  try {
    readBytes = await fill(path, into);
  } catch (error) {
    return `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  const found = Buffer.from(await crypto.subtle.digest("SHA-256", into.subarray(0, readBytes)));
  if (found.toString("hex") === digest) return undefined;
  return `${path} is damaged: its ${readBytes} bytes do not match its digest`;
}

/** @returns bytes read: fewer than fit when the file ends before */
async function fill(path: string, into: Uint8Array): Promise<number> {
  await using file = await open(path);
  let atBytes = 0;
  while (atBytes < into.length) {
    const { bytesRead } = await file.read(into, atBytes, into.length - atBytes, atBytes);
    if (bytesRead === 0) break;
    atBytes += bytesRead;
  }
  return atBytes;
}
