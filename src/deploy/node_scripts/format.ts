import { PRELUDE } from "./words.ts";

/**
 * Makes the file systems. No environment.
 *
 * ext4 without the features that GRUB 2.06 and older kernels cannot read, and
 * without discarding, which takes minutes on some RAID controllers.
 */
export const FORMAT = `${PRELUDE}
root=$(fact root)
esp=$(fact esp)
release_target
mkfs.ext4 -F -q -L root -O ^metadata_csum_seed,^orphan_file -E nodiscard "$root"
if [ -n "$esp" ]; then mkfs.vfat -F 32 -n ESP "$esp" > /dev/null; fi
say "$root is ext4"
`;
