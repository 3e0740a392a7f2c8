/**
 * Walks the headers of a tar while its bytes stream by, and keeps what the catalogue wants to know of the system
 * inside. Nothing is unpacked: paths and links are looked at as text.
 *
 * Pure: bytes in, facts or a fault out. Memory is bounded by {@link MAX_COLLECTED_BYTES} whatever the archive holds.
 */
import type { ImageDescription } from "./description.ts";
import { RootFacts } from "./root_facts.ts";
import { decodePaxRecords, decodeTarBlock, TAR_BLOCK_BYTES, type TarHeader } from "./tar_header.ts";

/** Where in the raw (uncompressed) stream the archive stops being one, and what is there. */
export type TarFault = { readonly offsetBytes: number; readonly found: string };

/** Long names, pax records and the starts of some files are kept; everything else streams past. */
const MAX_COLLECTED_BYTES = 1024 * 1024;

/** What a later header takes from the special entries before it. */
type Override = {
  readonly path?: string | undefined;
  readonly linkPath?: string | undefined;
  readonly dataBytes?: number;
};

type State =
  | { readonly kind: "header" }
  | { readonly kind: "sparseMap"; readonly header: TarHeader }
  | { readonly kind: "data"; readonly header: TarHeader; leftBytes: number; paddingBytes: number }
  | { readonly kind: "oneZeroBlock" }
  | { readonly kind: "ended" };

export class TarWalk {
  readonly #facts: RootFacts;
  #state: State = { kind: "header" };
  #offsetBytes = 0;
  #block: Buffer = Buffer.alloc(0);
  #collected: Buffer[] | undefined;
  /** What may still be collected of the entry; the rest streams past. */
  #wantedBytes = 0;
  #override: Override = {};
  #entryOffsetBytes = 0;

  /** @param about what its owner says of the image */
  constructor(about: ImageDescription = {}) {
    this.#facts = new RootFacts(about);
  }

  get facts(): RootFacts {
    return this.#facts;
  }

  /** Takes the next bytes of the raw stream. After a fault the walk is over. */
  feed(bytes: Buffer): TarFault | undefined {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#state.kind === "ended") return this.#afterEnd(rest);
      if (this.#state.kind === "data") {
        rest = this.#takeData(this.#state, rest);
        continue;
      }
      const wanted = TAR_BLOCK_BYTES - this.#block.length;
      // Copied, because the block may outlive the caller's buffer.
      this.#block = Buffer.concat([this.#block, rest.subarray(0, wanted)]);
      this.#offsetBytes += Math.min(wanted, rest.length);
      rest = rest.subarray(wanted);
      if (this.#block.length < TAR_BLOCK_BYTES) return undefined;
      const block = this.#block;
      this.#block = Buffer.alloc(0);
      const fault = this.#takeBlock(block);
      if (fault) return fault;
    }
    return undefined;
  }

  /** Says whether the stream may end here. */
  finish(): TarFault | undefined {
    if (this.#state.kind === "ended") return undefined;
    const where = this.#state.kind === "data" ? `in the data of "${this.#state.header.path}"` : "";
    const found = this.#offsetBytes === 0 ? "nothing: it is empty" : `the end of the stream ${where}`.trim();
    return { offsetBytes: this.#offsetBytes, found: `${found}, before the two zero blocks that end a tar` };
  }

  #takeBlock(block: Buffer): TarFault | undefined {
    const startBytes = this.#offsetBytes - TAR_BLOCK_BYTES;
    if (this.#state.kind === "sparseMap") {
      // Byte 504 says whether one more block of the map follows.
      if (block[504] !== 1) this.#startData(this.#state.header);
      return undefined;
    }
    const decoded = decodeTarBlock(block);
    if (decoded.kind === "zero") return this.#takeZero(startBytes);
    if (decoded.kind === "bad")
      return { offsetBytes: startBytes, found: `no tar header (${decoded.detail})` };
    if (this.#state.kind === "oneZeroBlock") {
      return { offsetBytes: startBytes, found: "a header after a zero block that should end the tar" };
    }
    return this.#takeHeader(decoded.header, startBytes);
  }

  #takeZero(startBytes: number): TarFault | undefined {
    if (startBytes === 0) return { offsetBytes: 0, found: "zeros instead of a tar header" };
    this.#state = this.#state.kind === "oneZeroBlock" ? { kind: "ended" } : { kind: "oneZeroBlock" };
    return undefined;
  }

