/**
 * What a backup says of itself, in its first member `manifest.json`: who made it, and each file with its length and
 * SHA-256. Pure. What is read here comes from a file that anybody may have made.
 */
import { Buffer } from "node:buffer";
import { encodeTarMember } from "#src/images/tar_writer.ts";

export type BackupFile = {
  /** Below the data folder. */
  readonly path: string;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
};

export type BackupManifest = {
  readonly kind: "brigade-backup";
  readonly format: number;
  /** Of the program that made it. */
  readonly version: string;
  /** Of the database in it. */
  readonly schema: number;
  readonly createdAtMs: number;
  /** Keys and the admin token are in it. */
  readonly hasSecrets: boolean;
  /** The chunks of images are in it. */
  readonly hasImages: boolean;
  /** In the order in which they follow. */
  readonly files: readonly BackupFile[];
};

export const MANIFEST_NAME = "manifest.json";
export const BACKUP_FORMAT = 1;
/** More than a million chunks. */
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

/** What opens things: a backup that lies about must not. */
export const SECRET_PATHS = ["secret-key", "admin-token", "ssh-key", "tls/key.pem", "tls/cert.pem"] as const;

/** Nothing else is written by a restore, whatever a manifest says. */
const PATH =
  /^(?:brigade\.db|leases\.journal|secret-key|admin-token|ssh-key|tls\/(?:key|cert)\.pem|images\/manifests\/[0-9a-f]{64}|images\/chunks\/[0-9a-f]{2}\/[0-9a-f]{62})$/;

/** The tar header of a member: the same for whoever writes and whoever checks. @param madeSec Unix time */
export const memberHeader = (path: string, dataBytes: number, madeSec: number): Buffer =>
  encodeTarMember({
    ...{ path, type: "0", linkPath: "", mode: 0o600, uid: 0, gid: 0, devMajor: 0, devMinor: 0 },
    ...{ dataBytes, mtime: String(madeSec), attributes: [] },
  });

/** When its members say that they were made. */
export const madeSecOf = ({ createdAtMs }: Pick<BackupManifest, "createdAtMs">): number =>
  Math.floor(createdAtMs / 1000);

export type ManifestRead =
  | { readonly ok: true; readonly manifest: BackupManifest }
  | { readonly ok: false; readonly why: string };

export const encodeBackupManifest = (manifest: BackupManifest): Buffer =>
  Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);

export function decodeBackupManifest(bytes: Uint8Array): ManifestRead {
  const manifest = parse(bytes);
  if (manifest?.["kind"] !== "brigade-backup") return refused("it is no backup of Brigade");
  if (manifest["format"] !== BACKUP_FORMAT)
    return refused(
      `its format is ${JSON.stringify(manifest["format"])}, this program knows ${BACKUP_FORMAT}`,
    );
  const { version, schema, createdAtMs, hasSecrets, hasImages, files } = manifest;
  const isWhole =
    typeof version === "string" &&
    [schema, createdAtMs].every(isCount) &&
    [hasSecrets, hasImages].every((flag) => typeof flag === "boolean") &&
    Array.isArray(files);
  if (!isWhole) return refused("its manifest is damaged");
  const bad = (files as readonly unknown[]).findIndex((file) => !isFile(file));
  if (bad >= 0) return refused(`its manifest has a file that no backup has, number ${bad + 1}`);
  const paths = new Set((files as readonly BackupFile[]).map(({ path }) => path));
  if (paths.size < files.length || !paths.has("brigade.db")) return refused("its manifest is damaged");
  return { ok: true, manifest: manifest as BackupManifest };
}

function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const refused = (why: string): ManifestRead => ({ ok: false, why });
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isFile(value: unknown): value is BackupFile {
  const { path, bytes, sha256 } = Object(value) as Record<string, unknown>;
  return (
    typeof path === "string" && PATH.test(path) && isCount(bytes) && /^[0-9a-f]{64}$/.test(String(sha256))
  );
}
