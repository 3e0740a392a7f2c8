/**
 * Turns a root archive or a disk into chunks and a manifest.
 *
 *     source ─► raw stream ─► walk it ─► chunks ─► compress (threads) ─► chunk files ─► manifest
 *
 * One pass over the raw stream, bounded memory, nothing unpacked as files. Stores the chunks, not the manifest or the catalogue entry:
 * see `library.ts`, which makes both appear together or leaves nothing.
 */
import type { Readable } from "node:stream";
import type { ImageFacts, ImageKind } from "./catalogue.ts";
import type { ChunkSession } from "./chunk_store.ts";
import { Chunker } from "./chunker.ts";
import type { ImageDescription } from "./description.ts";
import { DiskWalk } from "./disk_walk.ts";
import { checkUnpacked, type ImportLimits } from "./import_limits.ts";
import { ImportRefused } from "./import_problem.ts";
import { ImportWorkers } from "./import_threads.ts";
import type { Manifest } from "./manifest.ts";
import { openRawStream, type RawStream } from "./raw_stream.ts";
import type { SourceFault } from "./source_fault.ts";
import { pieceBytes, type StreamPiece } from "./stream_piece.ts";
import { TarWalk } from "./tar_walk.ts";

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
  /** What the source must be; else its bytes decide. */
  readonly kind?: ImageKind | undefined;
  /** Of a container image for several, as Go names it. */
  readonly architecture?: string | undefined;
  readonly sha256?: string | undefined;
  /** For sources that are read here and there. */
  readonly spoolDirectory: string;
  readonly session: ChunkSession;
  readonly allowUnbootable: boolean;
  /** What its owner says of the image. */
  readonly about: ImageDescription;
  readonly limits: ImportLimits;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: ImportProgress) => void) | undefined;
  readonly nowMs: () => number;
};

/** Reads `source` to its end. Throws {@link ImportRefused}, or the file system's error of the chunk store. */
export async function chunkImage(request: ChunkRequest): Promise<ChunkedImage> {
  const meter = new Meter(request);
  const raw = await openRawStream({ ...request, onSpooled: () => meter.report() });
  const threads = new ImportWorkers();
  const chunker = new Chunker({ kind: raw.kind, threads, session: request.session });
  meter.watch(raw, chunker);
  try {
    const walk = raw.kind === "disk" ? new DiskWalk(request.about) : archiveWalk(request.about);
    await readThrough({ raw, walk, chunker, meter });
    if (!raw.isChecked())
      refuse({ offsetBytes: raw.sourceBytes(), found: "more data after the end of the image" });
    const manifest = await chunker.finish();
    checkDescribed(walk, request);
    return { manifest, facts: walk.value, storedBytes: chunker.storedBytes };
  } finally {
    await threads.close();
    // No write may come after the session is discarded.
    await chunker.settle();
  }
}

/** Watches the raw stream: is it what it should be, what is in it. */
type Walk = {
  feed(piece: StreamPiece): SourceFault | undefined;
  finish(): SourceFault | undefined;
  missingToBoot(): readonly string[];
  missingNamed(): readonly string[];
  readonly value: ImageFacts;
};

function archiveWalk(about: ImageDescription): Walk {
  const walk = new TarWalk(about);
  return {
    feed: (piece) => {
      if (!Buffer.isBuffer(piece)) throw new Error("A run of zeros in an archive");
      return walk.feed(piece);
    },
    finish: () => walk.finish(),
    missingToBoot: () => walk.facts.missingToBoot(),
    missingNamed: () => walk.facts.missingNamed(),
    get value() {
      return walk.facts.value;
    },
  };
}

async function readThrough(parts: {
  readonly raw: RawStream;
  readonly walk: Walk;
  readonly chunker: Chunker;
  readonly meter: Meter;
}): Promise<void> {
  const { raw, walk, chunker, meter } = parts;
  for await (const piece of raw.pieces) {
    meter.check();
    refuse(walk.feed(piece));
    if (Buffer.isBuffer(piece)) await chunker.add(piece);
    else await chunker.addZeros(piece.zeroBytes);
    meter.count(piece);
    meter.report();
  }
  refuse(walk.finish());
}

function refuse(fault: SourceFault | undefined): void {
  if (fault) throw new ImportRefused({ kind: "badSource", stream: "unpacked", ...fault });
}

function checkDescribed(walk: Walk, { about, allowUnbootable }: ChunkRequest): void {
  const unnamed = walk.missingNamed();
  if (unnamed.length > 0) throw new ImportRefused({ kind: "namedMissing", paths: unnamed });
  const missing = walk.missingToBoot();
  if (missing.length > 0 && !allowUnbootable)
    throw new ImportRefused({ kind: "notBootable", missing, policy: about.bootLoader });
}

/** Keeps an import within its limits and tells how far it is. */
class Meter {
  readonly #request: ChunkRequest;
  readonly #startedMs: number;
  #raw: RawStream | undefined;
  #chunker: Chunker | undefined;
  #dataBytes = 0;

  constructor(request: ChunkRequest) {
    this.#request = request;
    this.#startedMs = request.nowMs();
  }

  watch(raw: RawStream, chunker: Chunker): void {
    this.#raw = raw;
    this.#chunker = chunker;
  }

  check(): void {
    if (this.#request.signal?.aborted) throw new ImportRefused({ kind: "cancelled" });
  }

  count(piece: StreamPiece): void {
    if (Buffer.isBuffer(piece)) this.#dataBytes += pieceBytes(piece);
    const rawBytes = this.#chunker?.rawBytes ?? 0;
    const sourceBytes = this.#raw?.sourceBytes() ?? 0;
    checkUnpacked({ rawBytes, dataBytes: this.#dataBytes, sourceBytes }, this.#request.limits);
  }

  report(): void {
    const rawBytes = this.#chunker?.rawBytes ?? 0;
    const elapsedSec = Math.max(this.#request.nowMs() - this.#startedMs, 1) / 1000;
    this.#request.onProgress?.({
      sourceBytes: this.#raw?.sourceBytes() ?? 0,
      rawBytes,
      storedBytes: this.#chunker?.storedBytes ?? 0,
      rawBytesPerSec: rawBytes / elapsedSec,
    });
  }
}
