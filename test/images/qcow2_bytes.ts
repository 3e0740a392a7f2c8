/** Makes qcow2 files by hand, for those that no tool would write. Not the code under test: it shares nothing with it. */
import { deflateRawSync, zstdCompressSync } from "node:zlib";

export type Cluster =
  | { readonly kind: "hole" }
  | { readonly kind: "zeroFlag" }
  | { readonly kind: "data"; readonly byte: number }
  | { readonly kind: "compressed"; readonly byte: number };

export type Qcow2File = {
  readonly clusterBits: number;
  readonly clusters: readonly Cluster[];
  readonly compression?: "zlib" | "zstd";
  /** Taken off the end of the last cluster of the disk, in sectors of 512 bytes. */
  readonly shorterBySectors?: number;
};

/** Header, first table, second tables, then data in the order of the disk. */
export function qcow2Bytes(file: Qcow2File): Buffer {
  const size = 2 ** file.clusterBits;
  const perTable = size / 8;
  const tables = Math.ceil(file.clusters.length / perTable);
  const l1Clusters = Math.ceil((tables * 8) / size);
  const parts: Buffer[] = [];
  let end = size * (1 + l1Clusters + tables);
  const place = (bytes: Buffer): number => {
    const at = end;
    parts.push(bytes, Buffer.alloc((size - (bytes.length % size)) % size));
    end += bytes.length + ((size - (bytes.length % size)) % size);
    return at;
  };
  const l2 = Buffer.alloc(size * tables);
  file.clusters.forEach((cluster, index) => {
    l2.writeBigUInt64BE(entryOf(cluster, file, place), index * 8);
  });
  const l1 = Buffer.alloc(size * l1Clusters);
  for (let table = 0; table < tables; table++)
    l1.writeBigUInt64BE(BigInt(size * (1 + l1Clusters + table)) | (1n << 63n), table * 8);
  const diskBytes = file.clusters.length * size - 512 * (file.shorterBySectors ?? 0);
  const header = headerBytes(file, { diskBytes, tables });
  return Buffer.concat([header, l1, l2, ...parts]);
}

function entryOf(cluster: Cluster, file: Qcow2File, place: (bytes: Buffer) => number): bigint {
  const size = 2 ** file.clusterBits;
  if (cluster.kind === "hole") return 0n;
  if (cluster.kind === "zeroFlag") return 1n;
  const content = Buffer.alloc(size, cluster.byte);
  if (cluster.kind === "data") return BigInt(place(content)) | (1n << 63n);
  const packed = file.compression === "zstd" ? zstdCompressSync(content) : deflateRawSync(content);
  const sectors = Math.ceil(packed.length / 512) - 1;
  return BigInt(place(packed)) | (BigInt(sectors) << BigInt(62 - (file.clusterBits - 8))) | (1n << 62n);
}

function headerBytes(
  file: Qcow2File,
  { diskBytes, tables }: { readonly diskBytes: number; readonly tables: number },
): Buffer {
  const header = Buffer.alloc(2 ** file.clusterBits);
  header.write("514649fb00000003", "hex");
  header.writeUInt32BE(file.clusterBits, 20);
  header.writeBigUInt64BE(BigInt(diskBytes), 24);
  header.writeUInt32BE(tables, 36);
  header.writeBigUInt64BE(BigInt(2 ** file.clusterBits), 40);
  header.writeUInt32BE(112, 100);
  if (file.compression === "zstd") {
    header.writeBigUInt64BE(8n, 72);
    header.writeUInt8(1, 104);
  }
  return header;
}

/** The disk that {@link qcow2Bytes} describes. */
export function diskBytesOf(file: Qcow2File): Buffer {
  const size = 2 ** file.clusterBits;
  const disk = Buffer.concat(
    file.clusters.map((cluster) => Buffer.alloc(size, "byte" in cluster ? cluster.byte : 0)),
  );
  return disk.subarray(0, disk.length - 512 * (file.shorterBySectors ?? 0));
}
