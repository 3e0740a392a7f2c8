import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { StartError } from "#src/value/start_error.ts";

const HEX_64 = /^[0-9a-f]{64}$/;

/**
 * The secret in a file of its own: 32 random bytes as 64 hex digits, mode 0600.
 * Made at the first start; on disk, whole, when this returns.
 *
 * @param wayOut what to do about a damaged file, for the message
 * @throws {StartError} it cannot be read or written, others may read it, or it is damaged
 */
export function loadOrCreateSecret(path: string, wayOut: string): string {
  const secret = loadOrCreateText(path, () => `${randomBytes(32).toString("hex")}\n`).trim();
  if (HEX_64.test(secret)) return secret;
  throw new StartError(`Cannot use "${path}": it does not hold 64 hex digits; ${wayOut}`);
}

/**
 * A secret text in a file of its own, mode 0600. Made at the first start; on disk, whole, when this returns.
 *
 * @throws {StartError} it cannot be read or written, or others may read it
 */
export function loadOrCreateText(path: string, make: () => string): string {
  try {
    return existsSync(path) ? readSecret(path) : createSecret(path, make());
  } catch (fault) {
    if (fault instanceof StartError) throw fault;
    throw new StartError(`Cannot use "${path}": ${(fault as Error).message}`, { cause: fault });
  }
}

/** By another name first: a crash must not leave half a secret. */
function createSecret(path: string, text: string): string {
  writeDurably(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  syncDirectory(dirname(path));
  return text;
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function readSecret(path: string): string {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    const octal = mode.toString(8);
    throw new StartError(
      `Cannot use "${path}": others may read it (mode ${octal}); run "chmod 600 ${path}" if nobody has`,
    );
  }
  return readFileSync(path, "utf8");
}
