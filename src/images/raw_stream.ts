/**
 * From a file or upload to the raw (unpacked) bytes of the image. gzip and zstd are Node's; xz and bzip2 are the
 * programs of those names, for no maintained library unpacks both.
 */
import { spawn } from "node:child_process";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { ImportRefused } from "./import_problem.ts";
import { SNIFF_BYTES, type SourceFormat, sniffSource } from "./source_format.ts";

/** A frame that asks for more memory than this is refused (2^27 = 128 MiB). */
const MAX_WINDOW_LOG = 27;
const MAX_TOOL_MEMORY = "256MiB";
const OUTPUT_BYTES = 1024 * 1024;

export type RawStream = {
  readonly format: SourceFormat;
  /** Bytes of the source taken so far. */
  readonly sourceBytes: () => number;
  /** Throws {@link ImportRefused}. Pieces of any size; the consumer copies what it keeps. */
  readonly pieces: AsyncIterable<Buffer>;
};

/** Looks at the first bytes of `source` and gives its raw bytes. Throws {@link ImportRefused}. */
export async function openRawStream(source: Readable, signal: AbortSignal | undefined): Promise<RawStream> {
  const input = readAll(source, signal);
  const head: Buffer[] = [];
  let headBytes = 0;
  while (headBytes < SNIFF_BYTES) {
    const next = await input.next();
    if (next.done) break;
    head.push(next.value);
    headBytes += next.value.length;
  }
  const first = Buffer.concat(head);
  const sniffed = sniffSource(first.subarray(0, SNIFF_BYTES));
  if (!sniffed.ok) {
    await input.return(undefined);
    throw new ImportRefused({ kind: "badSource", stream: "file", offsetBytes: 0, found: sniffed.found });
  }
  let sourceBytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    sourceBytes += first.length;
    yield first;
    for await (const piece of input) {
      sourceBytes += piece.length;
      yield piece;
    }
  };
  const { format } = sniffed;
  return { format, sourceBytes: () => sourceBytes, pieces: unpack(format, counted()) };
}

async function* readAll(
  source: Readable,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, undefined> {
  const onAbort = (): void => void source.destroy(new Error("cancelled"));
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    for await (const piece of source) yield piece;
  } catch (error) {
    if (signal?.aborted) throw new ImportRefused({ kind: "cancelled" });
    throw new ImportRefused({ kind: "sourceUnreadable", detail: messageOf(error) });
  } finally {
    signal?.removeEventListener("abort", onAbort);
    source.destroy();
  }
  return undefined;
}

function unpack(format: SourceFormat, input: AsyncGenerator<Buffer>): AsyncIterable<Buffer> {
  switch (format) {
    case "tar":
      return input;
    case "gzip":
      return throughNode(createGunzip({ chunkSize: OUTPUT_BYTES }), { format, input });
    case "zstd":
      return throughNode(
        createZstdDecompress({
          chunkSize: OUTPUT_BYTES,
          params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
        }),
        { format, input },
      );
    case "xz":
      return throughProgram("xz", {
        input,
        args: ["--decompress", "--stdout", `--memlimit-decompress=${MAX_TOOL_MEMORY}`],
        debianPackage: "xz-utils",
      });
    case "bzip2":
      return throughProgram("bzip2", {
        input,
        args: ["--decompress", "--stdout"],
        debianPackage: "bzip2",
      });
  }
}

type Unpacker = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

async function* throughNode(
  unpacker: Unpacker,
  from: { readonly format: string; readonly input: AsyncGenerator<Buffer> },
): AsyncGenerator<Buffer> {
  let takenBytes = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of from.input) {
      takenBytes += piece.length;
      yield piece;
    }
  };
  // The error of a refused source reaches the reader below through `destroy`, so this promise only has to be heard.
  pipeline(Readable.from(counted(), { objectMode: false }), unpacker).catch(() => undefined);
  try {
    for await (const piece of unpacker) yield piece as Buffer;
  } catch (error) {
    if (error instanceof ImportRefused) throw error;
    throw damaged(`damaged or truncated ${from.format} data (${messageOf(error)})`, unpacker.bytesWritten);
  } finally {
    unpacker.destroy();
  }
  // zlib and zstd stop at the first byte that is not theirs and say nothing.
  if (takenBytes > unpacker.bytesWritten) {
    throw damaged(
      `${takenBytes - unpacker.bytesWritten} bytes that are not ${from.format} data`,
      unpacker.bytesWritten,
    );
  }
}

async function* throughProgram(
  program: string,
  from: {
    readonly input: AsyncGenerator<Buffer>;
    readonly args: readonly string[];
    readonly debianPackage: string;
  },
): AsyncGenerator<Buffer> {
  const { PATH } = process.env;
  const child = spawn(program, [...from.args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH, LC_ALL: "C" },
  });
  const ended = endOf(child);
  let takenBytes = 0;
  let refused: unknown;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of from.input) {
      takenBytes += piece.length;
      yield piece;
    }
  };
  const fed = feed(child.stdin, counted()).catch((error: unknown) => {
    if (!(error instanceof ImportRefused)) return; // EPIPE: the program's own words follow
    refused = error;
    child.kill("SIGKILL");
  });
  try {
    for await (const piece of child.stdout) yield piece;
    const { code, missing, words } = await ended;
    if (missing)
      throw new ImportRefused({
        kind: "toolMissing",
        tool: program,
        debianPackage: from.debianPackage,
      });
    await fed;
    if (refused) throw refused;
    if (code !== 0)
      throw damaged(`damaged or truncated ${program} data (${words || `exit code ${code}`})`, takenBytes);
  } finally {
    child.kill("SIGKILL");
    await ended;
    await from.input.return(undefined);
  }
}

async function feed(into: Writable, pieces: AsyncGenerator<Buffer>): Promise<void> {
  await pipeline(Readable.from(pieces, { objectMode: false }), into);
}

type ProgramEnd = { readonly code: number | null; readonly missing: boolean; readonly words: string };

const MAX_WORDS = 300;

function endOf(child: ReturnType<typeof spawn>): Promise<ProgramEnd> {
  let words = "";
  child.stderr?.on("data", (bytes: Buffer) => {
    words = (words + bytes.toString("utf8")).slice(0, MAX_WORDS);
  });
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ code: null, missing: error.code === "ENOENT", words: error.message }),
    );
    child.once("close", (code) =>
      resolve({ code, missing: false, words: words.trim().replaceAll(/\s+/g, " ") }),
    );
  });
}

function damaged(found: string, offsetBytes: number): ImportRefused {
  return new ImportRefused({ kind: "badSource", stream: "file", offsetBytes, found });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
