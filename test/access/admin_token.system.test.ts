import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ADMIN_TOKEN_FILE, loadOrCreateAdminToken } from "#src/access/admin_token.ts";

let dir = "";
const path = (): string => join(dir, ADMIN_TOKEN_FILE);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-access-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

test("the first start writes a token that only its owner can read", () => {
  const token = loadOrCreateAdminToken(dir);
  const text = readFileSync(path(), "utf8");
  expect(text).toMatch(/^[0-9a-f]{64}\n$/);
  expect(statSync(path()).mode & 0o777).toBe(0o600);
  expect(token.matches(text.trim())).toBe(true);
  expect(token.matches("")).toBe(false);
  expect(token.matches(`${text.trim()}0`)).toBe(false);
});

test("the next start takes the same token", () => {
  loadOrCreateAdminToken(dir);
  const text = readFileSync(path(), "utf8").trim();
  expect(loadOrCreateAdminToken(dir).matches(text)).toBe(true);
});

test("a token that others may read is refused with what to do", () => {
  loadOrCreateAdminToken(dir);
  chmodSync(path(), 0o644);
  expect(() => loadOrCreateAdminToken(dir)).toThrow(
    /admin-token": others may read it \(mode 644\); run "chmod 600/,
  );
});

test("a damaged token is refused with what to do", () => {
  writeFileSync(path(), "short\n", { mode: 0o600 });
  expect(() => loadOrCreateAdminToken(dir)).toThrow(/does not hold 64 hex digits; delete it/);
});

test("a folder that is not there is named", () => {
  expect(() => loadOrCreateAdminToken(join(dir, "gone"))).toThrow(/Cannot use ".*gone\/admin-token"/);
});
