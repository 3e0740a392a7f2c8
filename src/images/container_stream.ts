/**
 * One tar out of the layers of a container image.
 *
 *     layers ─► packing off, digests checked ─► merged tree ─► names in order ─► headers and data
 *
 * The same archive gives the same bytes. Packed layers are unpacked into a spool once; names and what belongs to them
 * are in memory (see `LAYER_LIMITS`), data never is.
 */
import { createHash, type Hash } from "node:crypto";
import type { ContainerArchive } from "./container_archive.ts";
import type { ChosenLayer } from "./container_choice.ts";
import { ImportRefused, type SourceStream } from "./import_problem.ts";
import { entriesOf, type Inode, LayerTree } from "./layer_tree.ts";
import type { RandomAccess } from "./random_access.ts";
import { SNIFF_BYTES, sniffPacking } from "./source_format.ts";
import type { Spool } from "./spool.ts";
import { TarMembers } from "./tar_members.ts";
import { encodeTarMember, paddingBytes, TAR_END_BYTES, type WrittenMember } from "./tar_writer.ts";
import { unpack } from "./unpack.ts";
import { WindowCache } from "./window_cache.ts";

const READ_BYTES = 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

export type FlattenRequest = {
  readonly archive: ContainerArchive;
  readonly layers: readonly ChosenLayer[];
  /** For what comes out of packed layers. */
  readonly spool: Spool;
  /** Called as the spool grows. Throws when it is too large. */
  readonly checkSpool: () => void;
};

/** Where the tar of a layer lies. */
type LayerData = { readonly cache: WindowCache; readonly startBytes: number };

/** Throws {@link ImportRefused} or the file system's error. */
export async function* flattenLayers(request: FlattenRequest): AsyncGenerator<Buffer> {
  const tree = new LayerTree();
  const caches = {
    archive: new WindowCache(request.archive.file),
    spool: new WindowCache(request.spool),
  };
  const data: LayerData[] = [];
  for (const [at, layer] of request.layers.entries()) {
    const startBytes = request.spool.sizeBytes;
    const isPacked = await readLayer(request, tree, { layer, at });
    const { offsetBytes } = layer.file;
    data.push(
      isPacked ? { cache: caches.spool, startBytes } : { cache: caches.archive, startBytes: offsetBytes },
    );
  }
  yield* joined(tarOf(tree, data));
}

/** @returns whether the layer was packed, and so is in the spool now */
async function readLayer(
  request: FlattenRequest,
  tree: LayerTree,
  { layer, at }: { readonly layer: ChosenLayer; readonly at: number },
): Promise<boolean> {
  const stream: SourceStream = `layer ${at + 1}`;
  const { archive, spool } = request;
  const refuse = (offsetBytes: number, found: string): ImportRefused =>
    new ImportRefused({ kind: "badSource", stream, offsetBytes, found });
  const members = new TarMembers((member) => {
    const found = tree.add(member);
    return found === undefined ? undefined : { offsetBytes: member.dataOffsetBytes, found };
  });
  const head = await archive.file.read(layer.file.offsetBytes, Math.min(SNIFF_BYTES, layer.file.sizeBytes));
  const packing = sniffPacking(head);
  const stored = new Digest(layer.digest === layer.diffId ? undefined : layer.digest);
  const bytes = partsOf(archive.file, layer, stored);
  const tar = packing ? unpack({ packing, input: bytes, stream }) : bytes;
  const unpacked = new Digest(layer.diffId);
  for await (const piece of tar) {
    unpacked.update(piece);
    const fault = members.feed(piece);
    if (fault) throw refuse(fault.offsetBytes, fault.found);
    if (packing) await spool.append(piece);
    request.checkSpool();
  }
  const fault = members.finish();
  if (fault) throw refuse(fault.offsetBytes, fault.found);
  const mismatch = stored.mismatch() ?? unpacked.mismatch();
  if (mismatch) throw refuse(0, mismatch);
  tree.endLayer();
  return packing !== undefined;
}

async function* partsOf(
  file: RandomAccess,
  { file: { offsetBytes, sizeBytes } }: ChosenLayer,
  digest: Digest,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < sizeBytes; at += READ_BYTES) {
    const piece = await file.read(offsetBytes + at, Math.min(READ_BYTES, sizeBytes - at));
    digest.update(piece);
    yield piece;
  }
}

/** Compares what streams by with the digest that it should have, if somebody says so. */
class Digest {
  readonly #wanted: string | undefined;
  readonly #algorithm: string;
  readonly #hash: Hash | undefined;

  constructor(wanted: string | undefined) {
    this.#wanted = wanted;
    this.#algorithm = wanted?.slice(0, wanted.indexOf(":")) ?? "";
    this.#hash = wanted === undefined ? undefined : createHash(this.#algorithm);
  }

  update(bytes: Buffer): void {
    this.#hash?.update(bytes);
  }

  mismatch(): string | undefined {
    const found = this.#hash && `${this.#algorithm}:${this.#hash.digest("hex")}`;
    return found === this.#wanted ? undefined : `a layer of digest ${found} that should be ${this.#wanted}`;
  }
}

async function* tarOf(tree: LayerTree, data: readonly LayerData[]): AsyncGenerator<Buffer> {
  const written = new Map<Inode, string>();
  for (const { path, node } of entriesOf(tree.root)) {
    const { inode } = node;
    const first = inode && written.get(inode);
    if (!inode) yield encodeTarMember({ ...UNDESCRIBED, path });
    else if (first !== undefined) yield encodeTarMember({ ...linkTo(inode, first), path });
    else {
      if (!node.children) written.set(inode, path);
      yield encodeTarMember({ ...inode.member, path });
      yield* dataOf(inode, data);
    }
  }
  yield Buffer.alloc(TAR_END_BYTES);
}

/** A folder that holds something and that no layer describes. */
const UNDESCRIBED: Omit<WrittenMember, "path"> = {
  type: "5",
  linkPath: "",
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: "0",
  devMajor: 0,
  devMinor: 0,
  dataBytes: 0,
  attributes: [],
};

const linkTo = ({ member }: Inode, linkPath: string): WrittenMember => ({
  ...member,
  type: "1",
  linkPath,
  dataBytes: 0,
  attributes: [],
});

async function* dataOf({ member, layer }: Inode, data: readonly LayerData[]): AsyncGenerator<Buffer> {
  const from = data[layer];
  if (!from || member.dataBytes === 0) return;
  yield* from.cache.read(from.startBytes + member.dataOffsetBytes, member.dataBytes);
  yield Buffer.alloc(paddingBytes(member.dataBytes));
}

/** Small pieces together, so that what each costs on its way counts for many files. */
async function* joined(pieces: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    waitingBytes += piece.length;
    if (waitingBytes < PIECE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
  }
  yield Buffer.concat(waiting);
}
