/**
 * One LZ4 block: lz4's doc/lz4_Block_format.md.
 *
 * Pure. Never throws on bytes.
 */

const MIN_MATCH_BYTES = 4;
/** Below this a loop is faster than a call. */
const LOOP_BYTES = 32;

/**
 * Unpacks `block` into `output` from `startBytes` on. What lies before that in `output` may be referred to.
 *
 * @returns where it ended in `output`, or `undefined` when the block is damaged or does not fit
 */
export function unpackLz4Block(block: Buffer, output: Buffer, startBytes: number): number | undefined {
  const from: Cursor = { at: 0 };
  let to = startBytes;
  while (from.at < block.length) {
    const token = block[from.at++] ?? 0;
    const literals = lengthAt(block, from, token >> 4);
    if (from.at + literals > block.length || to + literals > output.length) return undefined;
    copy(block, from.at, output, to, literals);
    from.at += literals;
    to += literals;
    if (from.at === block.length) return to;
    const offset = (block[from.at] ?? 0) | ((block[from.at + 1] ?? 0) << 8);
    from.at += 2;
    const match = MIN_MATCH_BYTES + lengthAt(block, from, token & 15);
    if (offset === 0 || offset > to || to + match > output.length) return undefined;
    repeat(output, to, offset, match);
    to += match;
  }
  // The last sequence of a block has literals only.
  return undefined;
}

type Cursor = { at: number };

const LONG = 15;

/** Four bits of the token, and further bytes while they are at their most. */
function lengthAt(block: Buffer, from: Cursor, nibble: number): number {
  let length = nibble;
  for (let byte = nibble === LONG ? 255 : 0; byte === 255; length += byte) byte = block[from.at++] ?? 0;
  return length;
}

function copy(from: Buffer, at: number, into: Buffer, to: number, bytes: number): void {
  if (bytes > LOOP_BYTES) from.copy(into, to, at, at + bytes);
  else for (let index = 0; index < bytes; index++) into[to + index] = from[at + index] ?? 0;
}

/** Source and target may overlap: then the bytes repeat. */
function repeat(output: Buffer, to: number, offset: number, bytes: number): void {
  if (bytes <= LOOP_BYTES) {
    for (let index = 0; index < bytes; index++) output[to + index] = output[to + index - offset] ?? 0;
    return;
  }
  let doneBytes = 0;
  while (doneBytes < bytes) {
    // What is done is itself repeated, so each step may take twice as much.
    const step = Math.min(offset + doneBytes, bytes - doneBytes);
    output.copyWithin(to + doneBytes, to - offset, to - offset + step);
    doneBytes += step;
  }
}
