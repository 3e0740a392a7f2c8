import { expect, test } from "vitest";
import { isImageName } from "#src/images/catalogue.ts";
import { sniffSource } from "#src/images/source_format.ts";
import { tarEntry } from "./tar_bytes.ts";

const bytes = (hex: string): Buffer => Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(500, 0x55)]);

test.each([
  ["gzip", bytes("1f8b0800")],
  ["bzip2", bytes("425a6839")],
  ["xz", bytes("fd377a585a000004")],
  ["zstd", bytes("28b52ffd04")],
  ["zstd", bytes("502a4d1804000000")],
  ["tar", tarEntry({ path: "x" })],
])("%s", (format, head) => {
  expect(sniffSource(head)).toEqual({ ok: true, format });
});

const bootSector = Buffer.alloc(512, 0x33);
bootSector.write("55aa", 510, "hex");

test.each([
  ["nothing: it is empty", Buffer.alloc(0)],
  ["a qcow2 disk image", bytes("514649fb00000003")],
  ["a zip archive", bytes("504b0304")],
  ["a disk image or boot sector", bootSector],
  ["text that looks like HTML or XML", Buffer.from("<!DOCTYPE html>")],
  ["zeros instead of a tar header", Buffer.alloc(512)],
  ["no known archive (it starts with the bytes 4e6f742061206172)", Buffer.from("Not a archive at all")],
  [
    "no known archive (it starts with the bytes 6269672e2e2f0000)",
    tarEntry({ path: "big../" }).subarray(0, 300),
  ],
])("refused: %s", (found, head) => {
  expect(sniffSource(head)).toEqual({ ok: false, found });
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
