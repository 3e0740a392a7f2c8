/**
 * What a second version of an image costs: the Debian root, and the same with some files changed, added and removed. Stored
 * bytes of the second one alone, next to what chunks of fixed 4 MiB would share. Needs `make out/images/debian-12.tar.zst`.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { decodeTarBlock, TAR_BLOCK_BYTES } from "#src/images/tar_header.ts";
import { openLab } from "../images/image_lab.ts";
import { noise } from "../images/noise.ts";
import { tarEntry } from "../images/tar_bytes.ts";

const IMAGE = "out/images/debian-12.tar.zst";
const FIXED_BYTES = 4 * 1024 * 1024;
/** Long names and pax records belong to the entry behind them. */
const BEFORE_ENTRY = new Set(["L", "K", "x", "g"]);

const raw = execFileSync("zstd", ["-dcq", IMAGE], { maxBuffer: 2 ** 31 - 1 });
const members = split(raw);
const changed = Buffer.concat(members.flatMap(edit));

const folder = mkdtempSync(join(tmpdir(), "brigade-sharing-"));
const lab = openLab(folder);
try {
  for (const [name, bytes] of [
    ["first", raw],
    ["second", changed],
  ] as const) {
    const result = await lab.library.import({ name, source: Readable.from([bytes], { objectMode: false }) });
    if (!result.ok) throw new Error(`import failed: ${result.problem.kind}`);
    say(
      `${name}: ${members.length} entries`,
      `${mb(result.image.storedBytes)} in ${result.image.chunkCount} chunks`,
    );
  }
  const own = (await lab.library.ownBytes()).get("second") ?? 0;
  const stored = lab.byName("second")?.storedBytes ?? 1;
  say("stored for the second alone", `${mb(own)}, ${((own / stored) * 100).toFixed(1)} %`);
  say("not shared by fixed 4 MiB", `${(notSharedFixed() * 100).toFixed(1)} % of the raw bytes`);
} finally {
  rmSync(folder, { recursive: true });
}

/** The archive member by member, special headers with the entry that they are for. */
function split(archive: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  let start = 0;
  for (let at = 0; at < archive.length; ) {
    const decoded = decodeTarBlock(archive.subarray(at, at + TAR_BLOCK_BYTES));
    if (decoded.kind !== "entry") break;
    at += TAR_BLOCK_BYTES * (1 + Math.ceil(decoded.header.dataBytes / TAR_BLOCK_BYTES));
    if (BEFORE_ENTRY.has(decoded.header.type)) continue;
    found.push(archive.subarray(start, at));
    start = at;
  }
  return [...found, archive.subarray(start)];
}

/** Every 1500th entry changes in its first data byte, has a new one behind it, or is left out. */
function edit(member: Buffer, index: number): readonly Buffer[] {
  const isLast = index === members.length - 1;
  if (isLast || index === 0 || index % 500 !== 0) return [member];
  if (index % 1500 === 0) return [];
  if (index % 1500 === 500) {
    return [member, tarEntry({ path: `opt/added-${index}`, data: noise(20_000 + index, index) })];
  }
  const copy = Buffer.from(member);
  if (copy.length > TAR_BLOCK_BYTES) copy[copy.length - TAR_BLOCK_BYTES] = 0x5a;
  return [copy];
}

function notSharedFixed(): number {
  const digests = (bytes: Buffer): string[] => {
    const all: string[] = [];
    for (let at = 0; at < bytes.length; at += FIXED_BYTES)
      all.push(
        createHash("sha256")
          .update(bytes.subarray(at, at + FIXED_BYTES))
          .digest("hex"),
      );
    return all;
  };
  const known = new Set(digests(raw));
  const second = digests(changed);
  return second.filter((digest) => !known.has(digest)).length / second.length;
}

function say(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(32)}${value}\n`);
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
