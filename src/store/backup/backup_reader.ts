/**
 * Reads a backup and believes nothing of it: members come in the order of the manifest, with the headers that we would
 * have written, and with the bytes that their digests want. Anything else is damage.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { TAR_BLOCK_BYTES, tarNumber } from "#src/images/tar_header.ts";
import { paddingBytes, TAR_END_BYTES } from "#src/images/tar_writer.ts";
import {
  type BackupFile,
  type BackupManifest,
  decodeBackupManifest,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  madeSecOf,
  memberHeader,
} from "./backup_manifest.ts";

/** What stands between a file and its use; the message is for the user. */
export class RestoreFault extends Error {
  override readonly name = "RestoreFault";
}

const PIECE_BYTES = 1024 * 1024;

export class BackupReader implements AsyncDisposable {
  readonly manifest: BackupManifest;
  readonly #file: FileHandle;
  readonly #path: string;
  #at: number;

  private constructor(
    path: string,
    file: FileHandle,
    { manifest, at }: { manifest: BackupManifest; at: number },
  ) {
    this.#path = path;
    this.#file = file;
    this.manifest = manifest;
    this.#at = at;
  }

  /** @throws {RestoreFault} it cannot be read, or is no backup that this program knows */
  static async open(path: string): Promise<BackupReader> {
    const file = await open(path).catch((fault: unknown) => {
      throw new RestoreFault(`Cannot restore "${path}": ${(fault as Error).message}`, { cause: fault });
    });
    try {
      return new BackupReader(path, file, await readManifest(path, file));
    } catch (fault) {
      await file.close();
      throw fault;
    }
  }

  /**
   * Gives the bytes of each file, in order. When `take` has got the last of them the file is checked.
   *
   * @throws {RestoreFault} the backup is damaged or not whole
   */
  async each(take: (file: BackupFile, bytes: AsyncIterable<Buffer>) => Promise<void>): Promise<void> {
    const madeSec = madeSecOf(this.manifest);
    for (const file of this.manifest.files) {
      await this.#expect(memberHeader(file.path, file.bytes, madeSec), file.path);
      await take(file, this.#checked(file));
      await this.#expect(Buffer.alloc(paddingBytes(file.bytes)), file.path);
    }
    await this.#expect(Buffer.alloc(TAR_END_BYTES), "its end");
    const behind = await readAt(this.#file, this.#at, 1);
    if (behind.length > 0) throw this.#damaged("its end");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async *#checked({ path, bytes, sha256 }: BackupFile): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    const end = this.#at + bytes;
    while (this.#at < end) {
      const piece = await readAt(this.#file, this.#at, Math.min(PIECE_BYTES, end - this.#at));
      if (piece.length === 0) throw this.#damaged(path);
      this.#at += piece.length;
      hash.update(piece);
      yield piece;
    }
    if (hash.digest("hex") !== sha256) throw this.#damaged(path);
  }

  async #expect(bytes: Buffer, where: string): Promise<void> {
    const found = await readAt(this.#file, this.#at, bytes.length);
    if (!found.equals(bytes)) throw this.#damaged(where);
    this.#at += bytes.length;
  }

  #damaged(where: string): RestoreFault {
    return new RestoreFault(
      `Cannot restore "${this.#path}": it is damaged or not whole at ${where}; take another backup`,
    );
  }
}

async function readManifest(
  path: string,
  file: FileHandle,
): Promise<{ manifest: BackupManifest; at: number }> {
  const refuse = (why: string): RestoreFault => new RestoreFault(`Cannot restore "${path}": ${why}`);
  const block = await readAt(file, 0, TAR_BLOCK_BYTES);
  const bytes = block.length < TAR_BLOCK_BYTES ? undefined : tarNumber(block, 124, 12);
  const known = bytes !== undefined && bytes <= MAX_MANIFEST_BYTES;
  if (!known || !memberHeader(MANIFEST_NAME, bytes, 0).equals(block))
    throw refuse("it is no backup of Brigade");
  const read = decodeBackupManifest(await readAt(file, TAR_BLOCK_BYTES, bytes));
  if (!read.ok) throw refuse(read.why);
  return { manifest: read.manifest, at: TAR_BLOCK_BYTES + bytes + paddingBytes(bytes) };
}

/** Fewer bytes only at the end of the file. */
async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await file.read(buffer, have, length - have, at + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return buffer.subarray(0, have);
}
