/**
 * The iPXE script that carries out what a node is to boot.
 *
 * Pure: facts in, text out. Every script says in words on the node's screen
 * what happens and why, and ends somewhere: no state of the network leaves a
 * node at a prompt.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { unreachable } from "#src/value/unreachable.ts";
import { type BootConfig, fileUrl } from "./choice.ts";
import { command, type Line, label, renderLines, say, type Word } from "./ipxe_lines.ts";

/** What one node boots now. */
export type BootScript =
  | {
      readonly kind: "localDisk";
      readonly node: string;
      readonly because: string;
      readonly circles?: string | undefined;
    }
  | {
      readonly kind: "ramdisk";
      readonly node: string;
      readonly because: string;
      /** Kernel command line: see {@link ramdiskArguments}. */
      readonly arguments: readonly string[];
      /** It has been here too often: what to say, and let be read, before it goes round once more. */
      readonly circles?: string | undefined;
    }
  /** It may not have what it asked for: says why, then boots what is on the disk. */
  | { readonly kind: "refusal"; readonly because: string };

/** Pauses between attempts to load the ramdisk: a rack that starts at once finds a busy server, not a dead one. */
const RETRY_PAUSES_SEC = [1, 2, 4, 8, 15, 30] as const;
const REFUSAL_PAUSE_SEC = 10;
const LAST_PAUSE_SEC = 30;
export const CIRCLES_PAUSE_SEC = 30;
/** What to do about circles. */
export const CIRCLES_ADVICE =
  "See what comes next on this screen, and what brigade node boots says of it; a disk that does not boot has to be deployed to";
/** Where iPXE asks why the last file did not come: of an answer without one it shows only a number. */
export const WHY_PATH = "boot/why.ipxe";

/** @throws RangeError when a kernel argument or name is not one inert iPXE token. */
export function renderScript(script: BootScript, config: BootConfig): string {
  switch (script.kind) {
    case "localDisk":
      return renderLines([
        ...sayCircles(script),
        say(`Brigade: ${script.node} boots from its disk: ${script.because}`),
        ...localDisk(config),
      ]);
    case "ramdisk":
      return renderLines(ramdisk(script, config));
    case "refusal":
      return renderLines([
        say(`Brigade: ${script.because}`),
        say(`Going on from the local disk in ${REFUSAL_PAUSE_SEC} s`),
        command("sleep", String(REFUSAL_PAUSE_SEC)),
        ...localDisk(config),
      ]);
    default:
      return unreachable(script);
  }
}

function sayCircles({ circles }: { readonly circles?: string | undefined }): readonly Line[] {
  if (circles === undefined) return [];
  return [
    say(`Brigade: ${circles}`),
    say(CIRCLES_ADVICE),
    say(`Going on in ${CIRCLES_PAUSE_SEC} s`),
    command("sleep", String(CIRCLES_PAUSE_SEC)),
  ];
}

/** The answer to {@link WHY_PATH}: says why, and lets the script that asked go on. */
export const renderWhy = (because: string): string => renderLines([say(`Brigade: ${because}`)]);

/** Asks for the reason and goes on, with or without it. */
const askWhy = (config: BootConfig, goOnAt: string): readonly Line[] => [
  { kind: "command", words: ["chain", "--autofree", fileUrl(WHY_PATH, config)], orGoto: goOnAt },
  label(goOnAt),
];

/**
 * The script that newer iPXE asks for by name (`autoexec.ipxe`) before anything else, and stops
 * without (tinkerbell #424): leads to the node's own.
 */
export function renderAutoexec(config: BootConfig): string {
  const url = fileUrl("boot/", config);
  return renderLines([
    { kind: "command", words: ["isset", [{ setting: "netX/ip" }]], thenGoto: "ready", orGoto: "configure" },
    label("configure"),
    { kind: "command", words: ["dhcp"], orGoto: "failed" },
    label("ready"),
    {
      kind: "command",
      words: ["chain", "--autofree", [url, { setting: "netX/mac:hexhyp" }, ".ipxe"]],
      orGoto: "failed",
    },
    label("failed"),
    say("Brigade: no boot script could be fetched; the machine restarts in 30 s"),
    command("sleep", String(LAST_PAUSE_SEC)),
    command("reboot"),
  ]);
}

