import { join } from "node:path";
import ssh2 from "ssh2";
import { StartError } from "#src/value/start_error.ts";
import { loadOrCreateText } from "./secret_file.ts";

/** Where the first start writes the private key. */
export const SSH_KEY_FILE = "ssh-key";

/** What the appliance logs in to nodes with. */
export type SshKey = {
  /** OpenSSH's private key format. Secret: never log it. */
  readonly privateKey: string;
  /** One line of an authorized_keys file. */
  readonly publicKey: string;
};

const COMMENT = "brigade-appliance";

/**
 * A new ed25519 key pair in OpenSSH's formats.
 *
 * Of one in 256 key pairs that ssh2 1.17 makes the public key begins with a zero that it leaves out, and neither it nor
 * OpenSSH can read the file: those are thrown away.
 */
export function generateSshKey(comment: string): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment });
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

/**
 * The appliance's own SSH key pair, from `dir/ssh-key`; the first start makes it.
 *
 * @throws {StartError} it cannot be read or written, others may read it, or it is damaged
 */
export function loadOrCreateSshKey(dir: string): SshKey {
  const path = join(dir, SSH_KEY_FILE);
  const privateKey = loadOrCreateText(path, () => generateSshKey(COMMENT).private);
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || !parsed.isPrivateKey())
    throw new StartError(
      `Cannot use "${path}": it holds no OpenSSH private key; delete it to get a new one at the next start`,
    );
  const publicKey = `${parsed.type} ${parsed.getPublicSSH().toString("base64")} ${COMMENT}`;
  return { privateKey, publicKey };
}
