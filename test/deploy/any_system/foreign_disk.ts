/** A disk with a system that nobody here has heard of: a boot sector of its own, and an NTFS volume with files. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const MIB = 2 ** 20;
const SECTOR = 512;
const MARKER_SECTOR = 40;
/** What a protective MBR has room for. */
const BOOT_CODE_BYTES = 440;

export const NTFS = { offsetBytes: 2 * MIB, bytes: 40 * MIB } as const;
export const HELLO = "hello from a boot sector";

const run = (program: string, args: readonly string[], input?: string): void =>
  void execFileSync(program, args, { input, stdio: "pipe" });

/** @param marker what the system says when it runs. @returns path of the raw disk */
export function makeForeignDisk(directory: string, marker: string): string {
  const disk = join(directory, "foreign.raw");
  run("truncate", ["-s", String(NTFS.offsetBytes + NTFS.bytes + 2 * MIB), disk]);
  const sectors = `start=${NTFS.offsetBytes / SECTOR}, size=${NTFS.bytes / SECTOR}`;
  run("sfdisk", ["--quiet", disk], `label: gpt\n${sectors}, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7\n`);
  put(disk, makeNtfs(directory), NTFS.offsetBytes);
  put(disk, bootCode(directory), 0);
  const text = join(directory, "marker");
  writeFileSync(
    text,
    Buffer.concat([Buffer.from(`${marker}\r\n`), Buffer.alloc(SECTOR)]).subarray(0, SECTOR),
  );
  put(disk, text, MARKER_SECTOR * SECTOR);
  return disk;
}

function put(disk: string, file: string, atBytes: number): void {
  const where = [`of=${disk}`, `seek=${atBytes}`, "oflag=seek_bytes", "conv=notrunc", "status=none"];
  run("dd", [`if=${file}`, "bs=64K", ...where]);
}

function bootCode(directory: string): string {
  const [object, code] = [join(directory, "hello.o"), join(directory, "hello.bin")];
  run("as", ["--32", "-o", object, join(import.meta.dirname, "hello.s")]);
  run("ld", ["-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-o", code, object]);
  const size = Number(execFileSync("stat", ["-c", "%s", code], { encoding: "utf8" }));
  if (size > BOOT_CODE_BYTES)
    throw new Error(`The boot code has ${size} bytes, a boot sector takes ${BOOT_CODE_BYTES}`);
  return code;
}

function makeNtfs(directory: string): string {
  const volume = join(directory, "ntfs.raw");
  run("truncate", ["-s", String(NTFS.bytes), volume]);
  run("mkfs.ntfs", ["--force", "--quick", "--quiet", "--label", "SYSTEM", volume]);
  const content = join(directory, "content");
  run("sh", ["-c", 'head -c 9000000 /dev/urandom > "$0"', content]);
  for (const name of ["bootmgr", "pagefile.sys"]) run("ntfscp", ["--quiet", volume, content, name]);
  return volume;
}

/** SHA-256 of a part of a file, by coreutils. */
export function sha256OfPart(
  file: string,
  { offsetBytes, bytes }: { readonly offsetBytes: number; readonly bytes: number },
): string {
  const part = `tail -c +${offsetBytes + 1} "$0" | head -c ${bytes} | sha256sum`;
  return execFileSync("sh", ["-c", part, file], { encoding: "utf8" }).split(" ")[0] ?? "";
}
