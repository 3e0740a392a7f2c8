import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const INITRAMFS = "out/boot/ramdisk/initramfs";

/** What init does, without a machine of its own. */
const ENTER = `
set -eu
cd "$1"
cpio -idm --quiet < "$2"
mkdir -p usr etc root run tmp var mnt/target proc sys dev
mount -t squashfs -o loop,ro brigade/usr.squashfs usr
for directory in bin sbin lib lib64; do ln -sfn "usr/$directory" "$directory"; done
cp -r usr/share/brigade/etc/. etc/
mount --rbind /dev dev
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs run run
mount -t tmpfs tmp tmp
mkdir -p run/brigade
# Never UEFI, whatever the machine that runs the tests is; a firmware directory of its own for those that want it.
if [ -d sys/firmware ]; then mount -t tmpfs firmware sys/firmware; fi
# GRUB asks udev where a partition starts; without udev it asks the disk's driver, which loop devices do not answer.
mkdir shims
cat > shims/udevadm <<'SHIM'
#!/bin/sh
for name; do :; done
name=\${name##*/}
for path in /sys/devices/virtual/block/*/"$name"; do [ -e "$path/start" ] && echo "\${path#/sys}"; done
SHIM
chmod 755 shims/udevadm
echo ready
exec sleep infinity
`;

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The real ramdisk's programs over loop devices, in a mount namespace of its own. Needs root. */
export class RamdiskChroot implements AsyncDisposable {
  readonly root: string;
  readonly #holder: ChildProcess;
  readonly #loops: string[] = [];

  private constructor(root: string, holder: ChildProcess) {
    this.root = root;
    this.#holder = holder;
  }

  static async open(): Promise<RamdiskChroot> {
    if (!existsSync(INITRAMFS))
      throw new Error(`Cannot test node scripts: no ${INITRAMFS}; run "make ${INITRAMFS}"`);
    const root = mkdtempSync(join(tmpdir(), "brigade-deploy-"));
    const holder = spawn(
      "unshare",
      ["--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", root, join(process.cwd(), INITRAMFS)],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    await new Promise<void>((resolve, reject) => {
      let words = "";
      holder.stderr?.on("data", (bytes: Buffer) => {
        words += bytes.toString();
      });
      holder.stdout?.once("data", () => resolve());
      holder.once("exit", () => reject(new Error(`Cannot enter the ramdisk: ${words}`)));
    });
    return new RamdiskChroot(root, holder);
  }

  /** A sparse disk of that size; its device. */
  addDisk(bytes: number, { sectorBytes = 512 } = {}): string {
    const file = this.#fileOf(this.#loops.length);
    writeFileSync(file, "");
    truncateSync(file, bytes);
    const options = ["--find", "--show", "--partscan", "--sector-size", String(sectorBytes)];
    const device = execFileSync("losetup", [...options, file], { encoding: "utf8" }).trim();
    this.#loops.push(device);
    return device;
  }

  /** As if what is on it had been copied to a larger disk. */
  enlargeDisk(device: string, bytes: number): void {
    truncateSync(this.#fileOf(this.#loops.indexOf(device)), bytes);
    execFileSync("losetup", ["--set-capacity", device]);
  }

  /** The file behind a disk. */
  fileOf(device: string): string {
    return this.#fileOf(this.#loops.indexOf(device));
  }

  /** Unpacks an archive of this machine, packed by zstd, into the mounted root. */
  unpack(archive: string): void {
    const enter = ["-t", String(this.#holder.pid), "-m", "--", "sh", "-c"];
    const unpack = 'zstd -dc "$0" | tar --xattrs --xattrs-include="*" --acls -xpf - -C "$1"';
    execFileSync("nsenter", [...enter, unpack, resolve(archive), join(this.root, "mnt/target")]);
  }

  readonly #fileOf = (index: number): string => join(this.root, `disk${index}`);

  /** Runs a script as the agent does: values by environment, nothing else. */
  run(script: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
    writeFileSync(join(this.root, "script"), script);
    const values = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const clean = ["-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin:/shims", "HOME=/root", ...values];
    const enter = ["-t", String(this.#holder.pid), "-m", "chroot", this.root, "/usr/bin/env"];
    return new Promise((resolve) => {
      execFile("nsenter", [...enter, ...clean, "/bin/sh", "/script"], (fault, stdout, stderr) => {
        resolve({ code: fault ? Number(fault.code) : 0, stdout, stderr });
      });
    });
  }

  /** Like {@link run}, for what must work. @returns stdout. @throws with stderr. */
  async must(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(script, env);
    if (code !== 0) throw new Error(`Exit code ${code}: ${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run("umount -R /mnt/target");
    const gone = new Promise((resolve) => this.#holder.once("exit", resolve));
    this.#holder.kill("SIGKILL");
    await gone;
    for (const device of this.#loops) execFileSync("losetup", ["--detach", device]);
    rmSync(this.root, { recursive: true, force: true });
  }
}
