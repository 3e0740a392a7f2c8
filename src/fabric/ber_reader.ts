/**
 * BER as SNMP uses it: X.690 clause 8.1, tags of one byte and definite lengths (RFC 3417 section 8). Pure.
 *
 * The first fault sticks, in this reader and in all that were made from it: later reads give empty values.
 */
import type { Decoded, DecodeError } from "#src/value/decoded.ts";

export type BerValue = {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Where the content starts in the whole input. */
  readonly offsetBytes: number;
};

/** A datagram has 64 KiB. */
const MAX_LENGTH_BYTES = 4;
/** Agents are known to send five for a Counter32, and eight for what they believe is one. */
const MAX_INTEGER_BYTES = 9;

type Fault = { standing?: DecodeError };

export class BerReader {
  readonly #bytes: Uint8Array;
  /** Where its first byte is in the whole input. */
  readonly #startBytes: number;
  readonly #fault: Fault;
  #at = 0;

  constructor(
    bytes: Uint8Array,
    { startBytes, fault }: { startBytes: number; fault: Fault } = { startBytes: 0, fault: {} },
  ) {
    this.#bytes = bytes;
    this.#startBytes = startBytes;
    this.#fault = fault;
  }

  get leftBytes(): number {
    return this.#fault.standing ? 0 : this.#bytes.length - this.#at;
  }

  /** The next value, whole inside of this one. */
  next(field: string, tag?: number, mostBytes = Number.POSITIVE_INFINITY): BerValue {
    if (this.leftBytes < 2) return this.#refuse(field, "truncated", "no room for a type and a length");
    const found = this.#bytes[this.#at] ?? 0;
    if (tag !== undefined && found !== tag)
      return this.#refuse(field, "badValue", `type 0x${found.toString(16)}, 0x${tag.toString(16)} wanted`);
    const sizeBytes = this.#length(field);
    if (sizeBytes > this.leftBytes)
      return this.#refuse(field, "truncated", `says ${sizeBytes} bytes, has ${this.leftBytes}`);
    if (sizeBytes > mostBytes)
      return this.#refuse(field, "badValue", `${sizeBytes} bytes, at most ${mostBytes} wanted`);
    const offsetBytes = this.#startBytes + this.#at;
    const content = this.#bytes.subarray(this.#at, this.#at + sizeBytes);
    this.#at += sizeBytes;
    return { tag: found, content, offsetBytes };
  }

  /** Reads on inside of a value. */
  enter({ content, offsetBytes }: BerValue): BerReader {
    return new BerReader(content, { startBytes: offsetBytes, fault: this.#fault });
  }

  /** Two's complement; `mostBytes` as on the wire. */
  integer(field: string, mostBytes = MAX_INTEGER_BYTES): number {
    const { content } = this.next(field, 2, mostBytes);
    if (content.length === 0 && !this.#fault.standing) this.fail(field, "an integer of no bytes");
    return content.reduce((sum, byte) => sum * 0x100 + byte, (content[0] ?? 0) >= 0x80 ? -1 : 0);
  }

  fail(field: string, detail: string): undefined {
    this.#refuse(field, "badValue", detail);
  }

  finish<T>(value: T | undefined): Decoded<T> {
    if (this.#fault.standing) return { ok: false, error: this.#fault.standing };
    if (value === undefined) throw new Error("A decoder gave no value and recorded no fault");
    return { ok: true, value };
  }

  /** Steps over type and length. */
  #length(field: string): number {
    const first = this.#bytes[this.#at + 1] ?? 0;
    this.#at += 2;
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > MAX_LENGTH_BYTES || count > this.leftBytes) {
      this.fail(field, `a length of ${count} bytes`);
      return 0;
    }
    const length = this.#bytes
      .subarray(this.#at, this.#at + count)
      .reduce((sum, byte) => sum * 0x100 + byte, 0);
    this.#at += count;
    return length;
  }

  #refuse(field: string, kind: DecodeError["kind"], detail: string): BerValue {
    this.#fault.standing ??= { kind, field, offsetBytes: this.#startBytes + this.#at, detail };
    return { tag: 0, content: new Uint8Array(0), offsetBytes: this.#startBytes + this.#at };
  }
}
