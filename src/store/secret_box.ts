import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import { loadOrCreateSecret } from "#src/access/secret_file.ts";

export const SECRET_KEY_FILE = "secret-key";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what must not be readable in a copy of the database
 * (AES-256-GCM; nonce, tag, ciphertext). `about` says whose secret it is: a
 * secret moved to another row does not open.
 */
export type SecretBox = {
  readonly seal: (secret: string, about: string) => Buffer;
  /** @returns `undefined` when it was sealed with another key or about something else */
  readonly open: (sealed: Uint8Array, about: string) => string | undefined;
  /** 32 bytes for one purpose, the same after each start; one purpose's key tells nothing about another's. */
  readonly derive: (purpose: string) => Buffer;
};

/**
 * The key from `dir/secret-key`; the first start makes it.
 *
 * @throws {StartError} it cannot be read or written, others may read it, or it is damaged
 */
export function openSecretBox(dir: string): SecretBox {
  const wayOut = "restore it from a backup, or delete it and set every BMC password again";
  const master = Buffer.from(loadOrCreateSecret(join(dir, SECRET_KEY_FILE), wayOut), "hex");
  const derive = (purpose: string): Buffer => createHmac("sha256", master).update(purpose).digest();
  const key = derive("secrets in the database");
  return {
    derive,
    seal: (secret, about) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(about));
      const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    open: (sealed, about) => openWith(key, Buffer.from(sealed), about),
  };
}

function openWith(key: Buffer, sealed: Buffer, about: string): string | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), options);
  decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    const body = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString("utf8");
  } catch {
    // final() throws on a wrong tag, and on nothing else.
    return undefined;
  }
}
