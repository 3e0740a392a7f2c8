import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { BOOT_LOADER } from "#src/deploy/node_scripts/boot_loader.ts";
import { ERASE } from "#src/deploy/node_scripts/erase.ts";
import { FIND_ROOT } from "#src/deploy/node_scripts/find_root.ts";
import { FORMAT } from "#src/deploy/node_scripts/format.ts";
import { GROW } from "#src/deploy/node_scripts/grow.ts";
import { GROW_IMAGE } from "#src/deploy/node_scripts/grow_image.ts";
import { IDENTITY, NAMES_ONLY } from "#src/deploy/node_scripts/identity.ts";
import { KEPT_KERNEL } from "#src/deploy/node_scripts/kept_kernel.ts";
import { ramdiskScript } from "#src/deploy/node_scripts/kexec_ramdisk.ts";
import { LOOK } from "#src/deploy/node_scripts/look.ts";
import { MOUNT } from "#src/deploy/node_scripts/mount.ts";
import { operationScript } from "#src/deploy/node_scripts/operation.ts";
import { PARTITION, TAKE_PARTITION } from "#src/deploy/node_scripts/partition.ts";
import { SEED } from "#src/deploy/node_scripts/seed.ts";
import { READ_HOST_KEY, SSH_KEYS } from "#src/deploy/node_scripts/ssh_keys.ts";
import { SYNC } from "#src/deploy/node_scripts/sync.ts";
import { SYSTEMD_BOOT } from "#src/deploy/node_scripts/systemd_boot.ts";
import { TAKE_DISK } from "#src/deploy/node_scripts/take_disk.ts";

const RUN_OPERATION = operationScript({ kind: "run", script: "true\n" });
const SEND_OPERATION = operationScript({ kind: "send", content: "aGVsbG8=", to: "/a", mode: "644" });
const RAMDISK = ramdiskScript({
  url: "http://10.77.0.1:8080/",
  digests: new Map([["ramdisk/vmlinuz", "00"]]),
  commandLine: "brigade.token=00 it's",
  macs: [],
});
const ARCHIVE = {
  RUN_OPERATION,
  SEND_OPERATION,
  PARTITION,
  ERASE,
  FORMAT,
  MOUNT,
  IDENTITY,
  SSH_KEYS,
  READ_HOST_KEY,
  BOOT_LOADER,
  SYSTEMD_BOOT,
  SYNC,
  LOOK,
  TAKE_PARTITION,
  KEPT_KERNEL,
  RAMDISK,
};
const DISK = { TAKE_DISK, GROW, GROW_IMAGE, FIND_ROOT, NAMES_ONLY, SEED };

test.each(Object.entries({ ...ARCHIVE, ...DISK }))(
  "%s has nothing that shellcheck objects to",
  (_name, script) => {
    let findings = "";
    try {
      // SC2034: the beginning that all share sets what some do not use.
      execFileSync("shellcheck", ["--shell=dash", "--exclude=SC2034", "-"], {
        input: script,
        encoding: "utf8",
      });
    } catch (fault) {
      findings = String((fault as { stdout?: string }).stdout ?? fault);
    }
    expect(findings).toBe("");
  },
);
