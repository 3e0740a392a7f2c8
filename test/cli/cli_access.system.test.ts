import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CliFixture } from "./cli_fixture.ts";

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.start();
});
afterEach(() => cli[Symbol.asyncDispose]());

/** A user and the file with a token of theirs. */
async function userWithToken(name: string, role: string): Promise<string> {
  expect(await cli.run("user", "add", name, "--role", role)).toMatchObject({
    code: 0,
    out: `Added ${name}\n`,
  });
  const made = await cli.run("token", "create", "--user", name, "--label", "laptop", "--expires", "30d");
  expect(made).toMatchObject({ code: 0, err: expect.stringMatching(/^Token [0-9a-f]{8} of \w+; keep it/) });
  // Nothing but the token, so that it can be written into a file.
  expect(made.out).toMatch(/^brigade_[\w-]{43}\n$/);
  return cli.file(`${name}.token`, made.out);
}

describe("users and tokens", () => {
  test("are made, shown, changed and removed", async () => {
    const file = await userWithToken("alice", "user");
    expect((await cli.run("user", "list")).out).toMatch(/^alice +user +1 +enabled$/m);
    const shown = await cli.run("user", "show", "alice");
    expect(shown.out).toMatch(/^role: +user$/m);
    expect(shown.out).toMatch(/alice +laptop +.* never +20\d\d-/);
    expect((await cli.run("user", "show", "--token-file", file)).out).toMatch(/^name: +alice$/m);
    expect((await cli.run("user", "set", "alice", "--role", "viewer")).out).toMatch(/^role: +viewer$/m);
    expect((await cli.run("user", "set", "alice", "--disable")).out).toMatch(/^state: +disabled$/m);
    const refused = await cli.run("node", "list", "--token-file", file);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining("wrong, revoked or expired") });
    expect((await cli.run("user", "remove", "alice")).code).toBe(0);
    expect((await cli.run("token", "list", "--json")).out).toBe("[]\n");
  });

  test("a token says how far its user may go, and is worth nothing once revoked", async () => {
    const file = await userWithToken("bob", "viewer");
    const api = ["--api", `127.0.0.1:${cli.port}`];
    for (const env of [{ BRIGADE_TOKEN_FILE: file }, { BRIGADE_TOKEN: readFileSync(file, "utf8") }]) {
      expect((await cli.runWith({ env }, "node", "list", ...api)).code).toBe(0);
      expect(await cli.runWith({ env }, "group", "add", "rack1", ...api)).toMatchObject({
        code: 1,
        err: "Cannot POST /api/v1/groups: it needs the role admin, and bob is viewer\n",
      });
    }
    const [{ id }] = JSON.parse((await cli.run("token", "list", "--json")).out);
    expect((await cli.run("token", "revoke", id)).out).toBe(`Revoked ${id}\n`);
    expect((await cli.run("node", "list", "--token-file", file)).code).toBe(3);
  });

  test.each([
    [["user", "add", "eve", "--role", "root"], "Cannot use --role root: wants viewer, user or admin"],
    [["user", "set", "eve"], "Nothing to change: say --role, --disable or --enable"],
    [["user", "set", "eve", "--enable", "--disable"], "Cannot both --disable and --enable a user"],
    [["token", "create", "--expires", "soon"], "Cannot read --expires soon: wants a number and m, h, d or w"],
  ])("wrong usage is told without asking: %j", async (args, message) => {
    expect(await cli.run(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });

  test("a token file that is none is told as such", async () => {
    const file = cli.file("two.token", "one\ntwo\n");
    expect(await cli.run("node", "list", "--token-file", file)).toMatchObject({
      code: 3,
      err: `Cannot use the token in "${file}": wants one line without blanks\n`,
    });
  });
});

test("webhooks are added, listed, tested and removed", async () => {
  const added = await cli.run(
    "webhook",
    "add",
    "https://hooks.test/x",
    "--event",
    "node*",
    "--event",
    "stepFailed",
  );
  expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/^whsec_.{44}\n$/) });
  const [{ id }] = JSON.parse((await cli.run("webhook", "list", "--json")).out);
  expect((await cli.run("webhook", "list")).out).toMatch(
    new RegExp(`^${id} +https://hooks.test/x +node\\*,stepFailed +0 +delivers$`, "m"),
  );
  expect((await cli.run("webhook", "test", id)).out).toBe("Delivered: the receiver answered 204\n");
  cli.appliance.receiver = { ok: false, why: "the receiver answered 500" };
  expect(await cli.run("webhook", "test", id)).toMatchObject({
    ...{ code: 1, err: "Not delivered: the receiver answered 500\n" },
  });
  expect((await cli.run("webhook", "remove", id)).code).toBe(0);
  expect(await cli.run("webhook", "add", "http://127.0.0.1/")).toMatchObject({
    ...{ code: 1, err: "Cannot send events there: 127.0.0.1 is this machine itself\n" },
  });
  expect((await cli.run("webhook", "add", "https://x.test/", "--event", "a.b")).code).toBe(2);
});

test("lists are followed through their pages", async () => {
  const names = Array.from({ length: 1234 }, (_, index) => `node${index + 1}`);
  const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
  const macs = (index: number) => [`52:54:00:77:${hex(index >> 8)}:${hex(index & 255)}` as never];
  const batch = names.map((name, index) => ({ name, macs: macs(index), kernelArguments: [] }));
  const options = { update: false, skipBad: false, dryRun: false, deploymentOf: () => undefined };
  await cli.appliance.nodes.addAll(batch, options);
  const listed = JSON.parse((await cli.run("node", "list", "--json")).out) as { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual(names);
});
