import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CliFixture } from "./cli_fixture.ts";

let fixture: CliFixture;
let file: string;
beforeEach(async () => {
  fixture = await CliFixture.start();
  file = join(fixture.dir, "state.backup");
});
afterEach(() => fixture[Symbol.asyncDispose]());

test("backup writes what the appliance gives, for its owner only", async () => {
  const ran = await fixture.run("backup", file, "--with-secrets", "--json");
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.out)).toMatchObject({ file, bytes: 17, withSecrets: true, withImages: false });
  expect(readFileSync(file, "utf8")).toBe("backup true false");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("backup replaces a file only when told to, and says what is not in it", async () => {
  writeFileSync(file, "before");
  const refused = await fixture.run("backup", file);
  expect([refused.code, refused.err]).toEqual([
    2,
    `Cannot back up to "${file}": it exists; say --replace, or another file\n`,
  ]);
  expect(readFileSync(file, "utf8")).toBe("before");
  const ran = await fixture.run("backup", file, "--replace");
  expect(ran.err).toContain("Without --with-secrets: passwords of BMCs cannot be read from it");
  expect(readFileSync(file, "utf8")).toBe("backup false false");
});

test("a backup that breaks off leaves no file", async () => {
  await fixture.stopApi();
  fixture.appliance.backup = async () => {
    async function* pieces(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(200_000);
      throw new Error("damaged");
    }
    return Readable.from(pieces(), { objectMode: false });
  };
  await fixture.startApi();
  const ran = await fixture.run("backup", file);
  expect([ran.code, ran.err]).toEqual([1, expect.stringContaining(`Cannot back up to "${file}": after `)]);
  expect(existsSync(file)).toBe(false);
  expect(readdirSync(fixture.dir).filter((name) => name.includes("part"))).toEqual([]);
});
