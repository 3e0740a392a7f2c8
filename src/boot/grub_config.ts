/**
 * Configuration for Debian's signed GRUB, which machines with Secure Boot get in place of iPXE: the
 * same boots as `script.ts`, by TFTP alone, for it has no HTTP.
 *
 * Pure. All text is in single quotes, inside which GRUB's parser changes nothing (GRUB manual 6.2);
 * a word that would leave them is not rendered.
 */
import type { Mac } from "#src/value/mac.ts";
import { unreachable } from "#src/value/unreachable.ts";
import { type BootScript, CIRCLES_ADVICE, CIRCLES_PAUSE_SEC } from "./script.ts";

/** What GRUB asks for first: it leads to the machine's own, named after the card that booted. */
export const GRUB_CONFIG = "grub/grub.cfg";

const OWN_CONFIG = /^grub\/node-((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\.cfg$/;
const RETRY_PAUSES_SEC = [1, 2, 4, 8, 15, 30] as const;
const REFUSAL_PAUSE_SEC = 10;
const LAST_PAUSE_SEC = 30;

/** The machine whose configuration a file name of TFTP asks for: `grub/node-52:54:00:77:00:01.cfg`. */
export const grubConfigMac = (name: string): Mac | undefined => OWN_CONFIG.exec(name)?.[1] as Mac | undefined;

/** {@link GRUB_CONFIG}, the same for every machine. */
export const GRUB_ENTRY = lines(
  "set pager=0",
  // GRUB sets it from what the firmware used, in lower case with colons.
  "configfile /grub/node-$net_default_mac.cfg",
  say("Brigade: no boot configuration could be fetched; the machine restarts in 30 s"),
  `sleep ${LAST_PAUSE_SEC}`,
  "reboot",
);

/** @throws RangeError when a kernel argument would not stay one word: they are checked on the way in, so this is our bug. */
export function renderGrubConfig(script: BootScript): string {
  switch (script.kind) {
    case "localDisk":
      return lines(
        ...sayCircles(script),
        say(`Brigade: ${script.node} boots from its disk: ${script.because}`),
        LOCAL_DISK,
      );
    case "ramdisk":
      return lines(
        ...sayCircles(script),
        say(`Brigade: ${script.node} loads the ramdisk: ${script.because}`),
        ...RETRY_PAUSES_SEC.map((pauseSec) => oneTry(script.arguments, pauseSec)),
        say(`The ramdisk cannot be loaded; the machine restarts in ${LAST_PAUSE_SEC} s`),
        `sleep ${LAST_PAUSE_SEC}`,
        "reboot",
      );
    case "refusal":
      return lines(
        say(`Brigade: ${script.because}`),
        say(`Going on from the local disk in ${REFUSAL_PAUSE_SEC} s`),
        `sleep ${REFUSAL_PAUSE_SEC}`,
        LOCAL_DISK,
      );
    default:
      return unreachable(script);
  }
}

function sayCircles({ circles }: { readonly circles?: string | undefined }): readonly string[] {
  if (circles === undefined) return [];
  const pause = [say(`Going on in ${CIRCLES_PAUSE_SEC} s`), `sleep ${CIRCLES_PAUSE_SEC}`];
  return [say(`Brigade: ${circles}`), say(CIRCLES_ADVICE), ...pause];
}

/** Looks for the disk's own loader, as localboot.efi does; shim on the disk is signed too. */
const LOCAL_DISK = "configfile /loaders/localboot.cfg";

const oneTry = (words: readonly string[], pauseSec: number): string =>
  lines(
    `if linux /ramdisk/vmlinuz ${words.map(quoted).join(" ")}; then if initrd /ramdisk/initramfs; then boot; fi; fi`,
    say(`Loading failed; trying again in ${pauseSec} s`),
    `sleep ${pauseSec}`,
  ).trimEnd();

/** A word that is the same in GRUB's parser and on the command line that GRUB makes, which escapes quotes and backslashes. */
function quoted(word: string): string {
  if (!/^[\x21-\x7e]+$/.test(word) || /['"\\]/.test(word))
    throw new RangeError(`Cannot put ${JSON.stringify(word)} into a GRUB configuration`);
  return `'${word}'`;
}

/** A line on the machine's screen, whatever the text is. */
function say(text: string): string {
  return `echo '${text.replaceAll(/\s+/g, " ").replaceAll(/[^\x20-\x7e]|['\\]/g, "?")}'`;
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
