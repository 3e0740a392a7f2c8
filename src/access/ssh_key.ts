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
 * The appliance's own SSH key pair, from `dir/ssh-key`; the first start makes it.
 *
 * @throws {StartError} it cannot be read or written, others may read it, or it is damaged
 */
export function loadOrCreateSshKey(dir: string): SshKey {
  const path = join(dir, SSH_KEY_FILE);
  const make = (): string => ssh2.utils.generateKeyPairSync("ed25519", { comment: COMMENT }).private;
  const privateKey = loadOrCreateText(path, make);
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error || !parsed.isPrivateKey())
    throw new StartError(
      `Cannot use "${path}": it holds no OpenSSH private key; delete it to get a new one at the next start`,
    );
  const publicKey = `${parsed.type} ${parsed.getPublicSSH().toString("base64")} ${COMMENT}`;
  return { privateKey, publicKey };
}
