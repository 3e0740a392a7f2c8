/** A virtual machine on a test wire, watched through its serial console. Emulated: see the laboratory's notes on KVM. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync } from "node:fs";

export type MachineSettings = {
  /** Namespace that has the tap. */
  readonly space: string;
  readonly tap: string;
  readonly mac: string;
  /** `secureUefi` takes what Microsoft's keys have signed, and nothing else; `arm64Uefi` is a machine of another architecture. */
  readonly firmware: "bios" | "uefi" | "secureUefi" | "arm64Uefi";
  /** Leave out the card's own iPXE, so that OVMF uses its PXE. */
  readonly withoutRom?: boolean;
  readonly model?: string;
  /** UEFI asks by HTTP Boot alone, instead of trying PXE first; or by PXE and then HTTP Boot, without a minute of IPv6 between. */
  readonly httpBoot?: boolean | "afterPxe";
  /** 256 when not given: enough for loaders; the ramdisk needs 512. */
  readonly memoryMb?: number;
  /** Raw disk image. */
  readonly disk?: string;
  /** Where the UEFI variables are copied to. */
  readonly scratch: string;
};

const OVMF = "/usr/share/OVMF";
const AAVMF = "/usr/share/AAVMF";

export class Machine implements AsyncDisposable {
  #console = "";
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #startedAtMs = performance.now();
  #wake: () => void = () => {};

  constructor(settings: MachineSettings) {
    const qemu = settings.firmware === "arm64Uefi" ? "qemu-system-aarch64" : "qemu-system-x86_64";
    this.#child = spawn("ip", ["netns", "exec", settings.space, qemu, ...qemuArguments(settings)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exited = new Promise((resolve) => this.#child.once("close", () => resolve()));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (bytes: Buffer) => {
        this.#console += bytes.toString("latin1");
        this.#wake();
      });
    }
  }

  get console(): string {
    return this.#console;
  }

  /** Waits for text on the console. @returns seconds since power-on. @throws Error with the console when it does not come */
  async shows(text: string, limitSec: number): Promise<number> {
    const endsAtMs = performance.now() + limitSec * 1000;
    while (!this.#console.includes(text)) {
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0)
        throw new Error(`The console does not show "${text}" within ${limitSec} s:\n${this.#console}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return (performance.now() - this.#startedAtMs) / 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

function qemuArguments(settings: MachineSettings): readonly string[] {
  const { tap, mac, model = "virtio-net-pci", disk, withoutRom, memoryMb = 256 } = settings;
  const rom = withoutRom ? ",romfile=" : "";
  return [
    ...[
      "-accel",
      "tcg",
      "-m",
      String(memoryMb),
      "-nographic",
      "-nodefaults",
      "-serial",
      "stdio",
      "-no-reboot",
    ],
    ...machineArguments(settings),
    ...["-netdev", `tap,id=n0,ifname=${tap},script=no,downscript=no`],
    ...["-device", `${model},netdev=n0,mac=${mac},bootindex=0${rom}`],
    ...(disk
      ? [
          ...["-drive", `if=none,id=d0,file=${disk},format=raw,cache=unsafe`],
          ...["-device", "virtio-blk-pci,drive=d0,bootindex=1"],
        ]
      : []),
  ];
}

function machineArguments(settings: MachineSettings): readonly string[] {
  switch (settings.firmware) {
    case "bios":
      return ["-machine", "pc", "-cpu", "max"];
    case "arm64Uefi":
      return arm64Arguments(settings);
    default:
      return uefiArguments(settings);
  }
}

const flash = (unit: number, rest: string): readonly string[] => [
  "-drive",
  `if=pflash,unit=${unit},format=raw,${rest}`,
];

/** Leaves HTTP Boot as the only way of the firmware's, or as what follows PXE. */
function waysToBoot({ httpBoot }: MachineSettings): readonly string[] {
  const off = (stack: string): string[] => ["-fw_cfg", `name=opt/org.tianocore/${stack}Support,string=n`];
  if (!httpBoot) return [];
  return [...(httpBoot === "afterPxe" ? [] : off("IPv4PXE")), ...off("IPv6PXE")];
}

function uefiArguments(settings: MachineSettings): readonly string[] {
  const { firmware, scratch, tap } = settings;
  const [code, factory] =
    firmware === "secureUefi" ? ["CODE_4M.secboot", "VARS_4M.ms"] : ["CODE_4M", "VARS_4M"];
  const variables = `${scratch}/${tap}-vars.fd`;
  copyFileSync(`${OVMF}/OVMF_${factory}.fd`, variables);
  return [
    // Only code in system management mode may change the variables, or Secure Boot would be none.
    ...["-machine", firmware === "secureUefi" ? "q35,smm=on" : "q35", "-cpu", "max"],
    ...(firmware === "secureUefi" ? ["-global", "driver=cfi.pflash01,property=secure,value=on"] : []),
    ...flash(0, `readonly=on,file=${OVMF}/OVMF_${code}.fd`),
    ...flash(1, `file=${variables}`),
    ...waysToBoot(settings),
  ];
}

/** The variables are 64 MB, so what is written to them goes to a file that QEMU makes and forgets. */
function arm64Arguments(settings: MachineSettings): readonly string[] {
  return [
    ...["-machine", "virt", "-cpu", "cortex-a57"],
    ...flash(0, `readonly=on,file=${AAVMF}/AAVMF_CODE.fd`),
    ...flash(1, `snapshot=on,file=${AAVMF}/AAVMF_VARS.fd`),
    ...waysToBoot(settings),
  ];
}
