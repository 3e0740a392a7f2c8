/**
 * Takes the packing off a stream. gzip and zstd are Node's, lz4 is ours; xz, lzma, lzip and bzip2 are the programs `xz`
 * and `bzip2`, for no maintained library unpacks them all.
 */
import { spawn } from "node:child_process";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { ImportRefused, type SourceStream } from "./import_problem.ts";
import { unpackLz4 } from "./lz4_stream.ts";
import type { Packing } from "./source_format.ts";

/** A frame that asks for more memory than this is refused (2^27 = 128 MiB). */
const MAX_WINDOW_LOG = 27;
const MAX_TOOL_MEMORY = "256MiB";
const OUTPUT_BYTES = 1024 * 1024;

export type Packed = {
  readonly packing: Packing;
  readonly input: AsyncGenerator<Buffer>;
  /** How a refusal names the packed bytes. */
  readonly stream: SourceStream;
};

/** Throws {@link ImportRefused}. The generator owns `input` and ends it. */
export function unpack(from: Packed): AsyncGenerator<Buffer> {
  switch (from.packing) {
    case "gzip":
      return throughNode(createGunzip({ chunkSize: OUTPUT_BYTES }), from);
    case "zstd":
      return throughNode(
        createZstdDecompress({
          chunkSize: OUTPUT_BYTES,
          params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
        }),
        from,
      );
    case "lz4":
      return unpackLz4(from.input, ({ offsetBytes, found }) => damaged(from, found, offsetBytes));
    case "xz":
    case "lzma":
    case "lzip":
      return throughProgram(from, {
        program: "xz",
        args: [
          "--decompress",
          "--stdout",
          `--format=${from.packing}`,
          `--memlimit-decompress=${MAX_TOOL_MEMORY}`,
        ],
        debianPackage: "xz-utils",
      });
    case "bzip2":
      return throughProgram(from, {
        program: "bzip2",
        args: ["--decompress", "--stdout"],
        debianPackage: "bzip2",
      });
  }
}

type Unpacker = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

async function* throughNode(unpacker: Unpacker, from: Packed): AsyncGenerator<Buffer> {
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
    throw damaged(
      from,
      `damaged or truncated ${from.packing} data (${messageOf(error)})`,
      unpacker.bytesWritten,
    );
  } finally {
    unpacker.destroy();
  }
  // zlib and zstd stop at the first byte that is not theirs and say nothing.
  if (takenBytes > unpacker.bytesWritten) {
    throw damaged(
      from,
      `${takenBytes - unpacker.bytesWritten} bytes that are not ${from.packing} data`,
      unpacker.bytesWritten,
    );
  }
}

type Tool = { readonly program: string; readonly args: readonly string[]; readonly debianPackage: string };

async function* throughProgram(from: Packed, tool: Tool): AsyncGenerator<Buffer> {
  const { PATH } = process.env;
  const child = spawn(tool.program, [...tool.args], {
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
        tool: tool.program,
        debianPackage: tool.debianPackage,
      });
    await fed;
    if (refused) throw refused;
    if (code !== 0)
      throw damaged(
        from,
        `damaged or truncated ${from.packing} data (${words || `exit code ${code}`})`,
        takenBytes,
      );
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

function damaged({ stream }: Packed, found: string, offsetBytes: number): ImportRefused {
  return new ImportRefused({ kind: "badSource", stream, offsetBytes, found });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
