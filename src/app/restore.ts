/** `brigade restore`: no appliance runs, so there is nobody to ask. */
import type { RestoredView, RestoreWish } from "#src/cli/restore_command.ts";
import { RestoreFault } from "#src/store/backup/backup_reader.ts";
import { checkBackup, restoreBackup } from "#src/store/backup/restore.ts";

export async function restoreHere(wish: RestoreWish): Promise<RestoredView | { readonly refused: string }> {
  const { file, data, replace, checkOnly } = wish;
  try {
    const done = checkOnly
      ? { manifest: await checkBackup(file) }
      : await restoreBackup({ file, dir: data, replace, nowMs: Date.now });
    const { manifest, ...where } = done;
    const { version, schema, createdAtMs, hasSecrets, hasImages, files } = manifest;
    const about = { file, version, schema, createdAtMs, hasSecrets, hasImages, files: files.length };
    return checkOnly ? about : { ...about, data, ...where };
  } catch (fault) {
    if (!(fault instanceof RestoreFault)) throw fault;
    return { refused: fault.message };
  }
}
