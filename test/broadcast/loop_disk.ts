/** Real block devices for tests: loop devices over files, with sectors of a chosen size. */
import { execFileSync } from "node:child_process";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"] }).toString();

export type LoopOptions = {
  /** The file behind it; made anew. */
  readonly file: string;
  readonly bytes: number;
  /** Logical; 512 unless said otherwise. */
  readonly sectorBytes?: number;
};

/** A block device that is gone when disposed, also when something holds it then. */
export class LoopDisk implements Disposable {
  readonly device: string;
  readonly file: string;

  constructor({ file, bytes, sectorBytes = 512 }: LoopOptions) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
    truncateSync(file, bytes);
    this.file = file;
    const options = ["--find", "--show", "--partscan", "--sector-size", String(sectorBytes)];
    this.device = run("losetup", ...options, file).trim();
  }

  [Symbol.dispose](): void {
    run("losetup", "--detach", this.device);
  }

  /**
   * Fills the disk with what nobody wants to see again, below a partition table, and tells the kernel its three
   * partitions: not every kernel that runs tests reads tables.
   */
  makeOld(): void {
    run("sh", "-c", `yes "what was there before" | dd of=${this.device} bs=1M iflag=fullblock 2>&1 || true`);
    partition(this.device, "label: gpt\nsize=4MiB\nsize=4MiB\nsize=4MiB\n");
    run("sh", "-c", `for n in 1 2 3; do addpart ${this.device} $n $((n * 8192)) 8192 || true; done`);
  }

  /** Partitions that the kernel knows, such as `p1`. */
  partitions(): readonly string[] {
    const name = this.device.slice("/dev/".length);
    const found = run("sh", "-c", `cd /sys/block/${name} && ls -d ${name}p* 2>/dev/null || true`);
    return found
      .split("\n")
      .filter(Boolean)
      .map((part) => part.slice(name.length));
  }

  /** `BYTES` from an offset, by coreutils and past the cache. */
  digest(offsetBytes: number, bytes: number): string {
    const cut = `tail -c +${offsetBytes + 1} ${this.device} | head -c ${bytes} | sha256sum`;
    return run("sh", "-c", `blockdev --flushbufs ${this.device}; ${cut}`).slice(0, 64);
  }
}

/** Writes a partition table; the kernel is told if it is a device. */
export function partition(target: string, script: string): void {
  execFileSync("sfdisk", ["--quiet", "--wipe", "always", target], {
    input: script,
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** SHA-256 of a file, by coreutils. */
export const sha256sum = (file: string): string => run("sha256sum", file).slice(0, 64);
/** SHA-256 of so many zeros. */
export const zerosSum = (bytes: number): string =>
  run("sh", "-c", `head -c ${bytes} /dev/zero | sha256sum`).slice(0, 64);
