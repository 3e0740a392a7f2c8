import { expect, test } from "vitest";
import {
  type BackupManifest,
  decodeBackupManifest,
  encodeBackupManifest,
} from "#src/store/backup/backup_manifest.ts";

const sha256 = "ab".repeat(32);
const MANIFEST: BackupManifest = {
  ...{ kind: "brigade-backup", format: 1, version: "1.2.3", schema: 9, createdAtMs: 1_700_000_000_000 },
  ...{ hasSecrets: true, hasImages: true },
  files: [
    { path: "brigade.db", bytes: 4096, sha256 },
    { path: "leases.journal", bytes: 0, sha256 },
    { path: "tls/key.pem", bytes: 300, sha256 },
    { path: `images/manifests/${sha256}`, bytes: 1, sha256 },
    { path: `images/chunks/ab/${"ab".repeat(31)}`, bytes: 1, sha256 },
  ],
};
const decode = (value: unknown) => decodeBackupManifest(Buffer.from(JSON.stringify(value)));

test("a manifest comes back as it was", () => {
  expect(decodeBackupManifest(encodeBackupManifest(MANIFEST))).toEqual({ ok: true, manifest: MANIFEST });
});

test.each([
  "../brigade.db",
  "/etc/passwd",
  "brigade.db/../x",
  "images/chunks/ab/../../../../etc/passwd",
  "images/manifests/ab",
  "tls/other.pem",
  "restoring",
  "brigade.db\n",
])("a file %j is refused, whatever else there is", (path) => {
  const files = [...MANIFEST.files, { path, bytes: 1, sha256 }];
  expect(decode({ ...MANIFEST, files })).toMatchObject({
    ok: false,
    why: "its manifest has a file that no backup has, number 6",
  });
});

test.each<readonly [string, object, string]>([
  ["another kind", { kind: "tar" }, "it is no backup of Brigade"],
  ["a newer format", { format: 2 }, "its format is 2, this program knows 1"],
  ["a schema that is none", { schema: -1 }, "its manifest is damaged"],
  ["no files", { files: undefined }, "its manifest is damaged"],
  ["no database", { files: MANIFEST.files.slice(1) }, "its manifest is damaged"],
  ["a file twice", { files: [...MANIFEST.files, ...MANIFEST.files] }, "its manifest is damaged"],
  [
    "a file without digest",
    { files: [{ path: "brigade.db", bytes: 1 }] },
    "its manifest has a file that no backup has, number 1",
  ],
  [
    "a file of no length",
    { files: [{ path: "brigade.db", bytes: 0.5, sha256 }] },
    "its manifest has a file that no backup has, number 1",
  ],
])("%s is refused", (_, change, why) => {
  expect(decode({ ...MANIFEST, ...change })).toEqual({ ok: false, why });
});

test.each(["", "{", "null", "[]", "7"])("what is no object is refused: %j", (text) => {
  expect(decodeBackupManifest(Buffer.from(text))).toEqual({ ok: false, why: "it is no backup of Brigade" });
});
