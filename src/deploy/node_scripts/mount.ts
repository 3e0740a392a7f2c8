import { PRELUDE } from "./words.ts";

/**
 * Mounts the new root. No environment.
 *
 * The ESP is mounted by the boot loader step: an archive that holds a /boot/efi
 * with owners, modes or attributes could not be unpacked onto FAT.
 */
export const MOUNT = `${PRELUDE}
root=$(fact root)
mkdir -p "$target"
release_target
mount -t ext4 -o noatime "$root" "$target"
say "$root is mounted on $target"
`;
