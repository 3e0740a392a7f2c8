import type { Decoded, DecodeError } from "./decoded.ts";

/**
 * Reads big-endian fields from the front of a byte array.
 *
 * The first fault sticks: later reads return zero or empty, so a decoder reads
 * straight down its RFC diagram and calls `finish` once at the end.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offsetBytes = 0;
  #fault: DecodeError | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get leftBytes(): number {
    return this.#fault ? 0 : this.#bytes.length - this.#offsetBytes;
  }

  u8(field: string): number {
    return this.#bytes[this.#pass(1, field)] ?? 0;
  }

  u16(field: string): number {
    const at = this.#pass(2, field);
    return ((this.#bytes[at] ?? 0) << 8) | (this.#bytes[at + 1] ?? 0);
  }

  /** The next `sizeBytes` bytes as a view; the caller copies if it keeps them. */
  take(sizeBytes: number, field: string): Uint8Array {
    const start = this.#pass(sizeBytes, field);
    return this.#fault ? new Uint8Array(0) : this.#bytes.subarray(start, start + sizeBytes);
  }

  /** @returns where the field starts; behind the end of the input when there is not so much left */
  #pass(sizeBytes: number, field: string): number {
    if (sizeBytes > this.leftBytes) {
      this.fail("truncated", field, `needs ${sizeBytes} bytes, has ${this.leftBytes}`);
      return this.#bytes.length;
    }
    const start = this.#offsetBytes;
    this.#offsetBytes += sizeBytes;
    return start;
  }

  /** Printable ASCII up to a NUL, which is consumed and not returned. */
  asciiZ(field: string): string {
    const rest = this.#bytes.subarray(this.#offsetBytes);
    const end = this.#fault ? -1 : rest.indexOf(0);
    if (end < 0) {
      this.fail("truncated", field, "no terminating NUL");
      return "";
    }
    if (rest.subarray(0, end).some((byte) => byte < 0x20 || byte > 0x7e)) {
      this.fail("badValue", field, "not printable ASCII");
      return "";
    }
    this.#offsetBytes += end + 1;
    return Buffer.from(rest.subarray(0, end)).toString("ascii");
  }

  /** Records a fault unless one is already standing. */
  fail(kind: DecodeError["kind"], field: string, detail: string): undefined {
    this.#fault ??= { kind, field, offsetBytes: this.#offsetBytes, detail };
  }

  /** The decoded value, or the first fault met on the way to it. */
  finish<T>(value: T | undefined): Decoded<T> {
    if (this.#fault) return { ok: false, error: this.#fault };
    if (value === undefined) throw new Error("A decoder gave no value and recorded no fault");
    return { ok: true, value };
  }
}
