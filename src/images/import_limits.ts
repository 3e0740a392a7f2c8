/** How much an import may unpack to. Pure. */
import { ImportRefused } from "./import_problem.ts";

export type ImportLimits = {
  /** The most that an image may unpack to. */
  readonly rawBytes: number;
  /** A source may unpack to this many times its own size, once it is past `ratioFreeBytes`. */
  readonly ratio: number;
  readonly ratioFreeBytes: number;
};

export const DEFAULT_IMPORT_LIMITS: ImportLimits = {
  rawBytes: 256 * 1024 ** 3,
  // zstd reaches 3 to 6 on systems; an all-zero file reaches 10,000.
  ratio: 200,
  ratioFreeBytes: 256 * 1024 ** 2,
};

export type UnpackedSize = {
  readonly rawBytes: number;
  /** Without the zeros of a disk, of which a small file may honestly describe many. */
  readonly dataBytes: number;
  readonly sourceBytes: number;
};

/** Throws {@link ImportRefused}. */
export function checkUnpacked(size: UnpackedSize, limits: ImportLimits): void {
  if (size.rawBytes > limits.rawBytes)
    throw new ImportRefused({ kind: "tooLarge", limitBytes: limits.rawBytes });
  if (size.dataBytes > limits.ratioFreeBytes && size.dataBytes > size.sourceBytes * limits.ratio)
    throw new ImportRefused({ kind: "bomb", sourceBytes: size.sourceBytes, rawBytes: size.dataBytes });
}
