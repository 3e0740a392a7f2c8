import { beforeEach, expect, test } from "vitest";
import { MemoryUserStore, type UserChange } from "#src/access/user.ts";
import { Users } from "#src/access/users.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { isImageName } from "#src/images/image_reference.ts";

let nowMs = 1_700_000_000_000;
let events: ApplianceEvent[] = [];
let store = new MemoryUserStore();
const open = (): Users =>
  new Users({
    ...{ store, record: (event) => events.push(event), nowMs: () => nowMs },
    isFileToken: (candidate) => candidate === "file",
    onFault: (fault) => {
      throw fault;
    },
  });

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  events = [];
  store = new MemoryUserStore();
});

async function tokenOf(users: Users, user: string, expiresAtMs?: number) {
  const made = await users.createToken({ user, label: "", expiresAtMs });
  if (!made.ok) throw new Error(made.problem.kind);
  return made.value;
}

test("who holds the token file is the admin, always", () => {
  const admitted = open().authenticate("file");
  expect(admitted).toEqual({ principal: { name: "admin", role: "admin", kind: "tokenFile" } });
});

test("what is stored is a hash, and it is enough for the next start", async () => {
  const users = open();
  await users.add({ name: "alice", role: "user" });
  const { secret, token } = await tokenOf(users, "alice");
  expect(JSON.stringify(store.tokens())).not.toContain(secret);
  const again = open();
  expect(again.authenticate(secret)).toEqual({
    principal: { name: "alice", role: "user", kind: "token" },
    token: token.id,
  });
  expect(again.authenticate(token.hash)).toBeUndefined();
  expect(again.authenticate(`${secret}x`)).toBeUndefined();
  expect(again.authenticate("")).toBeUndefined();
});

test("a change of role, a disabled user and a date end what somebody was let in by", async () => {
  const users = open();
  await users.add({ name: "alice", role: "admin" });
  const { secret } = await tokenOf(users, "alice", nowMs + 1000);
  const admitted = users.authenticate(secret);
  if (!admitted) throw new Error("not admitted");
  expect(users.holds(admitted)).toBe(true);
  await users.update("alice", { role: "viewer" });
  expect(users.holds(admitted)).toBe(false);
  await users.update("alice", { role: "admin", disabled: true });
  expect(users.holds(admitted)).toBe(false);
  await users.update("alice", { disabled: false });
  expect(users.holds(admitted)).toBe(true);
  nowMs += 1000;
  expect(users.holds(admitted)).toBe(false);
  expect(users.authenticate(secret)).toBeUndefined();
});

test("two who ask for one name at once: one gets it", async () => {
  const users = open();
  const both = await Promise.all(
    ["user", "admin"].map((role) => users.add({ name: "a", role: role as "user" })),
  );
  expect(both.map(({ ok }) => ok)).toEqual([true, false]);
  expect(users.byName("a")?.role).toBe("user");
});

test("what cannot be stored does not count", async () => {
  const users = open();
  await users.add({ name: "alice", role: "user" });
  const { secret } = await tokenOf(users, "alice");
  const full = async (_: UserChange): Promise<void> => {
    throw new Error("disk full");
  };
  store.save = full;
  await expect(users.remove("alice")).rejects.toThrow("disk full");
  expect(users.authenticate(secret)).toBeDefined();
  await expect(users.add({ name: "bob", role: "user" })).rejects.toThrow("disk full");
  expect(users.byName("bob")).toBeUndefined();
  expect(events.map(({ kind }) => kind)).toEqual(["userAdded", "tokenCreated"]);
});

test("the last use is written coarsely", async () => {
  const users = open();
  await users.add({ name: "alice", role: "user" });
  const { secret } = await tokenOf(users, "alice");
  const writes: number[] = [];
  store.saveUse = async (_, atMs) => void writes.push(atMs);
  for (let index = 0; index < 600; index++, nowMs += 1000) users.authenticate(secret);
  expect(writes.length).toBe(2);
  expect(users.tokens()[0]?.lastUsedAtMs).toBe(writes[1]);
});

test("there are at most 1000 users", async () => {
  const users = open();
  for (let index = 0; index < 1000; index++) await users.add({ name: `u${index}`, role: "viewer" });
  expect(await users.add({ name: "more", role: "viewer" })).toMatchObject({ problem: { kind: "tooMany" } });
});

test.each(["bob-", "bob_", "bob.", "a..b", "a.", "", "1a", "Bob", `a${"b".repeat(32)}`])(
  "no user is called %j",
  async (name) => {
    expect(await open().add({ name, role: "user" })).toMatchObject({ problem: { kind: "badUserName" } });
  },
);

test.each(["a", "a1", "bob-x_y.z", `a${"b".repeat(31)}`])("a user called %j can own images", async (name) => {
  expect(await open().add({ name, role: "user" })).toMatchObject({ ok: true });
  expect(isImageName(name)).toBe(true);
});

test("a user has at most 100 tokens that live, and the expired ones go", async () => {
  const users = open();
  await users.add({ name: "alice", role: "user" });
  await users.add({ name: "bob", role: "user" });
  for (let index = 0; index < 100; index++) await tokenOf(users, "alice", nowMs + 1000);
  expect(await users.createToken({ user: "alice", label: "" })).toMatchObject({
    problem: { kind: "tooMany", what: "tokens of one user", most: 100 },
  });
  await tokenOf(users, "bob");
  nowMs += 1000;
  await tokenOf(users, "alice");
  expect(users.tokens().map(({ user }) => user)).toEqual(["bob", "alice"]);
  expect(store.tokens()).toHaveLength(2);
});

test("expired tokens go at the start", async () => {
  const users = open();
  await users.add({ name: "alice", role: "user" });
  await tokenOf(users, "alice", nowMs + 1000);
  const { token } = await tokenOf(users, "alice", nowMs + 1001);
  nowMs += 1000;
  const again = open();
  await again.dropExpired();
  expect(again.tokens()).toEqual([token]);
  expect(store.tokens()).toEqual([token]);
});
