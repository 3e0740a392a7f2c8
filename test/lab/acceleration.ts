/**
 * Whether QEMU may use KVM. That /dev/kvm opens says little: on some hosts (KVM-PVM) it runs firmware for a moment and
 * then dies on an instruction, so the probe boots UEFI firmware and a kernel with it and looks for their words.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Acceleration } from "./qemu_arguments.ts";

export type Choice = { readonly acceleration: Acceleration; readonly because: string };

const KERNEL = "out/boot/ramdisk/vmlinuz";
const CACHE = "out/lab/acceleration.json";
const PROBE_LIMIT_MS = 20_000;

type Probe = { readonly what: string; readonly arguments: readonly string[]; readonly marker: RegExp };

const PROBES: readonly Probe[] = [
  {
    what: "UEFI firmware",
    arguments: ["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"],
    marker: /BdsDxe/,
  },
  {
    what: "a kernel",
    arguments: ["-kernel", KERNEL, "-append", "console=ttyS0 panic=-1"],
    // Without an initramfs a kernel that works ends with not finding its root.
    marker: /Unable to mount root|not syncing: VFS/,
  },
];

/** Probes once for each boot of the host; the result is kept in `out/lab/acceleration.json`. */
export async function chooseAcceleration(): Promise<Choice> {
  if (!usable("/dev/kvm")) return { acceleration: "tcg", because: "this host has no /dev/kvm" };
  if (!usable(KERNEL)) return { acceleration: "tcg", because: `KVM not probed: ${KERNEL} is not built` };
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const known = readCache(boot);
  if (known !== undefined) return known;
  const choice = await probeAll();
  mkdirSync(dirname(CACHE), { recursive: true });
  writeFileSync(CACHE, JSON.stringify({ boot, ...choice }));
  return choice;
}

async function probeAll(): Promise<Choice> {
  for (const probe of PROBES) {
    const problem = await run(probe);
    if (problem !== undefined)
      return { acceleration: "tcg", because: `KVM does not run ${probe.what} here: ${problem}` };
  }
  return { acceleration: "kvm", because: "it booted UEFI firmware and a kernel" };
}

/** @returns why it did not come as far as its marker, or `undefined` when it did. */
function run({ arguments: extra, marker }: Probe): Promise<string | undefined> {
  const machine = ["-accel", "kvm", "-cpu", "host", "-machine", "q35", "-m", "256", "-nodefaults"];
  const arguments_ = [...machine, "-nographic", "-no-reboot", "-serial", "stdio", ...extra];
  const qemu = spawn("qemu-system-x86_64", arguments_, { stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const timer = setTimeout(resolve, PROBE_LIMIT_MS, `nothing within ${PROBE_LIMIT_MS / 1000} s`);
  let output = "";
  const read = (part: Buffer): void => {
    output = (output + part).slice(-100_000);
    // QEMU stops the machine, but does not end, when KVM gives up.
    const fault = /KVM internal error.*/.exec(output);
    if (marker.test(output)) resolve(undefined);
    else if (fault) resolve(fault[0]);
  };
  qemu.stdout.on("data", read);
  qemu.stderr.on("data", read);
  qemu.once("error", (fault) => resolve(fault.message));
  qemu.once("close", () => {
    const lines = output.trimEnd().split("\n");
    resolve(lines.find((line) => line.includes("error")) ?? `QEMU ended: ${lines.at(-1)}`);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    qemu.kill("SIGKILL");
  });
}

function usable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function readCache(boot: string): Choice | undefined {
  try {
    const cached = JSON.parse(readFileSync(CACHE, "utf8")) as Choice & { boot: string };
    return cached.boot === boot ? cached : undefined;
  } catch {
    return undefined;
  }
}
