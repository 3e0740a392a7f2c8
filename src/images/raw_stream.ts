/**
 * From a file or upload to the raw bytes of the image, whatever it is in:
 *
 *     source ─► packing off ─► tar: as it is
 *                            ─► container image: spool ─► layers merged into one tar
 *                            ─► disk: as it is, zeros found
 *                            ─► qcow2: spool ─► the disk inside
 */
import type { Readable } from "node:stream";
import type { ImageKind } from "./catalogue.ts";
import { ContainerArchive, ContainerIndex } from "./container_archive.ts";
import { chooseLayers } from "./container_choice.ts";
import { flattenLayers } from "./container_stream.ts";
import { DigestCheck } from "./digest_check.ts";
import { checkUnpacked, type ImportLimits } from "./import_limits.ts";
import { ImportRefused, type SourceStream } from "./import_problem.ts";
import { Peekable } from "./peekable.ts";
import { readQcow2 } from "./qcow2_stream.ts";
import type { SourceFault } from "./source_fault.ts";
import { type Content, SNIFF_BYTES, sniffContent, sniffPacking } from "./source_format.ts";
import { Spool } from "./spool.ts";
import type { StreamPiece } from "./stream_piece.ts";
import { unpack } from "./unpack.ts";
import { WindowCache } from "./window_cache.ts";
import { withoutZeros } from "./zero_blocks.ts";

/** Most nodes are of this kind. */
const DEFAULT_ARCHITECTURE = "amd64";

export type RawStreamRequest = {
  readonly source: Readable;
  /** What it must be; else its bytes decide. */
  readonly kind?: ImageKind | undefined;
  /** Of a container image for several, as Go names it. */
  readonly architecture?: string | undefined;
  /** SHA-256 of all its bytes as they come, 64 hex digits, when it is known beforehand. */
  readonly sha256?: string | undefined;
  /** A folder of the data disk for sources that must be read here and there. */
  readonly spoolDirectory: string;
  readonly limits: ImportLimits;
  readonly signal: AbortSignal | undefined;
  /** Called while nothing comes out yet, because the source is being spooled. */
  readonly onSpooled?: (() => void) | undefined;
};

export type RawStream = {
  readonly kind: ImageKind;
  /** Bytes of the source taken so far. */
  readonly sourceBytes: () => number;
  /** Whether it came to its end and is what it should be by `sha256`. */
  readonly isChecked: () => boolean;
  /** Throws {@link ImportRefused} or the file system's error. Pieces of any size; the consumer copies what it keeps. */
  readonly pieces: AsyncGenerator<StreamPiece>;
};

/** Looks at the first bytes of the source and gives its raw bytes. Throws {@link ImportRefused}. */
export async function openRawStream(request: RawStreamRequest): Promise<RawStream> {
  let sourceBytes = 0;
  const check = new DigestCheck(request.sha256);
  const source = readAll(
    request,
    (piece) => {
      sourceBytes += piece.length;
      check.add(piece);
    },
    () => check.end(),
  );
  const packed = new Peekable(source);
  const packing = sniffPacking(await packed.peek(SNIFF_BYTES));
  const stream = packing ? "unpacked" : "file";
  const raw = packing ? new Peekable(unpack({ packing, input: packed.all(), stream: "file" })) : packed;
  const sniffed = sniffContent(await raw.peek(SNIFF_BYTES), request.kind);
  if (!sniffed.ok) {
    await raw.close();
    throw new ImportRefused({ kind: "badSource", stream, offsetBytes: 0, found: sniffed.found });
  }
  const opened = { request, stream, sourceBytes: () => sourceBytes } as const;
  return {
    kind: sniffed.content === "tar" || sniffed.content === "container" ? "archive" : "disk",
    sourceBytes: opened.sourceBytes,
    isChecked: () => check.isEnded,
    pieces: piecesOf(sniffed.content, raw, opened),
  };
}

type Opened = {
  readonly request: RawStreamRequest;
  readonly stream: SourceStream;
  readonly sourceBytes: () => number;
};

function piecesOf(content: Content, raw: Peekable, opened: Opened): AsyncGenerator<StreamPiece> {
  switch (content) {
    case "tar":
      return raw.all();
    case "container":
      return containerPieces(raw, opened);
    case "disk":
      return diskPieces(raw);
    case "qcow2":
      return qcow2Pieces(raw, opened);
  }
}

async function* diskPieces(raw: Peekable): AsyncGenerator<StreamPiece> {
  for await (const piece of raw.all()) yield* withoutZeros(piece);
}

async function* qcow2Pieces(raw: Peekable, opened: Opened): AsyncGenerator<StreamPiece> {
  await using spool = await spooled(raw, opened);
  const { limits } = opened.request;
  yield* readQcow2(spool, {
    refuse: (fault) => new ImportRefused({ kind: "badSource", stream: opened.stream, ...fault }),
    checkSize: (rawBytes) => checkUnpacked({ rawBytes, dataBytes: 0, sourceBytes: 0 }, limits),
  });
}

async function* containerPieces(raw: Peekable, opened: Opened): AsyncGenerator<Buffer> {
  const index = new ContainerIndex();
  const { request, stream, sourceBytes } = opened;
  const watch = (piece: Buffer): void => refuse(index.feed(piece), stream);
  await using file = await spooled(raw, opened, watch);
  refuse(index.finish(), stream);
  const archive = new ContainerArchive({ file, index, stream });
  const layers = await chooseLayers(archive, request.architecture ?? DEFAULT_ARCHITECTURE);
  if (!layers) {
    yield* new WindowCache(file).read(0, file.sizeBytes);
    return;
  }
  await using spool = await Spool.open(request.spoolDirectory);
  const checkSpool = (): void => {
    const bytes = spool.sizeBytes;
    checkUnpacked({ rawBytes: bytes, dataBytes: bytes, sourceBytes: sourceBytes() }, request.limits);
    refuseCancelled(request);
  };
  yield* flattenLayers({ archive, layers, spool, checkSpool });
}

function refuse(fault: SourceFault | undefined, stream: SourceStream): void {
  if (fault) throw new ImportRefused({ kind: "badSource", stream, ...fault });
}

function refuseCancelled({ signal }: RawStreamRequest): void {
  if (signal?.aborted) throw new ImportRefused({ kind: "cancelled" });
}

/** The whole of `raw` in a file. */
async function spooled(
  raw: Peekable,
  { request, sourceBytes }: Opened,
  watch: (piece: Buffer) => void = () => undefined,
): Promise<Spool> {
  const spool = await Spool.open(request.spoolDirectory);
  try {
    for await (const piece of raw.all()) {
      watch(piece);
      await spool.append(piece);
      const bytes = spool.sizeBytes;
      checkUnpacked({ rawBytes: bytes, dataBytes: bytes, sourceBytes: sourceBytes() }, request.limits);
      request.onSpooled?.();
    }
    return spool;
  } catch (error) {
    await spool[Symbol.asyncDispose]();
    throw error;
  }
}

async function* readAll(
  { source, signal }: RawStreamRequest,
  onPiece: (piece: Buffer) => void,
  onEnd: () => void,
): AsyncGenerator<Buffer, undefined> {
  const onAbort = (): void => void source.destroy(new Error("cancelled"));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    for await (const piece of source) {
      onPiece(piece);
      yield piece;
    }
  } catch (error) {
    if (signal?.aborted) throw new ImportRefused({ kind: "cancelled" });
    throw new ImportRefused({ kind: "sourceUnreadable", detail: messageOf(error) });
  } finally {
    signal?.removeEventListener("abort", onAbort);
    source.destroy();
  }
  onEnd();
  return undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
