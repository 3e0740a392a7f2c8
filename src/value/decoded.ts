/**
 * Why some bytes could not be read. Plain data, so a log line, a test and an
 * API reply all show the same thing.
 */
export type DecodeError = {
  /** `truncated`: input ended early. `badValue`: a field broke the RFC. `unsupported`: legal, but we do not speak it. */
  readonly kind: "truncated" | "badValue" | "unsupported";
  /** Field as the RFC names it, for example `opcode` or `option blksize`. */
  readonly field: string;
  /** Where the field starts, in bytes from the first byte of the input. */
  readonly offsetBytes: number;
  readonly detail: string;
};

/** A malformed packet is ordinary traffic, so it is a value and not a throw. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: DecodeError };
