/**
 * Unpacks LZ4 frames: lz4's doc/lz4_Frame_format.md 1.6. Every checksum that is there is checked.
 *
 * Bytes in, bytes out; memory is bounded by the largest block (4 MiB) and the window of 64 KiB.
 */
import { unpackLz4Block } from "./lz4_block.ts";
import type { SourceFault } from "./source_fault.ts";
import { XxHash32, xxHash32 } from "./xxhash32.ts";

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const WINDOW_BYTES = 64 * 1024;
const STORED_BIT = 0x8000_0000;
const BLOCK_MAX_BYTES: Readonly<Record<number, number>> = {
  4: 65_536,
  5: 262_144,
  6: 1_048_576,
  7: 4_194_304,
};

type Frame = {
  readonly isLinked: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly contentBytes: number | undefined;
  readonly blockMaxBytes: number;
};

/** Throws what `refuse` makes of a fault. Owns `input` and ends it. */
export async function* unpackLz4(
  input: AsyncGenerator<Buffer>,
  refuse: (fault: SourceFault) => Error,
): AsyncGenerator<Buffer> {
  const bytes = new Taker(input, refuse);
  try {
    while (!(await bytes.atEnd())) {
      const magic = (await bytes.take(4)).readUInt32LE(0);
      if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) await bytes.skip((await bytes.take(4)).readUInt32LE(0));
      else if (magic === FRAME_MAGIC) yield* unpackFrame(bytes);
      else bytes.fail("bytes that are not lz4 data");
    }
  } finally {
    await bytes.close();
  }
}

async function* unpackFrame(bytes: Taker): AsyncGenerator<Buffer> {
  const frame = await readFrameHeader(bytes);
  const hash = new XxHash32();
  let unpackedBytes = 0;
  let window: Buffer = Buffer.alloc(0);
  for (;;) {
    const block = await readBlock(bytes, frame, window);
    if (!block) break;
    if (frame.contentChecksum) hash.update(block);
    unpackedBytes += block.length;
    if (frame.isLinked)
      window = Buffer.concat([window, block.subarray(-WINDOW_BYTES)]).subarray(-WINDOW_BYTES);
    yield block;
  }
  if (frame.contentChecksum && (await bytes.take(4)).readUInt32LE(0) !== hash.digest())
    bytes.fail("lz4 data whose checksum is wrong");
  if (unpackedBytes !== (frame.contentBytes ?? unpackedBytes))
    bytes.fail(`lz4 data of ${unpackedBytes} bytes that should be ${frame.contentBytes}`);
}

/** @returns nothing at the end of the frame */
async function readBlock(bytes: Taker, frame: Frame, window: Buffer): Promise<Buffer | undefined> {
  const size = (await bytes.take(4)).readUInt32LE(0);
  if (size === 0) return undefined;
  const stored = await takeBlock(bytes, frame, size % STORED_BIT);
  if (size >= STORED_BIT) return stored;
  return unpacked(stored, window, frame) ?? bytes.fail("damaged lz4 data");
}

async function readFrameHeader(bytes: Taker): Promise<Frame> {
  const start = await bytes.take(2);
  const flags = start.readUInt8(0);
  const hasContentSize = (flags & 8) !== 0;
  const rest = await bytes.take((hasContentSize ? 8 : 0) + 1);
  const blockMaxBytes = BLOCK_MAX_BYTES[(start.readUInt8(1) >> 4) & 7];
  if (flags >> 6 !== 1 || (flags & 3) !== 0 || blockMaxBytes === undefined)
    return bytes.fail("an lz4 frame of unknown kind, or one that needs a dictionary");
  const checked = xxHash32(Buffer.concat([start, rest.subarray(0, -1)]));
  if (((checked >> 8) & 0xff) !== rest.at(-1))
    return bytes.fail("an lz4 frame header whose checksum is wrong");
  return {
    isLinked: (flags & 0x20) === 0,
    blockChecksum: (flags & 0x10) !== 0,
    contentChecksum: (flags & 4) !== 0,
    contentBytes: hasContentSize ? Number(rest.readBigUInt64LE(0)) : undefined,
    blockMaxBytes,
  };
}

async function takeBlock(bytes: Taker, frame: Frame, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes > frame.blockMaxBytes) return bytes.fail(`an lz4 block of ${sizeBytes} bytes`);
  const block = await bytes.take(sizeBytes);
  if (frame.blockChecksum && (await bytes.take(4)).readUInt32LE(0) !== xxHash32(block))
    return bytes.fail("an lz4 block whose checksum is wrong");
  return block;
}

function unpacked(stored: Buffer, window: Buffer, frame: Frame): Buffer | undefined {
  const output = Buffer.allocUnsafe(window.length + frame.blockMaxBytes);
  window.copy(output);
  const end = unpackLz4Block(stored, output, window.length);
  return end === undefined ? undefined : output.subarray(window.length, end);
}

/** Takes exact numbers of bytes from a stream of pieces. */
class Taker {
  readonly #pieces: AsyncGenerator<Buffer>;
  readonly #refuse: (fault: SourceFault) => Error;
  #rest: Buffer = Buffer.alloc(0);
  #takenBytes = 0;

  constructor(input: AsyncGenerator<Buffer>, refuse: (fault: SourceFault) => Error) {
    this.#pieces = input;
    this.#refuse = refuse;
  }

  async atEnd(): Promise<boolean> {
    await this.#fill(1);
    return this.#rest.length === 0;
  }

  async take(bytes: number): Promise<Buffer> {
    await this.#fill(bytes);
    if (this.#rest.length < bytes) return this.fail("damaged or truncated lz4 data (unexpected end)");
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    this.#takenBytes += bytes;
    return taken;
  }

  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; left -= WINDOW_BYTES) await this.take(Math.min(left, WINDOW_BYTES));
  }

  fail(found: string): never {
    throw this.#refuse({ offsetBytes: this.#takenBytes, found });
  }

  async close(): Promise<void> {
    await this.#pieces.return(undefined);
  }

  async #fill(bytes: number): Promise<void> {
    if (this.#rest.length >= bytes) return;
    const parts = [this.#rest];
    let haveBytes = this.#rest.length;
    while (haveBytes < bytes) {
      const next = await this.#pieces.next();
      if (next.done) break;
      parts.push(next.value);
      haveBytes += next.value.length;
    }
    this.#rest = Buffer.concat(parts);
  }
}
