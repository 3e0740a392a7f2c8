/** xxHash, 32 bits, seed 0: the checksum of the LZ4 frame format. Pure. */

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;
const STRIPE_BYTES = 16;

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const round = (lane: number, word: number): number => Math.imul(rotated(lane + Math.imul(word, P2), 13), P1);

/** Takes bytes in pieces of any size. */
export class XxHash32 {
  #a = (P1 + P2) | 0;
  #b = P2 | 0;
  #c = 0;
  #d = -P1 | 0;
  #rest = Buffer.alloc(0);
  #bytes = 0;

  update(bytes: Buffer): this {
    this.#bytes += bytes.length;
    const joined = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    const end = joined.length - (joined.length % STRIPE_BYTES);
    const view = new DataView(joined.buffer, joined.byteOffset, joined.length);
    for (let at = 0; at < end; at += STRIPE_BYTES) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
    this.#rest = Buffer.from(joined.subarray(end));
    return this;
  }

  /** Unsigned. */
  digest(): number {
    let hash =
      this.#bytes >= STRIPE_BYTES
        ? rotated(this.#a, 1) + rotated(this.#b, 7) + rotated(this.#c, 12) + rotated(this.#d, 18)
        : P5;
    hash = (hash + this.#bytes) | 0;
    const words = this.#rest.length - (this.#rest.length % 4);
    for (let at = 0; at < words; at += 4)
      hash = Math.imul(rotated((hash + Math.imul(this.#rest.readInt32LE(at), P3)) | 0, 17), P4);
    for (const byte of this.#rest.subarray(words))
      hash = Math.imul(rotated((hash + Math.imul(byte, P5)) | 0, 11), P1);
    hash = Math.imul(hash ^ (hash >>> 15), P2);
    hash = Math.imul(hash ^ (hash >>> 13), P3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

export const xxHash32 = (bytes: Buffer): number => new XxHash32().update(bytes).digest();
