/**
 * What kind of system a root archive holds, by the names of its files and the first bytes of a few. Pure; keeps no
 * list of files.
 */
import type { Architecture } from "./description.ts";
import type { BootFiles, FoundKernel, Inspection } from "./inspection.ts";
import { architectureOf, PROGRAM_HEAD_BYTES } from "./program_architecture.ts";

/** One of these is in every system. A shell that is a link is no use. */
const PROGRAM = /^(?:usr\/)?(?:s?bin\/(?:init|bash|dash|busybox|coreutils|ls)|lib\/systemd\/systemd)$/;
const KERNEL = /^boot\/vmlinu[xz]-/;
const SYSTEMD = /^(?:usr\/)?lib\/systemd\/systemd$/;
const INIT = /^(?:usr\/)?sbin\/init$/;
const SSH_SERVER = /^(?:usr\/)?s?bin\/(?:sshd|dropbear)$/;
const BOOT_FILES: readonly (readonly [BootFiles, RegExp])[] = [
  ["grub-bios", /^usr\/(?:lib|share)\/grub2?\/i386-pc\//],
  [
    "grub-efi",
    /^usr\/(?:lib|share)\/grub2?\/(?:x86_64|arm64)-efi(?:-signed)?\/|^boot\/efi\/EFI\/.*grub(?:x64|aa64)\.efi$/,
  ],
  ["systemd-boot", /^usr\/lib\/systemd\/boot\/efi\/systemd-boot(?:x64|aa64)\.efi(?:\.signed)?$/],
];
const SEEDS: readonly (readonly [Inspection["seeds"][number], RegExp])[] = [
  ["cloud-init", /^(?:usr\/)?bin\/cloud-init$/],
  ["ignition", /^usr\/(?:bin|libexec|lib\/dracut\/modules\.d\/30ignition)\/ignition$/],
];

export class RootInspection {
  readonly #bootFiles = new Set<BootFiles>();
  readonly #seeds = new Set<Inspection["seeds"][number]>();
  #init: Inspection["init"];
  #sshServer = false;
  #programs: Architecture | undefined;
  #kernel: Architecture | undefined;

  /** @param path without leading slash */
  add(path: string): void {
    if (SYSTEMD.test(path)) this.#init = "systemd";
    else if (INIT.test(path)) this.#init ??= "other";
    if (SSH_SERVER.test(path)) this.#sshServer = true;
    // Most names match none of the patterns by their first letters.
    if (path.startsWith("usr/") || path.startsWith("boot/") || path.startsWith("bin/")) this.#match(path);
  }

  #match(path: string): void {
    for (const [name, pattern] of BOOT_FILES) if (pattern.test(path)) this.#bootFiles.add(name);
    for (const [name, pattern] of SEEDS) if (pattern.test(path)) this.#seeds.add(name);
  }

  /** How many bytes of the file {@link addHead} wants; 0: none. */
  wantedBytes(path: string): number {
    const isWanted = this.#programs === undefined ? PROGRAM.test(path) || KERNEL.test(path) : false;
    return isWanted ? PROGRAM_HEAD_BYTES : 0;
  }

  addHead(path: string, head: Buffer): void {
    const architecture = architectureOf(head);
    if (KERNEL.test(path)) this.#kernel ??= architecture;
    else this.#programs ??= architecture;
  }

  value(kernels: readonly FoundKernel[]): Inspection {
    return {
      architecture: this.#programs ?? this.#kernel,
      kernels,
      init: this.#init,
      bootFiles: [...this.#bootFiles].sort(),
      seeds: [...this.#seeds].sort(),
      sshServer: this.#sshServer,
    };
  }
}
