import { expect, test } from "vitest";
import { MemoryTokenStore, type TokenBinding, type TokenChange } from "#src/access/boot_token.ts";
import { BootTokens, type Introduction, TOKEN_LIFETIME_MS } from "#src/access/boot_tokens.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const MAC = "52:54:00:77:00:01" as Mac;
const OTHER_MAC = "52:54:00:77:00:02" as Mac;
const ADDRESS = "10.77.0.101" as Ipv4;
const OTHER_ADDRESS = "10.77.0.102" as Ipv4;
const BINDING: TokenBinding = { node: "node1", mac: MAC, address: ADDRESS, deployment: "d1" };
const BOOT = "aa".repeat(16);
const OTHER_BOOT = "bb".repeat(16);

function setup(store: MemoryTokenStore = new MemoryTokenStore()) {
  const events: ApplianceEvent[] = [];
  const clock = { nowMs: 1_000_000 };
  const running = new Map([["node1", "d1"]]);
  const start = (): BootTokens =>
    new BootTokens({
      store,
      record: (event) => events.push(event),
      nowMs: () => clock.nowMs,
      deploymentOf: (node) => running.get(node),
    });
  return { tokens: start(), restarted: start, store, events, clock, running };
}

const hello = (change: Partial<Introduction>): Introduction => ({ bootMac: MAC, bootId: BOOT, ...change });

async function admitted(tokens: BootTokens, introduction: Introduction): Promise<string> {
  const admission = await tokens.admit(introduction, ADDRESS);
  if (!admission.ok) throw new Error(admission.reason);
  return admission.session;
}

test("a token buys one session for the node that it was made for", async () => {
  const { tokens, events, store } = setup();
  const token = await tokens.mint(BINDING);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  const admission = await tokens.admit(hello({ token }), ADDRESS);
  expect(admission).toMatchObject({ ok: true, node: "node1" });
  expect(events).toEqual([]);
  const session = admission.ok ? admission.session : "";
  expect(JSON.stringify([store.tokens(), store.sessions()])).not.toMatch(new RegExp(`${token}|${session}`));
});

const REFUSALS: readonly {
  readonly when: string;
  readonly introduction?: Partial<Introduction>;
  readonly peer?: Ipv4;
  readonly prepare?: (made: ReturnType<typeof setup>, token: string) => Promise<unknown>;
  readonly because: RegExp;
}[] = [
  { when: "the token is unknown", introduction: { token: "00".repeat(32) }, because: /unknown token/ },
  { when: "the token is no token", introduction: { token: "x" }, because: /neither/ },
  { when: "it comes from another address", peer: OTHER_ADDRESS, because: /belongs to address/ },
  { when: "it comes from another MAC", introduction: { bootMac: OTHER_MAC }, because: /belongs to MAC/ },
  {
    when: "another boot used it before",
    prepare: ({ tokens }, token) => admitted(tokens, hello({ token, bootId: OTHER_BOOT })),
    because: /used before/,
  },
  {
    when: "this boot used it and had its session",
    prepare: async ({ tokens }, token) => tokens.confirm(await admitted(tokens, hello({ token }))),
    because: /used before/,
  },
  {
    when: "15 minutes have passed",
    prepare: async ({ clock }) => {
      clock.nowMs += TOKEN_LIFETIME_MS;
    },
    because: /expired/,
  },
  {
    when: "a newer one was made for the node",
    prepare: ({ tokens }) => tokens.mint(BINDING),
    because: /unknown token/,
  },
  {
    when: "the node now has another deployment",
    prepare: async ({ running }) => running.set("node1", "d2"),
    because: /deployment d1/,
  },
  {
    when: "its deployment has ended",
    prepare: async ({ running }) => running.delete("node1"),
    because: /deployment d1/,
  },
  { when: "it was revoked", prepare: ({ tokens }) => tokens.revoke("node1"), because: /unknown token/ },
];

test.each(REFUSALS)("refuses and tells when $when", async ({ introduction, peer, prepare, because }) => {
  const made = setup();
  const token = await made.tokens.mint(BINDING);
  await prepare?.(made, token);
  const before = made.events.length;
  const admission = await made.tokens.admit(hello({ token, ...introduction }), peer ?? ADDRESS);
  expect(admission).toMatchObject({ ok: false, reason: expect.stringMatching(because) });
  expect(made.events.slice(before)).toMatchObject([{ kind: "tokenRefused", peer: peer ?? ADDRESS }]);
  expect(JSON.stringify(made.events)).not.toContain(token);
});

