import { expect, test } from "vitest";
import { isImageName } from "#src/images/image_reference.ts";
import { sniffContent, sniffPacking } from "#src/images/source_format.ts";
import { tarEntry } from "./tar_bytes.ts";

const bytes = (hex: string): Buffer => Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(500, 0x55)]);

test.each([
  ["gzip", bytes("1f8b0800")],
  ["bzip2", bytes("425a6839")],
  ["xz", bytes("fd377a585a000004")],
  ["zstd", bytes("28b52ffd04")],
  ["zstd", bytes("502a4d1804000000")],
  ["lzip", bytes("4c5a495001")],
  ["lz4", bytes("04224d186440")],
  ["lzma", bytes("5d00008000ffffffffffffffff")],
  ["lzma", bytes("5d0000c0000010000000000000")],
  [undefined, bytes("5d00008100ffffffffffffffff")],
  [undefined, bytes("5d00008000ffffffffffffff7f")],
  [undefined, tarEntry({ path: "x" })],
])("packed as %s", (packing, head) => {
  expect(sniffPacking(head)).toBe(packing);
});

const bootSector = Buffer.alloc(512, 0x33);
bootSector.write("55aa", 510, "hex");
const gpt = Buffer.alloc(8192);
gpt.write("EFI PART", 4096);
const ext = Buffer.alloc(4096);
ext.write("53ef", 1080, "hex");

test.each([
  ["tar", undefined, tarEntry({ path: "x" })],
  ["tar", undefined, tarEntry({ path: "bin/blobs" })],
  ["tar", "archive", tarEntry({ path: "./" })],
  ["container", undefined, tarEntry({ path: "oci-layout" })],
  [
    "container",
    "archive",
    Buffer.concat([tarEntry({ path: "./", type: "5" }), tarEntry({ path: "./index.json" })]),
  ],
  ["container", undefined, tarEntry({ path: `${"0a".repeat(32)}/`, type: "5" })],
  ["qcow2", undefined, bytes("514649fb00000003")],
  ["qcow2", "disk", bytes("514649fb00000003")],
  ["disk", undefined, bootSector],
  ["disk", undefined, gpt],
  ["disk", undefined, ext],
  ["disk", "disk", Buffer.from("anything")],
  ["disk", "disk", tarEntry({ path: "x" })],
] as const)("%s, wanted %s", (content, wanted, head) => {
  expect(sniffContent(head, wanted)).toEqual({ ok: true, content });
});

test.each([
  ["nothing: it is empty", Buffer.alloc(0)],
  ["a zip archive", bytes("504b0304")],
  ["a VMDK disk image", Buffer.concat([Buffer.from("4b444d56", "hex"), bootSector.subarray(4)])],
  ["gzip data", bytes("1f8b0800")],
  ["text that looks like HTML or XML", Buffer.from("<!DOCTYPE html>")],
  ["zeros instead of a tar header or boot sector", Buffer.alloc(512)],
  [
    "no known archive or disk (it starts with the bytes 4e6f742061206172)",
    Buffer.from("Not a archive at all"),
  ],
  [
    "no known archive or disk (it starts with the bytes 6269672e2e2f0000)",
    tarEntry({ path: "big../" }).subarray(0, 300),
  ],
])("refused: %s", (found, head) => {
  expect(sniffContent(head)).toEqual({ ok: false, found });
});

test.each([
  ["a qcow2 disk image", bytes("514649fb00000003")],
  ["a disk image or boot sector", bootSector],
])("no archive: %s", (found, head) => {
  expect(sniffContent(head, "archive")).toEqual({ ok: false, found });
});

test.each(["debian-12", "a", "Rocky_9.4", `a${"b".repeat(62)}`])("%s is an image name", (name) => {
  expect(isImageName(name)).toBe(true);
});

test.each(["", ".", "..", "a/b", "a..b", "-a", "a-", "a b", "é", `a${"b".repeat(63)}`, "a\n"])(
  "%j is no image name",
  (name) => {
    expect(isImageName(name)).toBe(false);
  },
);
