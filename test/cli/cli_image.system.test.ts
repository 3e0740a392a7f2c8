import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CliFixture } from "./cli_fixture.ts";

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.start();
});
afterEach(() => cli[Symbol.asyncDispose]());

test("a file is imported under its own name, listed, verified and removed", async () => {
  const path = cli.file("other.tar.zst", "x".repeat(200_000));
  expect(await cli.run("image", "import", path)).toMatchObject({
    code: 0,
    err: "",
    out: expect.stringContaining("Imported other:1: 200.0 kB"),
  });
  expect((await cli.run("image", "list")).out).toMatch(
    /^other +1 +public +archive +- +Debian GNU\/Linux +200\.0 kB/m,
  );
  expect((await cli.run("image", "show", "other")).out).toMatch(/^name: +other$/m);
  expect(await cli.run("image", "verify", "other")).toMatchObject({ code: 0, out: "other:1 is whole\n" });
  expect((await cli.run("image", "import", path, "--name", "other:1")).err).toContain(
    "version 1 of it exists",
  );
  expect((await cli.run("image", "import", path, "--replace")).out).toMatch(/^Imported other:1:/);
  expect(await cli.run("image", "remove", "other")).toMatchObject({ code: 0 });
});

test("standard input is imported too", async () => {
  const stdin = new PassThrough();
  stdin.end("hello");
  const args = ["--name", "piped", "--api", `127.0.0.1:${cli.port}`, "--data", cli.dir];
  expect(await cli.runWith({ stdin }, "image", "import", "-", ...args)).toMatchObject({ code: 0 });
  expect(cli.appliance.images.get("piped:1")).toMatchObject({ rawBytes: 5 });
});

test("a URL is imported from where it lies, and a download that breaks off is named", async () => {
  const body = "x".repeat(200_000);
  await using server = await served((request, response) => {
    if (request.url === "/none.tar") response.writeHead(404).end();
    else if (request.url === "/whole.tar.zst?a=b") response.end(body);
    else response.writeHead(200, { "content-length": 400_000 }).write(body, () => response.destroy());
  });
  const at = (path: string): string => `http://127.0.0.1:${server.port}${path}`;
  expect(await cli.run("image", "import", at("/whole.tar.zst?a=b"))).toMatchObject({ code: 0, err: "" });
  expect(cli.appliance.images.get("whole:1")).toMatchObject({ rawBytes: 200_000 });
  expect((await cli.run("image", "import", at("/none.tar"))).err).toContain(
    `Cannot read "${at("/none.tar")}": 404 Not Found`,
  );
  expect((await cli.run("image", "import", at("/half.tar"))).err).toContain(`"${at("/half.tar")}"`);
  expect(cli.appliance.images.get("half:1")).toBeUndefined();
  const gone = await served(() => undefined);
  await gone[Symbol.asyncDispose]();
  const refused = `http://127.0.0.1:${gone.port}/x.tar`;
  expect((await cli.run("image", "import", refused)).err).toMatch(/Cannot read .*ECONNREFUSED/);
});

async function served(answer: RequestListener): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("a refusal in the midst of a long upload is told, not a broken pipe", async () => {
  const path = cli.file("debian-12.tar", "x".repeat(60_000_000));
  const ran = await cli.run("image", "import", path, "--name", "debian-12:1");
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("version 1 of it exists") });
});
