import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `make` built; the tests here look at nothing else. */
export const KERNEL = "out/boot/ramdisk/vmlinuz";
export const INITRAMFS = "out/boot/ramdisk/initramfs";
export const LOADERS = "out/boot/loaders";

/** Says what to do when something was not built, instead of failing somewhere in QEMU. */
export function requireBuilt(...paths: readonly string[]): void {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0)
    throw new Error(`Cannot test: ${missing.join(", ")} is missing; run "make ramdisk loaders" first.`);
}

/** A directory of its own, removed at the end of the scope. */
export function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "brigade-ramdisk-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** An emulated machine whose serial line can be read and typed on. Killed at the end of the scope. */
export class Machine implements Disposable {
  readonly #process: ChildProcess;
  readonly #changed = new Set<() => void>();
  #text = "";
  #off = false;

  /** @param args QEMU's, beyond accelerator and serial line. Never KVM: nested, it opens and then cannot run a kernel. */
  constructor(args: readonly string[]) {
    const common = [
      "-accel",
      "tcg",
      "-cpu",
      "max",
      "-nographic",
      "-nodefaults",
      "-serial",
      "stdio",
      "-no-reboot",
    ];
    this.#process = spawn("qemu-system-x86_64", [...common, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (bytes: Buffer) => this.#add(bytes.toString("latin1")));
    }
    this.#process.on("close", () => {
      this.#off = true;
      this.#add("\n[the machine is off]\n");
    });
  }

  /** Everything on the serial line so far, without the terminal's colour and cursor sequences. */
  get text(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what terminals are spoken to with
    return this.#text.replaceAll(/\x1b(?:\[[0-9;?]*[a-zA-Z]|c)/g, "").replaceAll("\r", "");
  }

  /**
   * Resolves with the match as soon as the serial line shows `pattern`; rejects with all of its text after `limitSec`, or
   * when the machine goes off first.
   */
  shows(pattern: RegExp, limitSec: number): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const fail = (when: string): void =>
      reject(new Error(`The serial line did not show ${pattern} ${when}. It showed:\n${this.text}`));
    const look = (): void => {
      const match = pattern.exec(this.text);
      if (match) resolve(match);
      else if (this.#off) fail("before the machine went off");
    };
    const timer = setTimeout(() => fail(`within ${limitSec} s`), limitSec * 1000);
    this.#changed.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#changed.delete(look);
    });
  }

  type(text: string): void {
    this.#process.stdin?.write(text);
  }

  [Symbol.dispose](): void {
    this.#process.kill("SIGKILL");
  }

  #add(text: string): void {
    this.#text += text;
    for (const look of [...this.#changed]) look();
  }
}

/** Arguments that start the ramdisk without a loader, as a boot script would. */
export function directBoot(extra: string, initramfs: string = INITRAMFS): readonly string[] {
  const words = `quiet console=tty0 console=ttyS0,115200 no_timer_check BOOTIF=01-52-54-00-77-00-01 ${extra}`;
  return ["-machine", "pc", "-m", "512", "-kernel", KERNEL, "-initrd", initramfs, "-append", words];
}

/** QEMU's own little network: gives 10.0.2.15 by DHCP, and `bootFile` by TFTP; 10.0.2.2 is this machine's loopback. */
export function card(
  model: string,
  boot?: { readonly directory: string; readonly file: string },
): readonly string[] {
  const tftp = boot ? `,tftp=${boot.directory},bootfile=${boot.file}` : "";
  // A kernel given directly has the first place in the boot order itself.
  const device = `${model},netdev=n0,mac=52:54:00:77:00:01${boot ? ",bootindex=0" : ""}`;
  return ["-netdev", `user,id=n0,ipv6=off${tftp}`, "-device", device];
}

export function disk(file: string, index: number): readonly string[] {
  const drive = `if=none,id=d${index},file=${file},format=raw,cache=unsafe`;
  return ["-drive", drive, "-device", `virtio-blk-pci,drive=d${index},bootindex=${index + 1}`];
}

/** A UEFI machine with its own copy of the firmware's variables in `directory`. */
export function uefi(directory: string): readonly string[] {
  const variables = join(directory, "variables.fd");
  copyFileSync("/usr/share/OVMF/OVMF_VARS_4M.fd", variables);
  const code = "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd";
  return [
    "-machine",
    "q35",
    "-m",
    "512",
    "-drive",
    code,
    "-drive",
    `if=pflash,unit=1,format=raw,file=${variables}`,
  ];
}

/**
 * The built initramfs with a script added that runs once the agent starts, then powers the machine off. The kernel unpacks
 * archives one after another, so what was built stays as it is. Start it with `rdinit=/test-init`.
 */
export function initramfsRunning(script: string, directory: string): string {
  const extra = join(directory, "extra");
  mkdirSync(extra);
  const init = `#!/brigade/busybox sh
b=/brigade/busybox
$b mkdir -p /dev; [ -e /dev/null ] || $b mount -t devtmpfs dev /dev
/init &
until [ -e /run/brigade/agent.out ]; do $b sleep 0.2; done
/bin/sh /test-script >/dev/ttyS0 2>&1
echo "SCRIPT ENDED WITH $?" >/dev/ttyS0
$b sleep 1; $b poweroff -f
`;
  writeFileSync(join(extra, "test-init"), init, { mode: 0o755 });
  writeFileSync(join(extra, "test-script"), script);
  const archive = execFileSync("sh", ["-c", "find . | cpio -o -H newc --quiet"], { cwd: extra });
  const whole = join(directory, "initramfs");
  copyFileSync(INITRAMFS, whole);
  appendFileSync(whole, archive);
  return whole;
}