/** Arguments that the ramdisk reads from its kernel command line; netboot/README.md explains each. */
export function ramdiskArguments(boot: {
  readonly appliance: { readonly address: Ipv4; readonly port: number };
  /** SHA-256 of the appliance's public key, hex. */
  readonly keyDigest: string;
  readonly token: string;
  readonly mode: "install" | "rescue";
  readonly mac: Mac;
  /** The node's own, last, so that they can override. */
  readonly extra: readonly string[];
}): readonly string[] {
  return [
    `brigade.appliance=${boot.appliance.address}:${boot.appliance.port}`,
    `brigade.key=${boot.keyDigest}`,
    `brigade.token=${boot.token}`,
    `brigade.mode=${boot.mode}`,
    // The form of PXELINUX: hardware type 01, then the MAC of the card that booted.
    `BOOTIF=01-${boot.mac.replaceAll(":", "-")}`,
    // Kernel messages take seconds on a serial line; the ramdisk says what it does in words of its own.
    "quiet",
    "console=tty0",
    // The serial line of most arm64 machines. A console that a machine does not have is no console.
    "console=ttyAMA0,115200",
    "console=ttyS0,115200",
    ...boot.extra,
  ];
}

function ramdisk(script: Extract<BootScript, { kind: "ramdisk" }>, config: BootConfig): readonly Line[] {
  const tries = RETRY_PAUSES_SEC.flatMap((pauseSec, index) =>
    oneTry(script, config, { number: index + 1, pauseSec }),
  );
  return [
    ...sayCircles(script),
    say(`Brigade: ${script.node} loads the ramdisk: ${script.because}`),
    ...pickFolder(config),
    ...tries,
    say(
      `The ramdisk cannot be loaded from ${config.serverAddress}; the machine restarts in ${LAST_PAUSE_SEC} s`,
    ),
    command("sleep", String(LAST_PAUSE_SEC)),
    command("reboot"),
  ];
}

/** What is built for another processor than x86-64 lies in a folder of its own; iPXE knows what it runs on. */
const pickFolder = ({ withoutArm64 }: BootConfig): readonly Line[] => [
  { kind: "command", words: ["iseq", [{ setting: "buildarch" }], "arm64"], thenGoto: "arm64", orGoto: "x86" },
  label("arm64"),
  ...(withoutArm64 ? sayWithoutArm64 : [command("set", "folder", "/arm64")]),
  label("x86"),
];

const sayWithoutArm64: readonly Line[] = [
  say(`Brigade: this appliance was built without the files for arm64; going on in ${LAST_PAUSE_SEC} s`),
  command("sleep", String(LAST_PAUSE_SEC)),
  command("exit", "1"),
];

/** `initrd=` is how iPXE before 2022 hands the initramfs to a kernel with an EFI stub; elsewhere it does nothing. */
function oneTry(
  script: Extract<BootScript, { kind: "ramdisk" }>,
  config: BootConfig,
  { number, pauseSec }: { readonly number: number; readonly pauseSec: number },
): readonly Line[] {
  const orGoto = `failed${number}`;
  const file = (name: string): Word => [fileUrl("ramdisk", config), { setting: "folder" }, `/${name}`];
  const kernel = ["kernel", "--name", "vmlinuz", file("vmlinuz"), "initrd=initramfs"];
  return [
    { kind: "command", words: [...kernel, ...script.arguments], orGoto },
    {
      kind: "command",
      words: ["initrd", "--name", "initramfs", file("initramfs")],
      orGoto,
    },
    say("Starting the ramdisk"),
    { kind: "command", words: ["boot"], orGoto },
    label(orGoto),
    command("echo", "Loading", "failed:", [{ setting: "errno" }]),
    ...askWhy(config, `pause${number}`),
    say(`Trying again in ${pauseSec} s`),
    command("imgfree"),
    command("sleep", String(pauseSec)),
  ];
}

/**
 * BIOS: sanboot drives the first disk; `exit` lets the BIOS take its next boot entry.
 * UEFI: `exit` from a loader that the firmware fetched opens its set-up (OVMF) or walks through every
 * other network entry first, so GRUB is chained, which looks for the installed boot loader.
 */
function localDisk(config: BootConfig): readonly Line[] {
  return [
    { kind: "command", words: ["iseq", [{ setting: "platform" }], "efi"], thenGoto: "efi", orGoto: "bios" },
    label("bios"),
    { kind: "command", words: ["sanboot", "--no-describe", "--drive", "0x80"], orGoto: "next" },
    label("efi"),
    ...pickFolder(config),
    {
      kind: "command",
      words: ["chain", [fileUrl("loaders", config), { setting: "folder" }, "/localboot.efi"]],
      orGoto: "refused",
    },
    label("refused"),
    ...askWhy(config, "next"),
    say("The local disk does not boot; going on with the next entry of the firmware"),
    command("exit", "1"),
  ];
}
