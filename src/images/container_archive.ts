/** The files inside the tar of a container image, found by name and read where they lie. */
import { createHash } from "node:crypto";
import { type Descriptor, MAX_DOCUMENT_BYTES } from "./container_documents.ts";
import { ImportRefused, type SourceStream } from "./import_problem.ts";
import type { RandomAccess } from "./random_access.ts";
import type { SourceFault } from "./source_fault.ts";
import { TarMembers } from "./tar_members.ts";

const MAX_FILES = 100_000;
const MAX_LINKS = 8;

type Place =
  | { readonly kind: "file"; readonly offsetBytes: number; readonly sizeBytes: number }
  | { readonly kind: "link"; readonly target: string };

export type StoredFile = { readonly offsetBytes: number; readonly sizeBytes: number };

/** Learns where everything is while the tar streams by. Pure but for what it throws. */
export class ContainerIndex {
  readonly #places = new Map<string, Place>();
  readonly #members = new TarMembers((member) => {
    const path = normal(member.path);
    if (path === undefined)
      return { offsetBytes: member.dataOffsetBytes, found: `the path "${member.path}", which leads outside` };
    if (this.#places.size >= MAX_FILES)
      return {
        offsetBytes: member.dataOffsetBytes,
        found: `more than ${MAX_FILES} files in a container image`,
      };
    const { type, dataOffsetBytes: offsetBytes, dataBytes: sizeBytes, linkPath } = member;
    if (type === "0" || type === "7") this.#places.set(path, { kind: "file", offsetBytes, sizeBytes });
    const from = type === "1" ? "" : path.slice(0, path.lastIndexOf("/") + 1);
    const target = type === "1" || type === "2" ? normal(from + linkPath) : undefined;
    if (target !== undefined) this.#places.set(path, { kind: "link", target });
    return undefined;
  });

  feed(bytes: Buffer): SourceFault | undefined {
    return this.#members.feed(bytes);
  }

  finish(): SourceFault | undefined {
    return this.#members.finish();
  }

  find(path: string): StoredFile | undefined {
    let place = this.#places.get(normal(path) ?? "");
    for (let links = 0; place?.kind === "link" && links < MAX_LINKS; links++)
      place = this.#places.get(place.target);
    return place?.kind === "file" ? place : undefined;
  }
}

/** Without `.` and with `..` resolved; `undefined` when it leads outside. */
function normal(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

export class ContainerArchive {
  readonly #file: RandomAccess;
  readonly #index: ContainerIndex;
  readonly stream: SourceStream;

  constructor(parts: {
    readonly file: RandomAccess;
    readonly index: ContainerIndex;
    readonly stream: SourceStream;
  }) {
    this.#file = parts.file;
    this.#index = parts.index;
    this.stream = parts.stream;
  }

  get file(): RandomAccess {
    return this.#file;
  }

  find(path: string): StoredFile | undefined {
    return this.#index.find(path);
  }

  /** Where the bytes of a descriptor lie. They are not read yet. Throws {@link ImportRefused}. */
  blob(descriptor: Descriptor, what: string): StoredFile {
    const [algorithm = "", hex = ""] = descriptor.digest.split(":");
    const found = this.find(`blobs/${algorithm}/${hex}`);
    if (!found) throw this.refused(0, `no file for ${what} (${descriptor.digest})`);
    if (found.sizeBytes !== descriptor.sizeBytes)
      throw this.refused(
        found.offsetBytes,
        `${what} of ${found.sizeBytes} bytes that should be ${descriptor.sizeBytes}`,
      );
    return found;
  }

  /** The text of a document with that digest. Throws {@link ImportRefused}. */
  async document(descriptor: Descriptor, what: string): Promise<string> {
    return await this.text(this.blob(descriptor, what), what, descriptor.digest);
  }

  async text(file: StoredFile, what: string, digest?: string): Promise<string> {
    if (file.sizeBytes > MAX_DOCUMENT_BYTES)
      throw this.refused(file.offsetBytes, `${what} of ${file.sizeBytes} bytes`);
    const bytes = await this.#file.read(file.offsetBytes, file.sizeBytes);
    if (digest !== undefined && digestOf(bytes, digest) !== digest)
      throw this.refused(file.offsetBytes, `${what} whose digest is not ${digest}`);
    return bytes.toString("utf8");
  }

  refused(offsetBytes: number, found: string): ImportRefused {
    return new ImportRefused({ kind: "badSource", stream: this.stream, offsetBytes, found });
  }
}

/** The digest of `bytes` by the algorithm of `like`. */
function digestOf(bytes: Buffer, like: string): string {
  const algorithm = like.slice(0, like.indexOf(":"));
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}
