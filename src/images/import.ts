/**
 * Turns a root archive into chunks and a manifest.
 *
 *     source ─► unpack ─► walk the tar ─► pieces of 4 MiB ─► compress (threads) ─► chunk files ─► manifest
 *
 * One pass, bounded memory, nothing unpacked as files. Stores the chunks, not the manifest or the catalogue entry:
 * see `library.ts`, which makes both appear together or leaves nothing.
 */
import type { Readable } from "node:stream";
import type { ImageFacts } from "./catalogue.ts";
import type { ChunkSession } from "./chunk_store.ts";
import { Chunker } from "./chunker.ts";
import { CompressPool } from "./compress_pool.ts";
import { ImportRefused } from "./import_problem.ts";
import type { Manifest } from "./manifest.ts";
import { openRawStream, type RawStream } from "./raw_stream.ts";
import { whatIs } from "./source_format.ts";
import { decodeTarBlock, TAR_BLOCK_BYTES } from "./tar_header.ts";
import { type TarFault, TarWalk } from "./tar_walk.ts";

export type ImportLimits = {
  /** The most that an image may unpack to. */
  readonly rawBytes: number;
  /** A source may unpack to this many times its own size, once it is past `ratioFreeBytes`. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
};

export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  rawBytes: 256 * 1024 ** 3,
  // zstd reaches 3 to 6 on systems; an all-zero file reaches 10,000.
  ratio: 200,
  ratioFreeBytes: 256 * 1024 ** 2,
};

export type ImportProgress = {
  /** Of the file or upload, as it is (packed). */
  readonly sourceBytes: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  /** Since the start of the import. */
  readonly rawBytesPerSec: number;
};

export type ChunkedImage = {
  readonly manifest: Manifest;
  readonly facts: ImageFacts;
  /** Compressed bytes, equal chunks counted once. */
  readonly storedBytes: number;
};

export type ChunkRequest = {
  readonly source: Readable;
  readonly session: ChunkSession;
  readonly allowUnbootable: boolean;
  readonly limits: ImportLimits;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: ImportProgress) => void) | undefined;
  readonly nowMs: () => number;
};

/** Reads `source` to its end. Throws {@link ImportRefused}, or the file system's error of the chunk store. */
export async function chunkArchive(request: ChunkRequest): Promise<ChunkedImage> {
  const raw = await openRawStream(request.source, request.signal);
  const pool = new CompressPool();
  const chunker = new Chunker({ kind: "archive", pool, session: request.session });
  try {
    const walk = await readThrough(raw, chunker, request);
    await chunker.finish();
    checkBootable(walk, request.allowUnbootable);
    return {
      manifest: chunker.manifest(),
      facts: walk.facts.value,
      storedBytes: chunker.storedBytes,
    };
  } finally {
    await pool.close();
    // No write may come after the session is discarded.
    await chunker.settle();
  }
}

async function readThrough(raw: RawStream, chunker: Chunker, request: ChunkRequest): Promise<TarWalk> {
  const walk = new TarWalk();
  const startedMs = request.nowMs();
  for await (const piece of raw.pieces) {
    if (request.signal?.aborted) throw new ImportRefused({ kind: "cancelled" });
    const fault = walk.feed(piece);
    if (fault) {
      throw new ImportRefused({ kind: "badSource", stream: "unpacked", ...named(fault, piece) });
    }
    await chunker.add(piece);
    checkSize(chunker.rawBytes, raw.sourceBytes(), request.limits);
    const elapsedSec = Math.max(request.nowMs() - startedMs, 1) / 1000;
    request.onProgress?.({
      sourceBytes: raw.sourceBytes(),
      rawBytes: chunker.rawBytes,
      storedBytes: chunker.storedBytes,
      rawBytesPerSec: chunker.rawBytes / elapsedSec,
    });
  }
  const fault = walk.finish();
  if (fault) throw new ImportRefused({ kind: "badSource", stream: "unpacked", ...fault });
  return walk;
}

/** At the very start a damaged tar is less likely than something that never was one. */
function named(fault: TarFault, piece: Buffer): TarFault {
  const head = piece.subarray(0, TAR_BLOCK_BYTES);
  const isHeader = head.length === TAR_BLOCK_BYTES && decodeTarBlock(head).kind === "entry";
  return fault.offsetBytes === 0 && !isHeader ? { offsetBytes: 0, found: whatIs(head) } : fault;
}

function checkSize(rawBytes: number, sourceBytes: number, limits: ImportLimits): void {
  if (rawBytes > limits.rawBytes) throw new ImportRefused({ kind: "tooLarge", limitBytes: limits.rawBytes });
  if (rawBytes > limits.ratioFreeBytes && rawBytes > sourceBytes * limits.ratio)
    throw new ImportRefused({ kind: "bomb", sourceBytes, rawBytes });
}

function checkBootable(walk: TarWalk, allowUnbootable: boolean): void {
  const missing = walk.facts.missingToBoot();
  if (missing.length > 0 && !allowUnbootable) throw new ImportRefused({ kind: "notBootable", missing });
}
