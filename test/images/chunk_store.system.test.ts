import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ChunkStore } from "#src/images/chunk_store.ts";

const BYTES = Buffer.from("a chunk");
const DIGEST = createHash("sha256").update(BYTES).digest("hex");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-chunks-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a session that wrote what another has given to an image meanwhile does not take it away", async () => {
  const onStored: (() => void)[] = [];
  const store = new ChunkStore(folder, () => onStored.shift()?.());
  const first = store.begin();
  await first.put(DIGEST, BYTES);
  rmSync(store.pathOf(DIGEST));
  onStored.push(() => first.keep());
  const second = store.begin();
  // Writes the file too, and hears that it made it only when the first has ended.
  await second.put(DIGEST, BYTES);
  second.discard();
  expect(existsSync(store.pathOf(DIGEST))).toBe(true);
});

test("mending a damaged chunk does not make it the session's own", async () => {
  const store = new ChunkStore(folder);
  const owner = store.begin();
  await owner.put(DIGEST, BYTES);
  owner.keep();
  writeFileSync(store.pathOf(DIGEST), "damaged");
  const session = store.begin();
  await session.put(DIGEST, BYTES);
  session.discard();
  expect(await store.read(DIGEST)).toMatchObject({ ok: true });
});
