import Value from "typebox/value";
import { beforeEach, describe, expect, test } from "vitest";
import { NewTokenView, TokenView, UserView } from "#src/http/user_types.ts";
import { KEY, MAC, setup } from "./api_fixture.ts";
import { IMAGE, TOKEN } from "./fake_appliance.ts";

let { appliance, api, ask, askAs, tokenOf, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, api, ask, askAs, tokenOf, addNode, deploy } = setup());
});

describe("users", () => {
  test("are added, shown, changed and removed with their tokens", async () => {
    const added = await ask("POST", "/users", { name: "alice", role: "user" });
    expect(added).toMatchObject({ status: 201, json: { name: "alice", role: "user", disabled: false } });
    expect(Value.Errors(UserView, added.json)).toEqual([]);
    expect((await ask("POST", "/users", { name: "alice", role: "user" })).status).toBe(409);
    expect((await ask("PATCH", "/users/alice", { role: "viewer" })).json.role).toBe("viewer");
    await ask("POST", "/tokens", { user: "alice" });
    expect((await ask("GET", "/users/alice")).json.tokens).toBe(1);
    expect((await ask("DELETE", "/users/alice")).status).toBe(204);
    expect((await ask("GET", "/users/alice")).status).toBe(404);
    expect((await ask("GET", "/tokens")).json).toEqual([]);
    expect((await ask("GET", "/users")).json).toEqual([]);
  });

  test.each(["admin", "Alice", "a/b", "-a", "ä", "a b", "a\n"])("are not called %j", async (name) => {
    expect((await ask("POST", "/users", { name, role: "user" })).status).toBeGreaterThanOrEqual(400);
    expect(appliance.users.all()).toEqual([]);
  });
});

describe("a token", () => {
  test("is shown once and opens what its user's role may", async () => {
    await ask("POST", "/users", { name: "alice", role: "viewer" });
    const made = await ask("POST", "/tokens", { user: "alice", label: "laptop", expiresInSec: 3600 });
    expect(Value.Errors(NewTokenView, made.json)).toEqual([]);
    const { token, id } = made.json;
    expect(token).toMatch(/^brigade_[A-Za-z0-9_-]{43}$/);
    expect((await askAs(token, "GET", "/me")).json).toEqual({ name: "alice", role: "viewer", kind: "token" });
    const listed = await ask("GET", "/tokens");
    expect(Value.Errors(TokenView, listed.json[0])).toEqual([]);
    expect(listed.json).toMatchObject([{ id, label: "laptop", user: "alice" }]);
    expect(listed.json[0].lastUsedAtMs).toBeGreaterThan(0);
    expect(listed.text).not.toContain(token);
    expect(JSON.stringify(appliance.events)).not.toContain(token);
    expect((await askAs(token, "POST", "/power", { nodes: "node1", action: "on" })).json).toMatchObject({
      type: "/problems/forbidden",
      detail: "Cannot POST /api/v1/power: it needs the role admin, and alice is viewer",
    });
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    ["revoked", (id) => ask("DELETE", `/tokens/${id}`)],
    ["expired", async () => appliance.tickMs(61_000)],
    ["of a disabled user", () => ask("PATCH", "/users/alice", { disabled: true })],
    ["of a removed user", () => ask("DELETE", "/users/alice")],
  ])("that is %s opens nothing", async (_, end) => {
    await ask("POST", "/users", { name: "alice", role: "admin" });
    const { id, token } = (await ask("POST", "/tokens", { user: "alice", expiresInSec: 60 })).json;
    expect((await askAs(token, "GET", "/nodes")).status).toBe(200);
    await end(id);
    expect((await askAs(token, "GET", "/nodes")).status).toBe(401);
  });

  test("is made, seen and revoked by its own user and by admins only", async () => {
    const alice = await tokenOf("user", "alice");
    const bob = await tokenOf("user", "bob");
    const made = (await askAs(alice, "POST", "/tokens", { label: "more" })).json;
    expect(made.user).toBe("alice");
    expect((await askAs(alice, "POST", "/tokens", { user: "bob" })).json.type).toBe("/problems/notYours");
    expect((await askAs(bob, "DELETE", `/tokens/${made.id}`)).status).toBe(403);
    expect((await askAs(bob, "GET", "/tokens?user=alice")).status).toBe(403);
    const seen = (await askAs(bob, "GET", "/tokens")).json as { user: string }[];
    expect(seen.map(({ user }) => user)).toEqual(["bob"]);
    expect((await askAs(alice, "DELETE", `/tokens/${made.id}`)).status).toBe(204);
    expect((await askAs(alice, "DELETE", `/tokens/${made.id}`)).status).toBe(404);
  });

  test("of the token file is nobody's: whose a new one is must be said", async () => {
    expect((await ask("POST", "/tokens", {})).json.type).toBe("/problems/noUser");
    expect((await ask("POST", "/tokens", { user: "nobody" })).status).toBe(404);
  });
});

