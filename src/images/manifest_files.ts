/** Manifests as files, named by the SHA-256 of their bytes: `manifests/abcd…`. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeDurably } from "./chunk_store.ts";
import { decodeManifest, type Manifest } from "./manifest.ts";

const DIGEST = /^[0-9a-f]{64}$/;

export type ManifestRead =
  | { readonly ok: true; readonly bytes: Buffer; readonly manifest: Manifest }
  | { readonly ok: false; readonly found: string };

export class ManifestFiles {
  readonly #folder: string;
  readonly #incoming: string;

  /** `incoming` is a folder of the same file system for unfinished files; whoever owns it empties it at start. */
  constructor(directory: string, incoming: string) {
    this.#folder = join(directory, "manifests");
    this.#incoming = incoming;
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 });
  }

  /** Stores an encoded manifest durably. @returns its digest: the identity of the image. */
  async write(bytes: Uint8Array): Promise<string> {
    const digest = createHash("sha256").update(bytes).digest("hex");
    await writeDurably({ path: join(this.#folder, digest), incoming: this.#incoming, bytes });
    await syncFolder(this.#folder);
    return digest;
  }

  /** Reads a manifest and checks its digest and its rules. */
  async read(digest: string): Promise<ManifestRead> {
    if (!DIGEST.test(digest)) return { ok: false, found: `"${digest.slice(0, 80)}" is no image digest` };
    const path = join(this.#folder, digest);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (error) {
      return { ok: false, found: `${path} cannot be read: ${(error as Error).message}` };
    }
    if (createHash("sha256").update(bytes).digest("hex") !== digest) {
      return {
        ok: false,
        found: `${path} is damaged: its ${bytes.length} bytes do not match its digest`,
      };
    }
    const decoded = decodeManifest(bytes);
    if (decoded.ok) return { ok: true, bytes, manifest: decoded.value };
    return { ok: false, found: `${path} is no manifest: ${decoded.error.field}: ${decoded.error.detail}` };
  }

  list(): readonly string[] {
    return readdirSync(this.#folder).filter((name) => DIGEST.test(name));
  }

  remove(digest: string): void {
    if (DIGEST.test(digest)) rmSync(join(this.#folder, digest), { force: true });
  }
}
