/** An image library in a folder of its own, with a catalogue in memory. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Image, ImageCatalogue } from "#src/images/catalogue.ts";
import { imageLabel } from "#src/images/image_reference.ts";
import type { ImportResult } from "#src/images/import_request.ts";
import { ImageLibrary } from "#src/images/library.ts";
import { StoredImageReader } from "#src/images/stored_reader.ts";
import { noise } from "./noise.ts";
import { bootableRoot } from "./tar_bytes.ts";

/** 9 MiB of which two thirds do not compress: three chunks, the first two of noise. */
export const FILL: Buffer = Buffer.concat([noise(6 * 1024 * 1024, 29), Buffer.alloc(3 * 1024 * 1024, 3)]);
export const ROOT: Buffer = bootableRoot(FILL);

export class Lab {
  readonly folder: string;
  readonly images: string;
  readonly catalogue: ImageCatalogue;
  readonly library: ImageLibrary;
  readonly reader: StoredImageReader;
  /** What `put` of the catalogue fails with, if anything. */
  refuseEntries: Error | undefined;
  inUse: readonly string[] = [];
  readonly #made: boolean;

  constructor(folder?: string) {
    this.#made = folder === undefined;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), "brigade-images-"));
    this.images = join(this.folder, "images");
    this.catalogue = memoryCatalogue(() => this.refuseEntries);
    this.library = new ImageLibrary({
      directory: this.images,
      catalogue: this.catalogue,
      nowMs: () => 1_700_000_000_000,
      inUse: () => this.inUse,
    });
    this.reader = new StoredImageReader({ directory: this.images });
  }

  importBytes(bytes: Buffer, name: string): Promise<ImportResult> {
    return this.library.import({ source: Readable.from([bytes], { objectMode: false }), name });
  }

  /** The newest version of it. */
  byName(name: string): Image | undefined {
    return this.catalogue
      .all()
      .filter((image) => image.name === name)
      .at(-1);
  }

  /** The newest version of it. */
  async remove(name: string): Promise<boolean> {
    const image = this.byName(name);
    return image !== undefined && (await this.library.remove(image));
  }

  /** Every file of the library and every entry: empty when nothing is left of anything. */
  everything(): readonly string[] {
    return [...filesIn(this.images), ...this.catalogue.all().map((image) => image.name)];
  }

  chunkBytes(): number {
    return filesIn(join(this.images, "chunks")).reduce((sum, path) => sum + statSync(path).size, 0);
  }

  close(): void {
    if (this.#made) rmSync(this.folder, { recursive: true, force: true });
  }
}

export const openLab = (folder?: string): Lab => new Lab(folder);

export function memoryCatalogue(refusal: () => Error | undefined = () => undefined): ImageCatalogue {
  const images = new Map<string, Image>();
  return {
    all: () => [...images.values()],
    put: async (image) => {
      const error = refusal();
      if (error) throw error;
      images.set(imageLabel(image), image);
    },
    remove: async (key) => images.delete(imageLabel(key)),
  };
}

export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** `bytes` as the program of that name packs them. */
export const packed = (
  program: "xz" | "bzip2" | "zstd" | "lz4" | "lzip",
  bytes: Buffer,
  ...args: readonly string[]
): Buffer => execFileSync(program, ["-c", ...args], { input: bytes, maxBuffer: 64 * 1024 * 1024 });

export const flippedAt = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
};

export function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
