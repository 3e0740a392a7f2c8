/**
 * What images there are. The data (chunks, manifests) lies in files beside the
 * database; an image exists when, and only when, it is in the catalogue.
 */

import type { Architecture, ImageDescription, Visibility } from "./description.ts";
import type { Inspection } from "./inspection.ts";

/** `archive`: the raw stream is an uncompressed tar of the root file system. `disk`: it is a whole disk. */
export type ImageKind = "archive" | "disk";

/** What an import learned about the operating system inside. Absent: not found, which is an error only where it is needed. */
export type ImageFacts = {
  /** `NAME` of os-release, for example `Debian GNU/Linux`. */
  readonly osName?: string | undefined;
  /** `VERSION` of os-release, for example `12 (bookworm)`. */
  readonly osVersion?: string | undefined;
  /** The one that is started: newest `/boot/vmlinuz-*`, or as its owner says. A path in the image without leading slash. */
  readonly kernel?: string | undefined;
  /** The initramfs that belongs to `kernel`. */
  readonly initramfs?: string | undefined;
  /** How a disk is divided, for example `GPT, 3 partitions`. */
  readonly layout?: string | undefined;
  /** Files, directories, links and devices; 0 of a disk. */
  readonly entryCount: number;
  /** The least that the target must hold: unpacked files in blocks of 4 KiB, or the size of the disk. */
  readonly installedBytes: number;
  /** Absent: imported before anybody looked. */
  readonly found?: Inspection | undefined;
};

/** What names an image: no two have the same. */
export type ImageKey = {
  readonly owner: string;
  /** See `isImageName`. */
  readonly name: string;
  /** From 1. */
  readonly version: number;
};

/** What may change of an image after its import. */
export type ImageTerms = {
  readonly visibility: Visibility;
  /** Without `name`, `version`, `visibility` and `architecture`, which stand beside it. */
  readonly about?: ImageDescription | undefined;
  /** Absent: nobody said and nothing was found. */
  readonly architecture?: Architecture | undefined;
};

/** An image as the catalogue keeps it. Its content never changes. */
export type Image = ImageFacts &
  ImageKey &
  ImageTerms & {
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
    /** Came with a deployment and goes with it: in no list. */
    readonly isTemporary?: boolean | undefined;
  };

/** Who owns what nobody else brought: the administrator of the appliance. */
export const ADMIN_OWNER = "admin";

/** Reads come from memory. Writes resolve when they are durable; a failed write rejects and changed nothing. */
export interface ImageCatalogue {
  all(): readonly Image[];
  /** Entries that could not be read when it was opened, and are in no answer. Absent: 0. */
  readonly unreadCount?: number | undefined;
  /** Adds the image, or replaces the one of the same key. */
  put(image: Image): Promise<void>;
  /** @returns false when there was none. */
  remove(key: ImageKey): Promise<boolean>;
}
