/** Names in the data folder that are there only for a while. */

/** Folders of copies begin so; what a crash left of them goes at the next start. */
export const BACKUP_FOLDER_PREFIX = "backup-";

/** While it is there the data folder is neither what it was nor what it is to be; `serve` refuses it. */
export const RESTORING_FOLDER = "restoring";
