import type { KernelToStart } from "../tools.ts";
import { PRELUDE } from "./words.ts";

const FOLDER = "/run/brigade/kexec";

/** Says what the boot loader step kept for a kexec: last lines `initrd yes|no`, `command-line TEXT`. No environment. */
export const KEPT_KERNEL = `${PRELUDE}
directory=${FOLDER}
if ! [ -f "$directory/kernel" ] || ! [ -f "$directory/command-line" ]; then say 'nothing kept'; exit; fi
# The kernel takes no packed one on arm64.
if [ "$(dd if="$directory/kernel" bs=1 count=2 2>/dev/null | od -An -tx1 | tr -d ' ')" = 1f8b ]; then
	gzip -dc < "$directory/kernel" > "$directory/unpacked"
	mv "$directory/unpacked" "$directory/kernel"
fi
if [ -f "$directory/initrd" ]; then say 'initrd yes'; else say 'initrd no'; fi
say "command-line $(cat "$directory/command-line")"
`;

/** Of the script's output; undefined when nothing was kept. */
export function readKernelToStart(output: string): KernelToStart | undefined {
  const [, initrd] = /^initrd (yes|no)$/m.exec(output) ?? [];
  const [, commandLine] = /^command-line ([\x20-\x7e]{1,2000})$/m.exec(output) ?? [];
  if (initrd === undefined || commandLine === undefined) return undefined;
  return {
    kernel: `${FOLDER}/kernel`,
    initrd: initrd === "yes" ? `${FOLDER}/initrd` : null,
    commandLine: commandLine.trim(),
  };
}
