import { CHOOSE_DISK, CLEAR_DISK } from "./partition.ts";
import { PRELUDE } from "./words.ts";

/** Where the broadcast of a disk image finds the disk that was chosen: a link of this boot of the ramdisk. */
export const TARGET_DISK = "/run/brigade/target-disk";

/**
 * Chooses the disk that a disk image is written to, and wipes what was on it.
 *
 * Environment: NODE (name, for messages), NEEDED_BYTES (size of the image), DISK (device, or empty to choose).
 */
export const TAKE_DISK = `${PRELUDE}
${CHOOSE_DISK}${CLEAR_DISK}
note disk "$disk"
ln -sfn "$disk" ${TARGET_DISK}
say "$disk ($(gigabytes "$bytes")) takes the image"
`;
