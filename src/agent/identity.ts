/**
 * Who the appliance is to its agents: one EC P-256 key, made at the first
 * start and kept for good, and a certificate that only carries it. Agents know
 * the SHA-256 of the public key from their kernel command line; names and
 * dates of the certificate mean nothing to them (PROTOCOL.md section 2).
 */
import "reflect-metadata"; // tsyringe, below x509, does not load without it
import { createHash, createPrivateKey, createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { X509CertificateGenerator } from "@peculiar/x509";
import { StartError } from "#src/value/start_error.ts";

export type Identity = {
  readonly certPem: string;
  /** Secret. */
  readonly keyPem: string;
  /** SHA-256 of the SubjectPublicKeyInfo (DER), 64 hex digits: what agents pin. */
  readonly keyDigest: string;
};

const WAY_OUT = "restore it from a backup, or delete it when no node is being installed";

/** ECDSA on P-256: small, quick in emulated nodes, known to every TLS 1.3. */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * Reads `dir/key.pem`, or makes it (mode 0600). `dir/cert.pem` is made anew
 * when it is missing or belongs to another key, which no agent notices.
 *
 * @throws when the key file is there but is not a P-256 key: replacing it would cut off every running agent.
 */
export async function loadOrCreateIdentity(dir: string): Promise<Identity> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const keyPath = join(dir, "key.pem");
  const certPath = join(dir, "cert.pem");
  const keyPem = (await readIfThere(keyPath)) ?? (await makeKey(keyPath));
  const key = readKey(keyPem, keyPath);
  const keyDigest = digestOfPublicKey(key);
  const stored = await readIfThere(certPath);
  if (stored !== undefined && certificateHolds(stored, keyDigest))
    return { certPem: stored, keyPem, keyDigest };

  const certPem = await makeCertificate(key);
  await writeDurably(certPath, certPem, 0o644);
  return { certPem, keyPem, keyDigest };
}

/** SHA-256 of a key's SubjectPublicKeyInfo (DER) in hex. */
function digestOfPublicKey(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex");
}

function readKey(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
  } catch (cause) {
    throw new StartError(`Cannot use "${path}": it is not a private key in PEM; ${WAY_OUT}`, { cause });
  }
  throw new StartError(`Cannot use "${path}": it is not an EC P-256 key; ${WAY_OUT}`);
}

function certificateHolds(certPem: string, keyDigest: string): boolean {
  try {
    const spki = createPublicKey(certPem).export({ type: "spki", format: "der" });
    return createHash("sha256").update(spki).digest("hex") === keyDigest;
  } catch {
    // A damaged certificate is as good as none: it is made again from the key.
    return false;
  }
}

async function makeKey(path: string): Promise<string> {
  const { privateKey } = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", privateKey));
  const pem = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
    type: "pkcs8",
    format: "pem",
  });
  await writeDurably(path, String(pem), 0o600);
  return String(pem);
}

async function makeCertificate(key: KeyObject): Promise<string> {
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Brigade appliance",
    notBefore: new Date("2000-01-01T00:00:00Z"),
    notAfter: new Date("2099-12-31T00:00:00Z"),
    keys: {
      privateKey: key.toCryptoKey(ALGORITHM, true, ["sign"]),
      publicKey: createPublicKey(key).toCryptoKey(ALGORITHM, true, ["verify"]),
    },
    signingAlgorithm: ALGORITHM,
  });
  return certificate.toString("pem");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fault;
  }
}

/** Whole or not at all, also across a power cut. */
async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, "w", mode);
  try {
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  const dir = await open(join(path, ".."));
  await dir.sync().finally(() => dir.close());
}