  #takeHeader(written: TarHeader, startBytes: number): TarFault | undefined {
    this.#entryOffsetBytes = startBytes;
    const special = SPECIAL.has(written.type);
    const header = special ? written : this.#overridden(written);
    if (special && header.dataBytes > MAX_COLLECTED_BYTES) {
      return { offsetBytes: startBytes, found: `a name or attribute of ${header.dataBytes} bytes` };
    }
    if (!special) {
      const outside = leavesRoot(header.path) || (header.type === "1" && leavesRoot(header.linkPath));
      if (outside)
        return { offsetBytes: startBytes, found: `the path "${header.path}", which leads outside` };
      this.#facts.add(header);
    }
    this.#wantedBytes = special ? MAX_COLLECTED_BYTES : this.#facts.wantedBytes(header);
    if (this.#wantedBytes > 0) this.#collected = [];
    if (header.sparseMapContinues) this.#state = { kind: "sparseMap", header };
    else this.#startData(header);
    return undefined;
  }

  #overridden(header: TarHeader): TarHeader {
    const { path, linkPath, dataBytes } = this.#override;
    this.#override = {};
    return {
      ...header,
      path: path ?? header.path,
      linkPath: linkPath ?? header.linkPath,
      dataBytes: header.type === "1" ? 0 : (dataBytes ?? header.dataBytes),
    };
  }

  #startData(header: TarHeader): void {
    const paddingBytes = (TAR_BLOCK_BYTES - (header.dataBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
    this.#state = { kind: "data", header, leftBytes: header.dataBytes, paddingBytes };
    if (header.dataBytes === 0) this.#endData(header);
  }

  #takeData(state: State & { kind: "data" }, bytes: Buffer): Buffer {
    const data = Math.min(state.leftBytes, bytes.length);
    if (this.#collected && this.#wantedBytes > 0) {
      const part = Buffer.from(bytes.subarray(0, Math.min(data, this.#wantedBytes)));
      this.#collected.push(part);
      this.#wantedBytes -= part.length;
    }
    state.leftBytes -= data;
    const padding = Math.min(state.paddingBytes, bytes.length - data);
    state.paddingBytes -= padding;
    this.#offsetBytes += data + padding;
    if (state.leftBytes === 0 && state.paddingBytes === 0) this.#endData(state.header);
    return bytes.subarray(data + padding);
  }

  #endData(header: TarHeader): void {
    this.#state = { kind: "header" };
    if (!this.#collected) return;
    const content = Buffer.concat(this.#collected);
    this.#collected = undefined;
    if (SPECIAL.has(header.type)) this.#override = { ...this.#override, ...overrideOf(header.type, content) };
    else this.#facts.addContent(header, content);
  }

  #afterEnd(bytes: Buffer): TarFault | undefined {
    const at = bytes.findIndex((byte) => byte !== 0);
    const offsetBytes = this.#offsetBytes + Math.max(at, 0);
    this.#offsetBytes += bytes.length;
    // Two archives in a row: tar on the node would unpack the first and be silent about the second.
    return at < 0 ? undefined : { offsetBytes, found: "more data after the end of the tar" };
  }

  /** Where the entry that was last begun starts. */
  get entryOffsetBytes(): number {
    return this.#entryOffsetBytes;
  }
}

/** GNU long name and link, pax records for the next entry, pax records for all (not applied: they hold no paths). */
const SPECIAL = new Set(["L", "K", "x", "g"]);

function overrideOf(type: string, content: Buffer): Override {
  const asText = content.toString("utf8").replace(/\0.*$/s, "");
  if (type === "L") return { path: asText };
  if (type === "K") return { linkPath: asText };
  if (type === "g") return {};
  const records = decodePaxRecords(content);
  const size = Number(records?.get("size") ?? Number.NaN);
  const path = records?.get("GNU.sparse.name") ?? records?.get("path");
  const linkPath = records?.get("linkpath");
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkPath === undefined ? {} : { linkPath }),
    ...(Number.isSafeInteger(size) && size >= 0 ? { dataBytes: size } : {}),
  };
}

const leavesRoot = (path: string): boolean => path.split("/").includes("..");
