/** The disk inside a qcow2 image, from first to last byte. */
import { constants, inflateRaw, type ZlibOptions, type ZstdOptions, zstdDecompress } from "node:zlib";
import { ahead } from "./ahead.ts";
import { type Extent, Qcow2Clusters } from "./qcow2_clusters.ts";
import { decodeQcow2Header, QCOW2_HEADER_BYTES, type Qcow2Header } from "./qcow2_header.ts";
import type { RandomAccess } from "./random_access.ts";
import type { SourceFault } from "./source_fault.ts";
import type { StreamPiece } from "./stream_piece.ts";
import { zstdFrameBytes } from "./zstd_frame.ts";

/** Reads and unpacks under way: enough for Node's four threads; at most 2 MiB each. */
const READ_AHEAD = 8;
const MAX_WINDOW_LOG = 27;

export type Qcow2Limits = {
  /** Makes the refusal of a fault. */
  readonly refuse: (fault: SourceFault) => Error;
  /** Called with the size of the disk before anything is read. Throws when it is too large. */
  readonly checkSize: (diskBytes: number) => void;
};

/** Throws what `limits` make of a fault, or the file system's error. */
export async function* readQcow2(file: RandomAccess, limits: Qcow2Limits): AsyncGenerator<StreamPiece> {
  const first = await file.read(0, Math.min(QCOW2_HEADER_BYTES, file.sizeBytes));
  const decoded = decodeQcow2Header(first, file.sizeBytes);
  if (!decoded.ok) throw limits.refuse(decoded.fault);
  const header = decoded.value;
  limits.checkSize(header.diskBytes);
  yield* ahead(extentsOf(file, header, limits), READ_AHEAD, async (extent): Promise<StreamPiece> => {
    if (extent.kind === "zeros") return { zeroBytes: extent.diskBytes };
    if (extent.kind === "data") return await file.read(extent.fileOffsetBytes, extent.diskBytes);
    const packed = await file.read(extent.fileOffsetBytes, extent.fileBytes);
    const cluster = await unpackCluster(packed, header);
    if (cluster) return cluster.subarray(0, extent.diskBytes);
    throw limits.refuse({
      offsetBytes: extent.fileOffsetBytes,
      found: `a damaged compressed cluster (${header.compression})`,
    });
  });
}

async function* extentsOf(
  file: RandomAccess,
  header: Qcow2Header,
  limits: Qcow2Limits,
): AsyncGenerator<Extent> {
  const clusters = new Qcow2Clusters(header, file.sizeBytes);
  const l1 = await file.read(header.l1OffsetBytes, header.l1Entries * 8);
  for (let index = 0; index < header.l1Entries; index++) {
    const diskOffsetBytes = index * clusters.tableSpanBytes;
    const tableAt = clusters.tableAt(l1, index);
    if (typeof tableAt !== "number") throw limits.refuse(tableAt);
    if (tableAt === 0) {
      const leftBytes = header.diskBytes - diskOffsetBytes;
      yield { kind: "zeros", diskBytes: Math.min(clusters.tableSpanBytes, leftBytes) };
      continue;
    }
    const extents = clusters.extentsOf(await file.read(tableAt, 2 ** header.clusterBits), diskOffsetBytes);
    if ("found" in extents) throw limits.refuse(extents);
    yield* extents;
  }
}

/** @returns the whole cluster, or `undefined` when the bytes are no such thing */
async function unpackCluster(packed: Buffer, header: Qcow2Header): Promise<Buffer | undefined> {
  const clusterBytes = 2 ** header.clusterBits;
  const options = { maxOutputLength: clusterBytes };
  const cluster =
    header.compression === "zlib" ? await inflated(packed, options) : await zstdUnpacked(packed, options);
  return cluster?.length === clusterBytes ? cluster : undefined;
}

const inflated = (packed: Buffer, options: ZlibOptions): Promise<Buffer | undefined> =>
  new Promise((resolve) => inflateRaw(packed, options, (error, bytes) => resolve(error ? undefined : bytes)));

/** The frame ends somewhere in the last sector, and what follows is another cluster. */
async function zstdUnpacked(packed: Buffer, options: ZstdOptions): Promise<Buffer | undefined> {
  const frameBytes = zstdFrameBytes(packed);
  if (frameBytes === undefined) return undefined;
  const params = { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG };
  return await new Promise((resolve) =>
    zstdDecompress(packed.subarray(0, frameBytes), { ...options, params }, (error, bytes) =>
      resolve(error ? undefined : bytes),
    ),
  );
}
