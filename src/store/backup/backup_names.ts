/** Names in the data folder that are there only for a while. */

/** Folders of copies begin so, and no folder that somebody made; six characters of `mkdtemp` follow. */
export const BACKUP_FOLDER_PREFIX = ".making-backup-";

/** What a crash left of a copy goes at the next start: the whole name counts, so nothing else does. */
export const BACKUP_FOLDER = /^\.making-backup-[A-Za-z0-9]{6}$/;

/** While it is there the data folder is neither what it was nor what it is to be; `serve` refuses it. */
export const RESTORING_FOLDER = "restoring";
