/**
 * The files that nodes load before they have a system: ramdisk and boot
 * loaders, read into memory once. They lie inside the single binary, or in a
 * folder with the same names (`ramdisk/vmlinuz`, `loaders/snponly.efi`).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getAssetKeys, getRawAsset, isSea } from "node:sea";
import { StartError } from "#src/value/start_error.ts";

export type BootFiles = ReadonlyMap<string, Uint8Array>;

/** Where `make build` puts them among the assets of the single binary. */
const ASSET_PREFIX = "boot/";
/** Where `make` leaves them, for a run from the sources. */
const BUILD_FOLDER = "out/boot";
/** Without these no node can be installed. */
const NEEDED = [
  "ramdisk/vmlinuz",
  "ramdisk/initramfs",
  "loaders/undionly.kpxe",
  "loaders/snponly.efi",
  "loaders/localboot.efi",
];

/**
 * @param folder takes the place of what is inside the program
 * @throws {StartError} a file that every appliance needs is missing
 */
export function loadBootFiles(folder: string | undefined): BootFiles {
  const embedded = folder === undefined && isSea();
  const place = embedded ? "this program" : `"${folder ?? BUILD_FOLDER}"`;
  const files = embedded ? readAssets() : readFolder(folder ?? BUILD_FOLDER, howToMend(folder));
  const missing = NEEDED.filter((name) => !files.has(name));
  if (missing.length > 0) {
    throw new StartError(
      `Cannot serve boot files from ${place}: ${missing.join(", ")} not there; ${howToMend(folder)}`,
    );
  }
  return files;
}

/** Where they come from decides who can mend them: the operator, a developer, or nobody but a new program. */
function howToMend(folder: string | undefined): string {
  if (folder !== undefined) return "leave --boot-files out, or name a folder that has them";
  return isSea() ? "install the program again" : "build them with: make build";
}

function readAssets(): BootFiles {
  const names = getAssetKeys().filter((key) => key.startsWith(ASSET_PREFIX));
  // Raw assets are views of the program itself: no copy, and the pages are shared with the file cache.
  return new Map(names.map((key) => [key.slice(ASSET_PREFIX.length), new Uint8Array(getRawAsset(key))]));
}

function readFolder(folder: string, mend: string): BootFiles {
  const entries = listFiles(folder, mend);
  return new Map(entries.map((name) => [name, readFileSync(join(folder, name))]));
}

function listFiles(folder: string, mend: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length));
  } catch (fault) {
    const why = (fault as Error).message;
    throw new StartError(`Cannot read boot files from "${folder}": ${why}; ${mend}`, { cause: fault });
  }
}
