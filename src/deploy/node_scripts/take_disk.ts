import { CLEAR } from "./partition.ts";
import { PRELUDE } from "./words.ts";

/** Where the broadcast of a disk image finds the disk that was chosen: a link of this boot of the ramdisk. */
export const TARGET_DISK = "/run/brigade/target-disk";

/**
 * Wipes the disk that a disk image is written to.
 *
 * Environment: DISK (device). The appliance chose it.
 */
export const TAKE_DISK = `${PRELUDE}${CLEAR}
[ -b "$DISK" ] || hopeless "$DISK is gone"
# What a deployment before this one left in this boot of the ramdisk is about another disk.
rm -rf "$layout"
release_target
stop_volumes
clear_disk "$DISK"
note disk "$DISK"
mkdir -p /run/brigade
ln -sfn "$DISK" ${TARGET_DISK}
say "$DISK takes the image"
`;