test("every refusal holds after a restart too", async () => {
  const { tokens, restarted } = setup();
  const token = await tokens.mint(BINDING);
  await tokens.confirm(await admitted(tokens, hello({ token })));
  expect(await restarted().admit(hello({ token }), ADDRESS)).toMatchObject({ ok: false });
});

test("of two uses at once one is refused", async () => {
  const { tokens } = setup();
  const token = await tokens.mint(BINDING);
  const uses = [BOOT, OTHER_BOOT].map((bootId) => tokens.admit(hello({ token, bootId }), ADDRESS));
  expect((await Promise.all(uses)).filter(({ ok }) => ok)).toHaveLength(1);
});

test("of two tokens made at once only the later one is good, also after a restart", async () => {
  const { tokens, restarted, store } = setup();
  const [first = "", second = ""] = await Promise.all([tokens.mint(BINDING), tokens.mint(BINDING)]);
  expect(store.tokens()).toHaveLength(1);
  expect(await restarted().admit(hello({ token: first }), ADDRESS)).toMatchObject({ ok: false });
  expect(await restarted().admit(hello({ token: second }), ADDRESS)).toMatchObject({ ok: true });
});

test("a boot whose welcome was lost may present its token again, and the first session is void", async () => {
  const { tokens, restarted } = setup();
  const token = await tokens.mint(BINDING);
  const lost = await admitted(tokens, hello({ token }));
  const again = restarted();
  const session = await admitted(again, hello({ token }));
  expect(await again.admit(hello({ session: lost }), ADDRESS)).toMatchObject({ ok: false });
  expect(await again.admit(hello({ session }), ADDRESS)).toMatchObject({ ok: true, session });
  expect(await again.admit(hello({ token }), ADDRESS)).toMatchObject({ ok: false });
});

test("a session outlives the token, the deployment step and the appliance", async () => {
  const { tokens, restarted, clock, running } = setup();
  const session = await admitted(tokens, hello({ token: await tokens.mint(BINDING) }));
  clock.nowMs += 10 * TOKEN_LIFETIME_MS;
  running.clear();
  expect(await restarted().admit(hello({ session }), ADDRESS)).toMatchObject({
    ok: true,
    node: "node1",
    session,
  });
});

test.each([
  ["another address", OTHER_ADDRESS, {}],
  ["another MAC", ADDRESS, { bootMac: OTHER_MAC }],
  ["another boot", ADDRESS, { bootId: OTHER_BOOT }],
])("a session is refused from %s", async (_, peer, change) => {
  const { tokens, events } = setup();
  const session = await admitted(tokens, hello({ token: await tokens.mint(BINDING) }));
  expect(await tokens.admit(hello({ session, ...change }), peer)).toMatchObject({ ok: false });
  expect(events).toMatchObject([{ kind: "tokenRefused" }]);
});

test("a session ends when the node boots anew", async () => {
  const { tokens } = setup();
  const session = await admitted(tokens, hello({ token: await tokens.mint(BINDING) }));
  await admitted(tokens, hello({ token: await tokens.mint(BINDING), bootId: OTHER_BOOT }));
  expect(await tokens.admit(hello({ session }), ADDRESS)).toMatchObject({ ok: false });
});

test("revoking ends the session", async () => {
  const { tokens, restarted } = setup();
  const session = await admitted(tokens, hello({ token: await tokens.mint(BINDING) }));
  await tokens.revoke("node1");
  expect(await restarted().admit(hello({ session }), ADDRESS)).toMatchObject({ ok: false });
});

test("tokens of machines that never came are forgotten", async () => {
  const { tokens, clock, store } = setup();
  for (const node of ["a", "b", "c"]) await tokens.mint({ ...BINDING, node });
  clock.nowMs += TOKEN_LIFETIME_MS;
  await tokens.mint(BINDING);
  expect(store.tokens()).toHaveLength(1);
});

test("when the use cannot be stored the agent is refused and may try again", async () => {
  class SometimesFull extends MemoryTokenStore {
    full = false;

    override async save(change: TokenChange): Promise<void> {
      if (this.full) throw new Error("disk full");
      await super.save(change);
    }
  }
  const store = new SometimesFull();
  const { tokens } = setup(store);
  const token = await tokens.mint(BINDING);
  store.full = true;
  expect(await tokens.admit(hello({ token }), ADDRESS)).toMatchObject({
    ok: false,
    reason: expect.stringContaining("disk full"),
  });
  store.full = false;
  expect(await tokens.admit(hello({ token }), ADDRESS)).toMatchObject({ ok: true });
});
