import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { INITRAMFS, KERNEL, requireBuilt, scratch } from "./machine.ts";

const MEBIBYTE = 1024 * 1024;
const CACHE = "out/cache/netboot";
/** The agent as it went into what is compared; out/agent may be newer by now. */
const AGENT = `${CACHE}/root/usr/bin/brigade-agent`;

const digest = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Builds the initramfs again elsewhere, in another time zone and with another umask. */
function buildAgain(directory: string): string {
  const cache = join(directory, "a-longer-name-for-the-cache");
  mkdirSync(cache);
  for (const part of ["tree", "kernel"]) symlinkSync(resolve(CACHE, part), join(cache, part));
  const env = { ...process.env, TZ: "Pacific/Auckland", LC_ALL: "C.UTF-8" };
  const build = `umask 077
    sh netboot/ramdisk/assemble.sh "$1" "$2" "$1/usr.squashfs" && sh netboot/ramdisk/pack.sh "$1" "$1/usr.squashfs" "$1/again"`;
  execFileSync("sh", ["-ec", build, "sh", cache, AGENT], { env, stdio: ["ignore", "ignore", "inherit"] });
  return join(cache, "again");
}

describe("the ramdisk's files", () => {
  test("kernel and initramfs are at most 60 MB together", () => {
    requireBuilt(KERNEL, INITRAMFS);
    expect(statSync(KERNEL).size + statSync(INITRAMFS).size).toBeLessThan(60 * MEBIBYTE);
  });

  test("a second build elsewhere gives the same bytes", { timeout: 300_000 }, () => {
    requireBuilt(INITRAMFS, AGENT);
    using work = scratch();
    expect(digest(buildAgain(work.path)), "differs from out/boot: run make ramdisk first").toBe(
      digest(INITRAMFS),
    );
  });

  test("every package that went in is on record with version and digest", () => {
    requireBuilt("out/boot/ramdisk/packages.txt");
    const rows = readFileSync("out/boot/ramdisk/packages.txt", "utf8").trimEnd().split("\n");
    for (const row of rows) expect(row).toMatch(/^[a-z0-9.+-]+\t[^\t]+\t[0-9a-f]{64}$/);
    const names = rows.map((row) => row.split("\t")[0]);
    expect(names).toEqual(
      expect.arrayContaining(["busybox-static", "grub-pc-bin", "ipxe", "util-linux", "libc6"]),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
