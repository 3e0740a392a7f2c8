/** The decoders of images that somebody imports, with what must hold of whatever they are given. */
import { zstdCompressSync } from "node:zlib";
import { readConfig, readIndex, readManifest, readSavedImages } from "#src/images/container_documents.ts";
import { diskLayoutOf } from "#src/images/disk_layout.ts";
import { entriesOf, LayerTree } from "#src/images/layer_tree.ts";
import { unpackLz4Block } from "#src/images/lz4_block.ts";
import { type Extent, Qcow2Clusters } from "#src/images/qcow2_clusters.ts";
import { decodeQcow2Header } from "#src/images/qcow2_header.ts";
import { sniffContent, sniffPacking } from "#src/images/source_format.ts";
import { decodePaxRecords, decodeTarBlock, TAR_BLOCK_BYTES } from "#src/images/tar_header.ts";
import { TarMembers } from "#src/images/tar_members.ts";
import { encodeTarMember } from "#src/images/tar_writer.ts";
import { zstdFrameBytes } from "#src/images/zstd_frame.ts";
import { qcow2Bytes } from "#test/images/qcow2_bytes.ts";
import { must } from "./must.ts";
import type { Target } from "./targets.ts";

/** With the checksum put right for every other one, or nothing behind it would ever be read. */
function decodeTar(bytes: Buffer): void {
  const block = Buffer.concat([bytes, Buffer.alloc(TAR_BLOCK_BYTES)]).subarray(0, TAR_BLOCK_BYTES);
  if ((bytes.length & 1) === 0) {
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  const read = decodeTarBlock(block);
  must(
    read.kind !== "entry" || (Number.isSafeInteger(read.header.dataBytes) && read.header.dataBytes >= 0),
    "a size that is none",
  );
  decodePaxRecords(bytes);
  sniffPacking(bytes);
  for (const wanted of [undefined, "disk", "archive"] as const) sniffContent(bytes, wanted);
}

/** The file that the bytes are, through both levels of tables. */
function decodeQcow2(bytes: Buffer): void {
  const decoded = decodeQcow2Header(bytes, bytes.length);
  if (!decoded.ok) return;
  const header = decoded.value;
  const clusters = new Qcow2Clusters(header, bytes.length);
  const l1 = bytes.subarray(header.l1OffsetBytes);
  let diskBytes = 0;
  for (let index = 0; index < Math.min(header.l1Entries, MAX_TABLES); index++) {
    const table = clusters.tableAt(l1, index);
    if (typeof table !== "number") return;
    if (table === 0) continue;
    must(table + 2 ** header.clusterBits <= bytes.length, "a table outside of the file");
    const extents = clusters.extentsOf(bytes.subarray(table), index * clusters.tableSpanBytes);
    if ("found" in extents) return;
    for (const extent of extents) diskBytes += checkedBytes(extent, bytes.length);
  }
  must(diskBytes <= header.diskBytes, "more extents than the disk has bytes");
}

function checkedBytes(extent: Extent, fileBytes: number): number {
  must(extent.diskBytes > 0, "an extent of nothing");
  if (extent.kind === "zeros") return extent.diskBytes;
  const endBytes = extent.fileOffsetBytes + (extent.kind === "data" ? extent.diskBytes : extent.fileBytes);
  must(endBytes <= fileBytes, "an extent outside of the file");
  return extent.diskBytes;
}

const MAX_TABLES = 8;
const LZ4_BYTES = 8192;

function unpackPieces(bytes: Buffer): void {
  const output = Buffer.alloc(LZ4_BYTES);
  const end = unpackLz4Block(bytes, output, 16);
  must(end === undefined || (end >= 16 && end <= LZ4_BYTES), "an end outside of the buffer");
  const frameBytes = zstdFrameBytes(bytes);
  must(frameBytes === undefined || frameBytes <= bytes.length, "a frame longer than its bytes");
  diskLayoutOf(bytes);
}

/** Checksums are put right, or nothing behind them would ever be read; members go where they would go. */
function layLayer(bytes: Buffer): void {
  const tree = new LayerTree();
  for (const at of [0, 512]) {
    const block = bytes.subarray(at, at + TAR_BLOCK_BYTES);
    if (block.length < TAR_BLOCK_BYTES) continue;
    block.fill(0x20, 148, 156);
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
      "latin1",
    );
  }
  const members = new TarMembers((member) => {
    must(Number.isSafeInteger(member.dataBytes) && member.dataBytes >= 0, "a size that is none");
    const found = tree.add(member);
    return found === undefined ? undefined : { offsetBytes: 0, found };
  });
  if (members.feed(bytes)) return;
  members.finish();
  tree.endLayer();
  for (const { path, node } of entriesOf(tree.root)) {
    must(!path.split("/").includes(".."), "a path that leads out");
    if (node.inode) encodeTarMember({ ...node.inode.member, path });
  }
}

