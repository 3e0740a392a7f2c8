/**
 * Writes headers of a tar: POSIX.1-2017 `pax`. The same member gives the same bytes.
 *
 * Pure. No user names, no times but the file's own: nothing of where it is written gets in.
 */
import { TAR_BLOCK_BYTES } from "./tar_header.ts";
import type { TarMember } from "./tar_members.ts";

export type WrittenMember = Omit<TarMember, "dataOffsetBytes">;

const NAME_BYTES = 100;
const MAX_ID = 0o7777777;
const MAX_SIZE = 0o77777777777;
const EXTENSION_NAME = "././@PaxHeader";

/** Two zero blocks. */
export const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;

/** Header blocks of a member, its extended header first where it needs one. */
export function encodeTarMember(member: WrittenMember): Buffer {
  const records = recordsOf(member);
  const header = headerBlock(member);
  if (records.length === 0) return header;
  const content = Buffer.from(records.map(paxRecord).join(""), "latin1");
  const extension = headerBlock({
    ...PLAIN,
    path: EXTENSION_NAME,
    type: "x",
    dataBytes: content.length,
  });
  return Buffer.concat([extension, content, Buffer.alloc(paddingBytes(content.length)), header]);
}

export const paddingBytes = (dataBytes: number): number =>
  (TAR_BLOCK_BYTES - (dataBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;

const PLAIN = {
  linkPath: "",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: "0",
  devMajor: 0,
  devMinor: 0,
  attributes: [],
} as const;

function recordsOf(member: WrittenMember): readonly (readonly [string, string])[] {
  const { path, linkPath, uid, gid, dataBytes, mtime } = member;
  const records: (readonly [string, string])[] = [...member.attributes];
  if (path.length > NAME_BYTES) records.push(["path", path]);
  if (linkPath.length > NAME_BYTES) records.push(["linkpath", linkPath]);
  if (uid > MAX_ID) records.push(["uid", String(uid)]);
  if (gid > MAX_ID) records.push(["gid", String(gid)]);
  if (dataBytes > MAX_SIZE) records.push(["size", String(dataBytes)]);
  if (wholeSec(mtime) === undefined) records.push(["mtime", mtime]);
  return records.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the header holds as it is. */
function wholeSec(mtime: string): number | undefined {
  const sec = Number(mtime);
  return Number.isSafeInteger(sec) && sec >= 0 && sec <= MAX_SIZE && !mtime.includes(".") ? sec : undefined;
}

function paxRecord([key, value]: readonly [string, string]): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

function headerBlock(member: WrittenMember): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  const roundedSec = Math.min(Math.max(Math.floor(Number(member.mtime)), 0), MAX_SIZE);
  block.write(member.path.slice(0, NAME_BYTES), 0, "latin1");
  octal(block, 100, 7, member.mode);
  octal(block, 108, 7, Math.min(member.uid, MAX_ID));
  octal(block, 116, 7, Math.min(member.gid, MAX_ID));
  octal(block, 124, 11, Math.min(member.dataBytes, MAX_SIZE));
  octal(block, 136, 11, wholeSec(member.mtime) ?? roundedSec);
  block.write(member.type, 156, "latin1");
  block.write(member.linkPath.slice(0, NAME_BYTES), 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  octal(block, 329, 7, member.devMajor & MAX_ID);
  octal(block, 337, 7, member.devMinor & MAX_ID);
  block.write("        ", 148, "latin1");
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function octal(block: Buffer, at: number, digits: number, value: number): void {
  block.write(value.toString(8).padStart(digits, "0"), at, "latin1");
}
