/**
 * What an import remembers of a root archive: is there a kernel, an init, which system is it, how much room does it need.
 *
 * Pure. Keeps a handful of names, never the list of files.
 */
import { missingToBoot, startedKernel } from "./bootability.ts";
import type { ImageFacts } from "./catalogue.ts";
import type { ImageDescription } from "./description.ts";
import type { Inspection } from "./inspection.ts";
import { RootInspection } from "./root_inspection.ts";
import type { TarHeader } from "./tar_header.ts";

const KERNEL = /^boot\/vmlinu[xz]-(.+)$/;
const INITRAMFS = /^boot\/(?:initrd\.img-(.+)|initramfs-(.+)\.img)$/;
const OS_RELEASE = /^(?:usr\/lib|etc)\/os-release$/;
/** No os-release is longer. */
const OS_RELEASE_BYTES = 64 * 1024;
/** A hostile archive may hold a million kernels; nobody boots more than these. */
const MAX_KERNELS = 64;
const FILE_SYSTEM_BLOCK_BYTES = 4096;

const NEWEST_FIRST = new Intl.Collator("en", { numeric: true });

export class RootFacts {
  readonly #about: ImageDescription;
  readonly #inspection = new RootInspection();
  readonly #kernels = new Map<string, string>();
  readonly #initramfs = new Map<string, string>();
  /** Of the files that the owner names, those that are there. */
  readonly #named = new Set<string>();
  #osRelease = new Map<string, string>();
  #entryCount = 0;
  #installedBytes = 0;

  /** @param about what its owner says of the image */
  constructor(about: ImageDescription = {}) {
    this.#about = about;
  }

  add(header: TarHeader): void {
    this.#entryCount++;
    // Each entry takes an inode at least; a directory or file also its blocks.
    const blocks = Math.ceil(header.dataBytes / FILE_SYSTEM_BLOCK_BYTES) + (header.type === "5" ? 1 : 0);
    this.#installedBytes += blocks * FILE_SYSTEM_BLOCK_BYTES;
    const path = inRoot(header.path);
    if (path === this.#about.kernel || path === this.#about.initramfs) this.#named.add(path);
    remember(this.#kernels, KERNEL.exec(path)?.[1], path);
    const initramfs = INITRAMFS.exec(path);
    remember(this.#initramfs, initramfs?.[1] ?? initramfs?.[2], path);
    this.#inspection.add(path);
  }

  /** How many bytes of the entry {@link addContent} wants; 0: none. */
  wantedBytes(header: TarHeader): number {
    if (header.type !== "0") return 0;
    const path = inRoot(header.path);
    return OS_RELEASE.test(path) ? OS_RELEASE_BYTES : this.#inspection.wantedBytes(path);
  }

  addContent(header: TarHeader, content: Buffer): void {
    const path = inRoot(header.path);
    if (OS_RELEASE.test(path)) this.#osRelease = osReleaseOf(content.toString("utf8"));
    else this.#inspection.addHead(path, content);
  }

  /** What a machine would miss when it is to boot this; empty: it can. */
  missingToBoot(): readonly string[] {
    return missingToBoot({ kind: "archive", found: this.#found, about: this.#about });
  }

  /** Files that the owner names and that are not there. */
  missingNamed(): readonly string[] {
    const { kernel, initramfs } = this.#about;
    return [kernel, initramfs].filter((path) => path !== undefined).filter((path) => !this.#named.has(path));
  }

  get #found(): Inspection {
    const versions = [...this.#kernels.keys()].sort((a, b) => NEWEST_FIRST.compare(b, a));
    const kernels = versions.map((version) => {
      const path = this.#kernels.get(version) ?? "";
      const initramfs = this.#initramfs.get(version);
      return initramfs === undefined ? { path } : { path, initramfs };
    });
    return this.#inspection.value(kernels);
  }

  get value(): ImageFacts {
    const found = this.#found;
    const { path, initramfs } = startedKernel(found, this.#about);
    return {
      osName: this.#osRelease.get("NAME"),
      osVersion: this.#osRelease.get("VERSION"),
      kernel: path,
      initramfs,
      entryCount: this.#entryCount,
      installedBytes: this.#installedBytes,
      found,
    };
  }
}

const inRoot = (path: string): string => path.replace(/^(?:\.?\/)+/, "");

function remember(into: Map<string, string>, version: string | undefined, path: string): void {
  if (version !== undefined && into.size < MAX_KERNELS) into.set(version, path);
}

const PRINTABLE = /^[\x20-\x7e\u00a0-\uffff]{1,100}$/;

/** Fields of os-release(5). Values that are not one printable line are left out: they end up in tables and pages. */
function osReleaseOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, key = "", raw = ""] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    const value = raw.replace(/^(["'])(.*)\1$/, "$2");
    if (key && PRINTABLE.test(value)) fields.set(key, value);
  }
  return fields;
}