function readDocuments(bytes: Buffer): void {
  const text = bytes.toString("utf8");
  for (const { digest } of [...(readIndex(text) ?? []), ...(readManifest(text)?.layers ?? [])])
    must(/^sha(?:256|512):[0-9a-f]+$/.test(digest), "a digest that is none");
  readConfig(text);
  readSavedImages(text);
}

const tarHeader = (type: string, size: string): Buffer => {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  block.write("usr/lib/systemd/systemd", 0);
  block.write(size, 124);
  block.write(type, 156);
  block.write("../../bin/true", 157);
  block.write("ustar\x0000", 257);
  return block;
};

export const IMAGE_TARGETS: readonly Target[] = [
  {
    name: "tar",
    seeds: [
      tarHeader("0", "00000000017"),
      tarHeader("S", "\x80\0\0\0\0\0\0\0\0\0\x10\0"),
      tarHeader("x", "77777777777"),
      Buffer.from("30 mtime=1350244992.023960108\n14 path=a/b/c\n21 SCHILY.xattr.user=1\n"),
    ],
    decode: decodeTar,
  },
  {
    name: "qcow2",
    seeds: [
      qcow2Bytes({ clusterBits: 9, clusters: [{ kind: "data", byte: 1 }, { kind: "hole" }] }),
      qcow2Bytes({ clusterBits: 9, clusters: [{ kind: "compressed", byte: 1 }, { kind: "zeroFlag" }] }),
    ],
    decode: decodeQcow2,
  },
  {
    name: "packed blocks",
    seeds: [
      Buffer.from("f10148656c6c6f2c20776f726c64212c20010050656e640d0a", "hex"),
      zstdCompressSync("a frame of a few words, a frame of a few words"),
      Buffer.concat([Buffer.alloc(510), Buffer.from("55aa4546492050415254", "hex"), Buffer.alloc(600, 3)]),
    ],
    decode: unpackPieces,
  },
  {
    name: "layers",
    seeds: ["0", "1", "2", "5", "x", "L"].map((type) =>
      Buffer.concat([
        tarHeader(type, "00000000017"),
        Buffer.alloc(512, "14 path=a/b/c\n"),
        tarHeader("5", "0"),
      ]),
    ),
    decode: layLayer,
  },
  {
    name: "container documents",
    seeds: [
      '{"manifests":[{"mediaType":"a.index.v1+json","digest":"sha256:00","size":7,"platform":{"os":"linux"}}]}',
      '{"config":{"digest":"sha512:00","size":7},"layers":[{"digest":"sha256:00","size":1e9}]}',
      '{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["sha256:00"]}}',
      '[{"Config":"00.json","RepoTags":null,"Layers":["0/layer.tar"]}]',
    ].map((text) => Buffer.from(text.replaceAll(/(?<=sha256:)00/g, "0".repeat(64)))),
    decode: readDocuments,
  },
];
