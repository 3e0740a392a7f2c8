import { PLAN_WORDS } from "./plan_words.ts";
import { PRELUDE } from "./words.ts";

/**
 * Mounts the new root and what belongs into it. No environment.
 *
 * The ESP is mounted by the boot loader step: an archive that holds a /boot/efi
 * with owners, modes or attributes could not be unpacked onto FAT.
 */
export const MOUNT = `${PRELUDE}${PLAN_WORDS}
has_plan
mkdir -p "$target"
release_target
lines mount | while read -r thing path kind _; do
	[ "$path" != /boot/efi ] || continue
	place=$target\${path%/}
	mkdir -p "$place"
	mount -t "$kind" -o noatime "$(device "$thing")" "$place" || fail "Cannot mount $(device "$thing") on $place"
	say "$(device "$thing") is mounted on $place"
done
mounted || fail "The new root is not mounted on $target"
`;
