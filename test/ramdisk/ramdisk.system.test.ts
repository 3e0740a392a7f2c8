import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { requireBuilt, scratch } from "./machine.ts";

const MEBIBYTE = 1024 * 1024;
const TOOLS = "out/cache/netboot/tree";

type Built = {
  readonly architecture: string;
  readonly cache: string;
  readonly folder: string;
  /** Kernel and initramfs together. */
  readonly limitMebibytes: number;
  /** Some of the packages that must be on record. */
  readonly packages: readonly string[];
};

const BUILT: readonly Built[] = [
  {
    ...{ architecture: "amd64", cache: "out/cache/netboot", folder: "out/boot/ramdisk", limitMebibytes: 60 },
    packages: ["busybox-static", "grub-pc-bin", "ipxe", "util-linux", "libc6"],
  },
  {
    ...{ architecture: "arm64", cache: "out/cache/netboot-arm64", folder: "out/boot/ramdisk/arm64" },
    limitMebibytes: 60,
    packages: ["busybox-static", "grub-efi-arm64-bin", "ipxe", "libssl-dev", "libc6"],
  },
];

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Builds the initramfs again elsewhere, in another time zone and with another umask. */
function buildAgain({ architecture, cache }: Built, directory: string): string {
  const elsewhere = join(directory, "a-longer-name-for-the-cache");
  mkdirSync(elsewhere);
  for (const part of ["tree", "kernel"]) symlinkSync(resolve(cache, part), join(elsewhere, part));
  const env = { ...process.env, TZ: "Pacific/Auckland", LC_ALL: "C.UTF-8" };
  const build = `umask 077
    sh netboot/ramdisk/assemble.sh "$1" "$2" "$3" "$4" "$2/usr.squashfs"
    sh netboot/ramdisk/pack.sh "$2" "$3" "$2/usr.squashfs" "$2/again"`;
  const words = ["-ec", build, "sh", architecture, elsewhere, TOOLS, agentOf(cache)];
  execFileSync("sh", words, { env, stdio: ["ignore", "ignore", "inherit"] });
  return join(elsewhere, "again");
}

/** The agent as it went into what is compared; out/agent may be newer by now. */
const agentOf = (cache: string): string => `${cache}/root/usr/bin/brigade-agent`;

describe.each(BUILT)("the ramdisk's files for $architecture", (built) => {
  const { cache, folder, limitMebibytes, packages } = built;
  const kernel = `${folder}/vmlinuz`;
  const initramfs = `${folder}/initramfs`;

  test("kernel and initramfs are small enough together", () => {
    requireBuilt(kernel, initramfs);
    expect(statSync(kernel).size + statSync(initramfs).size).toBeLessThan(limitMebibytes * MEBIBYTE);
  });

  test("a second build elsewhere gives the same bytes", { timeout: 300_000 }, () => {
    requireBuilt(initramfs, agentOf(cache));
    using work = scratch();
    expect(digest(buildAgain(built, work.path)), "differs from out/boot: run make ramdisk first").toBe(
      digest(initramfs),
    );
  });

  test("every package that went in is on record with version and digest", () => {
    requireBuilt(`${folder}/packages.txt`);
    const rows = readFileSync(`${folder}/packages.txt`, "utf8").trimEnd().split("\n");
    for (const row of rows) expect(row).toMatch(/^[a-z0-9.+-]+\t[^\t]+\t[0-9a-f]{64}$/);
    const names = rows.map((row) => row.split("\t")[0]);
    expect(names).toEqual(expect.arrayContaining([...packages]));
    expect(new Set(names).size).toBe(names.length);
  });
});
