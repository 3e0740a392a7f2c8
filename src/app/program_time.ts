import { statSync } from "node:fs";
import { isSea } from "node:sea";

/** When the program was made, as far as its file says. */
export const programFromMs = (): number =>
  statSync(isSea() ? process.execPath : import.meta.filename).mtimeMs;
