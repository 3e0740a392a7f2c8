import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IMAGE, TOKEN } from "#test/http/fake_appliance.ts";
import { CliFixture } from "./cli_fixture.ts";

const MIB = 1024 * 1024;
/** A disk of 9 MiB with 2 MiB of data, of which none is at a round offset. */
const DISK = Buffer.concat([
  Buffer.alloc(MIB + 5, 1),
  Buffer.alloc(4 * MIB),
  Buffer.alloc(MIB - 5, 2),
  Buffer.alloc(3 * MIB),
]);

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.start();
  const rawDigest = createHash("sha256").update(DISK).digest("hex");
  cli.appliance.images.set("disk:1", {
    ...IMAGE,
    name: "disk",
    kind: "disk",
    rawBytes: DISK.length,
    rawDigest,
  });
  cli.appliance.contents.set("disk", DISK);
});
afterEach(() => cli[Symbol.asyncDispose]());

test("an image becomes a file of the same bytes, its zeros as holes", async () => {
  const path = join(cli.dir, "disk.raw");
  expect(await cli.run("image", "export", "disk", path)).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringContaining("Exported disk: 9.4 MB, SHA-256"),
  });
  expect(readFileSync(path).equals(DISK)).toBe(true);
  expect(statSync(path).blocks * 512).toBeLessThan(3 * MIB);
});

test("to standard output, and nothing but its bytes", async () => {
  const stdout = new PassThrough();
  const parts: Buffer[] = [];
  stdout.on("data", (part: Buffer) => parts.push(part));
  const args = ["--api", `127.0.0.1:${cli.port}`, "--data", cli.dir];
  const ran = await cli.runWith({ stdout }, "image", "export", "disk", "-", ...args);
  expect(ran).toMatchObject({ code: 0, out: "", err: expect.stringContaining("Exported disk") });
  expect(Buffer.concat(parts).equals(DISK)).toBe(true);
});

test("a file that is there stays, unless --replace is said", async () => {
  const path = join(cli.dir, "disk.raw");
  writeFileSync(path, "mine");
  expect(await cli.run("image", "export", "disk", path)).toMatchObject({
    code: 2,
    err: expect.stringContaining("it exists; say --replace"),
  });
  expect(readFileSync(path, "utf8")).toBe("mine");
  expect(await cli.run("image", "export", "disk", cli.dir)).toMatchObject({ code: 2 });
  expect(await cli.run("image", "export", "disk", path, "--replace")).toMatchObject({ code: 0 });
  expect(readFileSync(path).equals(DISK)).toBe(true);
});

test("a damaged image leaves no file, and says so on both sides", async () => {
  cli.appliance.damaged.add("disk");
  const path = join(cli.dir, "disk.raw");
  expect(await cli.run("image", "export", "disk", path)).toMatchObject({
    code: 1,
    err: expect.stringContaining("the appliance broke off; its events say why"),
  });
  expect(readdirSync(cli.dir).filter((name) => name.startsWith("disk.raw"))).toEqual([]);
  expect(cli.appliance.events).toContainEqual(
    expect.objectContaining({ kind: "imageDamaged", image: "disk:1" }),
  );
});

test("bytes that are not those of the digest leave no file", async () => {
  cli.appliance.contents.set("disk", Buffer.alloc(DISK.length, 7));
  const path = join(cli.dir, "disk.raw");
  expect(await cli.run("image", "export", "disk", path)).toMatchObject({
    code: 1,
    err: expect.stringContaining("bytes do not match its digest"),
  });
  expect(existsSync(path)).toBe(false);
});

test("a client that goes away in the midst leaves nothing open", async () => {
  cli.appliance.contents.set("disk", Buffer.alloc(64 * MIB));
  cli.appliance.images.set("disk:1", { ...IMAGE, name: "disk", rawBytes: 64 * MIB });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const request = get({ port: cli.port, path: "/api/v1/images/disk/raw", headers });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  await once(response, "readable");
  const [stream] = cli.appliance.exports;
  if (!stream) throw new Error("nothing was exported");
  const closed = once(stream, "close");
  request.destroy();
  await closed;
  expect(stream.destroyed).toBe(true);
});

test("what does not exist, and where nothing can be written", async () => {
  const path = join(cli.dir, "x.tar");
  expect(await cli.run("image", "export", "nothing", path)).toMatchObject({
    code: 1,
    err: expect.stringContaining('No image is called "nothing"'),
  });
  expect(await cli.run("image", "export", "disk", join(cli.dir, "no", "where"))).toMatchObject({
    code: 1,
    err: expect.stringContaining("Cannot export to"),
  });
});

test("several images are verified, or all; one that is damaged decides the exit code", async () => {
  expect(await cli.run("image", "verify", "disk", "debian-12")).toMatchObject({
    code: 0,
    out: "disk:1 is whole\ndebian-12:1 is whole\n",
  });
  cli.appliance.damaged.add("disk");
  const ran = await cli.run("image", "verify", "--all");
  expect(ran).toMatchObject({
    code: 1,
    out: `debian-12:1 is whole\nImage "disk:1" is damaged: chunk 0: PATH is damaged; import it again with --replace\n`,
  });
  expect(cli.appliance.events.filter(({ kind }) => kind === "imageDamaged")).toHaveLength(1);
  expect(await cli.run("image", "verify")).toMatchObject({ code: 2 });
  expect(await cli.run("image", "verify", "disk", "--all")).toMatchObject({ code: 2 });
});
