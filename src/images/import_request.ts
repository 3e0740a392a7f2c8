/** What an import is asked for, and what becomes of it in the catalogue. */
import type { Readable } from "node:stream";
import { ADMIN_OWNER, type Image, type ImageKey, type ImageKind } from "./catalogue.ts";
import type { Architecture, ImageDescription, Visibility } from "./description.ts";
import { isImageName, isSameImage, nextVersion } from "./image_reference.ts";
import type { ChunkedImage, ImportProgress } from "./import.ts";
import type { ImportLimits } from "./import_limits.ts";
import type { ImportProblem } from "./import_problem.ts";

export type ImportRequest = {
  /** A path, or the bytes themselves (an upload). */
  readonly source: string | Readable;
  readonly name: string;
  /** Default: the administrator. */
  readonly owner?: string | undefined;
  /** Default: the next one; with `replace` the newest. */
  readonly version?: number | undefined;
  /** Default: `public`. */
  readonly visibility?: Visibility | undefined;
  /** What its owner says of it. Name, version, visibility and architecture stand beside it. */
  readonly about?: ImageDescription | undefined;
  /** Goes with the deployment that it came with, see `removeTemporary`. */
  readonly isTemporary?: boolean | undefined;
  /** Of the source as it comes, 64 hex digits. */
  readonly sha256?: string | undefined;
  /** What it must be. Default: its bytes decide. */
  readonly kind?: ImageKind | undefined;
  /** For these machines; of a container image for several, the part for them, as Go names it. Default: as is found. */
  readonly architecture?: string | undefined;
  /** Takes the place of the image of that version. Default: refuse. */
  readonly replace?: boolean | undefined;
  /** Accepts an archive without kernel or init and a disk without boot sector, for tests and containers. */
  readonly allowUnbootable?: boolean | undefined;
  readonly limits?: Partial<ImportLimits> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece, hundreds of times a second. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
};

export type ImportResult =
  | { readonly ok: true; readonly image: Image }
  | { readonly ok: false; readonly problem: ImportProblem };

/** @returns what the image will be called, or why it cannot be */
export function keyFor(
  { name, owner = ADMIN_OWNER, version, replace }: ImportRequest,
  images: readonly ImageKey[],
): ImageKey | ImportProblem {
  if (!isImageName(name)) return { kind: "badName", name };
  const next = nextVersion(images, { owner, name });
  const chosen = version ?? (replace ? Math.max(1, next - 1) : next);
  const key = { owner, name, version: chosen };
  const isTaken = images.some((image) => isSameImage(image, key));
  return isTaken && !replace ? { kind: "versionTaken", version: chosen } : key;
}

/** The catalogue's entry. */
export function newImage(
  { visibility = "public", about, isTemporary, architecture }: ImportRequest,
  { manifest, facts, storedBytes }: ChunkedImage,
  made: ImageKey & Pick<Image, "digest" | "createdAtMs">,
): Image {
  const { kind, rawDigest, rawBytes, entries } = manifest;
  return {
    ...facts,
    ...made,
    visibility,
    about,
    architecture: isOurs(architecture) ? architecture : facts.found?.architecture,
    isTemporary,
    kind,
    rawDigest,
    rawBytes,
    storedBytes,
    chunkCount: entries.length,
  };
}

/** Go has more of them than nodes are made of. */
const isOurs = (architecture: string | undefined): architecture is Architecture =>
  architecture === "amd64" || architecture === "arm64";
