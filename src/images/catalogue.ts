/**
 * What images there are. The data (chunks, manifests) lies in files beside the
 * database; an image exists when, and only when, it is in the catalogue.
 */

/** `archive`: the raw stream is an uncompressed tar of the root file system. `disk`: it is a whole disk. */
export type ImageKind = "archive" | "disk";

/** What an import learned about the operating system inside. Absent: not found, which is an error only where it is needed. */
export type ImageFacts = {
  /** `NAME` of os-release, for example `Debian GNU/Linux`. */
  readonly osName?: string | undefined;
  /** `VERSION` of os-release, for example `12 (bookworm)`. */
  readonly osVersion?: string | undefined;
  /** Newest `/boot/vmlinuz-*`, as a path in the image without leading slash. */
  readonly kernel?: string | undefined;
  /** The initramfs that belongs to `kernel`. */
  readonly initramfs?: string | undefined;
  /** How a disk is divided, for example `GPT, 3 partitions`. */
  readonly layout?: string | undefined;
  /** Files, directories, links and devices; 0 of a disk. */
  readonly entryCount: number;
  /** The least that the target must hold: unpacked files in blocks of 4 KiB, or the size of the disk. */
  readonly installedBytes: number;
};

/** An image as the catalogue keeps it. Never changes: an import under the same name makes a new one. */
export type Image = ImageFacts & {
  /** As users type it: see `isImageName`. Unique. */
  readonly name: string;
  /** Its identity: SHA-256 of the manifest's bytes, 64 hex digits. Two names may share it. */
  readonly digest: string;
  readonly kind: ImageKind;
  /** SHA-256 of the whole raw stream, 64 hex digits. */
  readonly rawDigest: string;
  readonly rawBytes: number;
  /** Compressed bytes of its chunks, each counted once. What a broadcast of it costs. */
  readonly storedBytes: number;
  /** Entries of the manifest. */
  readonly chunkCount: number;
  readonly createdAtMs: number;
};

/** Reads come from memory. Writes resolve when they are durable; a failed write rejects and changed nothing. */
export interface ImageCatalogue {
  byName(name: string): Image | undefined;
  all(): readonly Image[];
  /** Adds the image, or replaces the one of the same name. */
  put(image: Image): Promise<void>;
  /** @returns false when there was none. */
  remove(name: string): Promise<boolean>;
}

const IMAGE_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i;

/** Letters, digits, dots, hyphens and underscores, at most 63, first and last a letter or digit. */
export function isImageName(text: string): boolean {
  return IMAGE_NAME.test(text) && !text.includes("..");
}
