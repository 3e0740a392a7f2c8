/**
 * What an import remembers of a root archive: is there a kernel, an init, which system is it, how much room does it need.
 *
 * Pure. Keeps a handful of names, never the list of files.
 */
import type { ImageFacts } from "./catalogue.ts";
import type { TarHeader } from "./tar_header.ts";

const KERNEL = /^boot\/vmlinu[xz]-(.+)$/;
const INITRAMFS = /^boot\/(?:initrd\.img-(.+)|initramfs-(.+)\.img)$/;
const INIT = /^(?:usr\/)?(?:sbin\/init|lib\/systemd\/systemd)$/;
const OS_RELEASE = /^(?:usr\/lib|etc)\/os-release$/;
/** A hostile archive may hold a million kernels; nobody boots more than these. */
const MAX_KERNELS = 64;
const FILE_SYSTEM_BLOCK_BYTES = 4096;

const NEWEST_FIRST = new Intl.Collator("en", { numeric: true });

export class RootFacts {
  readonly #kernels = new Map<string, string>();
  readonly #initramfs = new Map<string, string>();
  #osRelease = new Map<string, string>();
  #hasInit = false;
  #entryCount = 0;
  #installedBytes = 0;

  add(header: TarHeader): void {
    this.#entryCount++;
    // Each entry takes an inode at least; a directory or file also its blocks.
    const blocks = Math.ceil(header.dataBytes / FILE_SYSTEM_BLOCK_BYTES) + (header.type === "5" ? 1 : 0);
    this.#installedBytes += blocks * FILE_SYSTEM_BLOCK_BYTES;
    const path = inRoot(header.path);
    if (INIT.test(path)) this.#hasInit = true;
    remember(this.#kernels, KERNEL.exec(path)?.[1], path);
    const initramfs = INITRAMFS.exec(path);
    remember(this.#initramfs, initramfs?.[1] ?? initramfs?.[2], path);
  }

  wantsContent(header: TarHeader): boolean {
    return header.type === "0" && OS_RELEASE.test(inRoot(header.path));
  }

  addContent(_header: TarHeader, content: Buffer): void {
    this.#osRelease = osReleaseOf(content.toString("utf8"));
  }

  /** What a machine would miss when it is to boot this; empty: it can. */
  missingToBoot(): readonly string[] {
    return [
      ...(this.#kernels.size > 0 ? [] : ["a kernel (/boot/vmlinuz-*)"]),
      ...(this.#hasInit ? [] : ["an init (/sbin/init)"]),
    ];
  }

  get value(): ImageFacts {
    const version = [...this.#kernels.keys()].sort((a, b) => NEWEST_FIRST.compare(b, a))[0];
    return {
      osName: this.#osRelease.get("NAME"),
      osVersion: this.#osRelease.get("VERSION"),
      kernel: version === undefined ? undefined : this.#kernels.get(version),
      initramfs: version === undefined ? undefined : this.#initramfs.get(version),
      entryCount: this.#entryCount,
      installedBytes: this.#installedBytes,
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
