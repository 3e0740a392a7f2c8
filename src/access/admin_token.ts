import { createHash, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { loadOrCreateSecret } from "./secret_file.ts";

/** Where the first start writes the token; the command-line tool reads it from there. */
export const ADMIN_TOKEN_FILE = "admin-token";

export type AdminToken = {
  /** Takes the same time for every candidate. */
  readonly matches: (candidate: string) => boolean;
};

/**
 * The token that opens the API, from `dir/admin-token`; the first start makes it.
 *
 * @throws {StartError} it cannot be read or written, others may read it, or it is damaged
 */
export function loadOrCreateAdminToken(dir: string): AdminToken {
  const path = join(dir, ADMIN_TOKEN_FILE);
  const expected = digest(loadOrCreateSecret(path, "delete it to get a new token at the next start"));
  return { matches: (candidate) => timingSafeEqual(digest(candidate), expected) };
}

/** Equal lengths for `timingSafeEqual`, whatever was sent. */
const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