test("a token does not outlive the one that it was made with", async () => {
  await ask("POST", "/users", { name: "alice", role: "user" });
  const short = (await ask("POST", "/tokens", { user: "alice", expiresInSec: 60 })).json;
  const make = async (body: object) => (await askAs(short.token, "POST", "/tokens", body)).json.expiresAtMs;
  appliance.tickMs(1000);
  expect(await make({})).toBe(short.expiresAtMs);
  expect(await make({ expiresInSec: 3600 })).toBe(short.expiresAtMs);
  const endless = (await ask("POST", "/tokens", { user: "alice" })).json;
  expect(endless.expiresAtMs).toBeUndefined();
  const made = (await askAs(endless.token, "POST", "/tokens", { expiresInSec: 60 })).json;
  expect(made.expiresAtMs).toBe(short.expiresAtMs + 1000);
});

describe("a deployment", () => {
  test("belongs to who asked for it; others do not cancel it, admins do", async () => {
    await addNode();
    const alice = await tokenOf("user", "alice");
    const bob = await tokenOf("user", "bob");
    const body = { image: "debian-12", nodes: "node1", authorizedKeys: [KEY] };
    expect((await askAs(alice, "POST", "/deployments", body)).json.owner).toBe("alice");
    const refused = await askAs(bob, "DELETE", "/deployments/d1");
    expect(refused).toMatchObject({
      status: 403,
      json: {
        type: "/problems/notYours",
        detail: "Cannot cancel d1: it belongs to alice, and bob is no admin",
      },
    });
    for (const action of ["continue", "nodes", "retry"]) {
      const asked = await askAs(
        bob,
        "POST",
        `/deployments/d1/${action}`,
        action === "nodes" ? { nodes: "node1" } : {},
      );
      expect([action, asked.json.type]).toEqual([action, "/problems/notYours"]);
    }
    expect((await askAs(bob, "DELETE", "/deployments/d9")).status).toBe(404);
    expect((await askAs(alice, "DELETE", "/deployments/d1")).status).toBe(200);
    await askAs(alice, "POST", "/deployments", body);
    expect((await ask("DELETE", "/deployments/d2")).status).toBe(200);
  });

  test("asked for by the token file belongs to admin, which no user can be", async () => {
    await addNode();
    expect((await deploy()).json.owner).toBe("admin");
    expect((await askAs(await tokenOf("user"), "DELETE", "/deployments/d1")).status).toBe(403);
  });
});

