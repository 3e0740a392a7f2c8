import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadOrCreateIdentity } from "#src/agent/identity.ts";

let dir = "";
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "brigade-identity-")), "tls");
});
afterEach(() => rmSync(join(dir, ".."), { recursive: true }));

test("the second start has the identity of the first, and only root can read the key", async () => {
  const first = await loadOrCreateIdentity(dir);
  expect(await loadOrCreateIdentity(dir)).toEqual(first);
  expect(statSync(join(dir, "key.pem")).mode & 0o777).toBe(0o600);
});

test("the digest is the one that openssl finds", async () => {
  const { keyDigest } = await loadOrCreateIdentity(dir);
  const pem = execFileSync("openssl", ["x509", "-in", join(dir, "cert.pem"), "-noout", "-pubkey"]);
  const der = execFileSync("openssl", ["pkey", "-pubin", "-outform", "der"], { input: pem });
  expect(createHash("sha256").update(der).digest("hex")).toBe(keyDigest);
});

test.each(["missing", "damaged"])(
  "a certificate that is %s is made again for the same key",
  async (state) => {
    const { keyDigest } = await loadOrCreateIdentity(dir);
    if (state === "missing") rmSync(join(dir, "cert.pem"));
    else writeFileSync(join(dir, "cert.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
    const again = await loadOrCreateIdentity(dir);
    expect(again.keyDigest).toBe(keyDigest);
    expect(existsSync(join(dir, "cert.pem"))).toBe(true);
  },
);

test.each([
  { what: "not a key", key: "hello", problem: "not a private key in PEM" },
  {
    what: "a key of another kind",
    key: execFileSync("openssl", ["genpkey", "-algorithm", "ed25519"]).toString(),
    problem: "not an EC P-256 key",
  },
])("a key file that is $what stops the start and stays as it is", async ({ key, problem }) => {
  await loadOrCreateIdentity(dir);
  writeFileSync(join(dir, "key.pem"), key);
  await expect(loadOrCreateIdentity(dir)).rejects.toThrow(problem);
});
