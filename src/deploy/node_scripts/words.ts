/**
 * What all node scripts share. They run as root in the ramdisk with dash and
 * what `netboot/README.md` lists; values reach them by environment only; the
 * last line on stderr becomes the reason that people read.
 *
 * Scripts hand facts to later ones as one file each in `/run/brigade/layout`,
 * which lives as long as the boot of the ramdisk does: a node that booted anew
 * starts again at the first step anyway.
 */

/** Where the new system's root is mounted. */
export const TARGET = "/mnt/target";

/** A script's way to say that another attempt cannot help. */
export const HOPELESS_EXIT_CODE = 3;
/** A script's way to say that this way of its phase cannot work here. */
export const NO_WAY_EXIT_CODE = 4;

/** A line by which a script on a node that is in use asks whether to go on; it does when it gets a line. */
export const READY_WORD = "ready to start";

/** The beginning of every script. */
export const PRELUDE = `#!/bin/sh
set -eu
umask 022
LC_ALL=C
export LC_ALL
target=${TARGET}
layout=/run/brigade/layout

say() { printf '%s\\n' "$*"; }
fail() { printf '%s\\n' "$*" >&2; exit 1; }
hopeless() { printf '%s\\n' "$*" >&2; exit ${HOPELESS_EXIT_CODE}; }
note() { mkdir -p "$layout"; printf '%s\\n' "$2" > "$layout/$1"; }
fact() { cat "$layout/$1" 2>/dev/null || fail "This boot of the ramdisk has not done the partition step: $1 is unknown"; }
mounted() { mountpoint -q "$target"; }
# Mounts pile up when a step was cut off and done again.
release_target() { while mounted; do umount -R "$target"; done; }
`;