describe("an image", () => {
  test("that is not theirs is neither removed nor replaced by a user", async () => {
    const alice = await tokenOf("user", "alice");
    expect((await askAs(alice, "DELETE", "/images/debian-12")).json.type).toBe("/problems/notYours");
    const octets = { authorization: `Bearer ${alice}`, "content-type": "application/octet-stream" };
    const replaced = await ask("PUT", "/images/admin%2Fdebian-12?replace=true", "a tar", octets);
    expect([replaced.status, replaced.json.detail]).toEqual([
      403,
      'Cannot import image "admin/debian-12": you are alice, not admin',
    ]);
    expect((await askAs(alice, "PATCH", "/images/debian-12", { author: "alice" })).status).toBe(403);
    // Without an owner it is their own, of which there is none yet.
    const own = await ask("PUT", "/images/debian-12?replace=true", "a tar", octets);
    expect(own.json).toMatchObject({ label: "alice/debian-12:1", visibility: "private" });
    expect((await ask("PUT", "/images/mine", "a tar", octets)).status).toBe(201);
    expect((await ask("DELETE", "/images/debian-12")).status).toBe(204);
  });

  test("is shown to whoever may see it, and only admins make one public", async () => {
    const [alice, bob] = [await tokenOf("user", "alice"), await tokenOf("user", "bob")];
    const octets = { authorization: `Bearer ${alice}`, "content-type": "application/octet-stream" };
    await ask("PUT", "/images/mine", "a tar", octets);
    const seenBy = async (token: string): Promise<readonly unknown[]> => [
      (await askAs(token, "GET", "/images")).json.map(({ label }: { label: string }) => label),
      (await askAs(token, "GET", "/images/alice%2Fmine")).status,
      (await askAs(token, "GET", "/images/mine")).status,
    ];
    expect(await seenBy(alice)).toEqual([["alice/mine:1", "debian-12:1"].toReversed(), 200, 200]);
    expect(await seenBy(bob)).toEqual([["debian-12:1"], 404, 404]);
    expect((await askAs(alice, "PATCH", "/images/mine", { visibility: "public" })).status).toBe(403);
    expect((await askAs(alice, "PATCH", "/images/mine", { visibility: "shared" })).status).toBe(200);
    expect(await seenBy(bob)).toEqual([["debian-12:1"], 200, 404]);
    expect((await ask("PATCH", "/images/alice%2Fmine", { visibility: "public" })).status).toBe(200);
    expect(await seenBy(bob)).toEqual([["debian-12:1", "alice/mine:1"], 200, 200]);
  });

  test("that somebody may not see is not installed by them, however well they know its name", async () => {
    await addNode();
    const bob = await tokenOf("user", "bob");
    appliance.images.set("alice/mine:1", { ...IMAGE, owner: "alice", name: "mine", visibility: "private" });
    for (const image of ["alice/mine:1", "mine"]) {
      const body = { image, nodes: "node1", authorizedKeys: [KEY] };
      expect((await askAs(bob, "POST", "/deployments", body)).status).toBe(404);
    }
    expect(appliance.deployments.running()).toEqual([]);
  });

  test("of theirs is", async () => {
    const alice = await tokenOf("user", "alice");
    appliance.images.set("alice/own:1", { ...IMAGE, owner: "alice", name: "own" });
    expect((await askAs(alice, "DELETE", "/images/own")).status).toBe(204);
  });
});

describe("who has no good token", () => {
  const come = (token: string) =>
    api.inject({ url: "/api/v1/nodes", headers: { authorization: `Bearer ${token}` } });

  test("is told to wait after 20 times; who has one comes in all the same", async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 25; index++) statuses.push((await come(`guess-${index}`)).statusCode);
    expect(statuses.indexOf(429)).toBe(20);
    const limited = await come("guess");
    expect(limited.headers["retry-after"]).toBe("3");
    expect(limited.json()).toMatchObject({ type: "/problems/tooManyFailures", status: 429 });
    expect((await come(TOKEN)).statusCode).toBe(200);
    const told = appliance.events.filter(({ kind }) => kind === "accessDenied");
    expect(told).toEqual([{ kind: "accessDenied", peer: "127.0.0.1", times: 1 }]);
    expect(JSON.stringify(appliance.events)).not.toContain("guess");
  });
});

describe("the audit", () => {
  const audited = () => appliance.audit;

  test("tells each changing call once, without its body", async () => {
    await addNode();
    await addNode();
    await ask("GET", "/nodes");
    await ask("DELETE", "/nodes/node1?x=secret");
    await ask("POST", "/nothing", {});
    const who = { who: "admin", role: "admin" };
    expect(audited()).toEqual([
      { kind: "apiCalled", ...who, method: "POST", path: "/api/v1/nodes", status: 201 },
      { kind: "apiCalled", ...who, method: "POST", path: "/api/v1/nodes", status: 409 },
      { kind: "apiCalled", ...who, method: "DELETE", path: "/api/v1/nodes/node1", status: 204 },
    ]);
    expect(JSON.stringify(audited())).not.toMatch(/secret|p4ssword/);
    expect(JSON.stringify(audited())).not.toContain(MAC);
  });

  test("tells of refusals, and counts those that come too fast", async () => {
    const viewer = await tokenOf("viewer");
    for (let index = 0; index < 50; index++) await askAs(viewer, "POST", "/power", {});
    expect(audited().length).toBe(20);
    expect(audited()[0]).toEqual({
      ...{ kind: "apiRefused", who: "some-viewer", role: "viewer" },
      ...{ method: "POST", path: "/api/v1/power", status: 403 },
    });
    await api.close();
    expect(audited().at(-1)).toEqual({ kind: "apiCallsCounted", who: "some-viewer", times: 30 });
  });
});
