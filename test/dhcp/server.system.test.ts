import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Node } from "#src/nodes/node.ts";
import { isRoot, Served, Wire } from "#test/boot/namespaces.ts";
import { ask, udhcpc } from "./clients.ts";
import { type ClientSays, ip, mac } from "./packets.ts";

const pool = { first: ip("10.77.0.100"), last: ip("10.77.0.119") };
const settings = { interface: "eth0", pool };
const node = (name: string, address: string, fixed?: string): Node => ({
  ...{ name, macs: [mac(address)], status: "registered", kernelArguments: [] },
  ...(fixed ? { address: ip(fixed) } : {}),
});
const stranger = (index: number): string =>
  `52:54:00:ff:${Math.floor(index / 256)
    .toString(16)
    .padStart(2, "0")}:${(index % 256).toString(16).padStart(2, "0")}`;

describe.skipIf(!isRoot)("DHCP with real clients (skipped without root: namespaces)", () => {
  test.each([
    { how: "unicast to a machine that has no address yet", extra: [] },
    { how: "broadcast where the client asks for it", extra: ["-B"] },
  ])("udhcpc gets an address of the pool, $how", async ({ extra }) => {
    using wire = new Wire("dh1");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const client = wire.plug("cl");
    await using served = await new Served(server, settings).ready();
    const lease = await udhcpc(client, ...extra);
    expect(lease).toMatchObject({
      server: "10.77.0.1",
      address: expect.stringMatching(/^10\.77\.0\.1[01]\d$/),
    });
    expect(await served.event(({ kind }) => kind === "leaseGiven")).toMatchObject({
      mac: wire.macOf(client),
      address: lease.address,
    });
  });

  test("two interfaces: each side gets its own pool, and a third that is not served gets silence", async () => {
    using wire = new Wire("dh2a");
    using second = new Wire("dh2b");
    using third = new Wire("dh2c");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    second.plug(server, { device: "eth1", address: "10.88.0.1/24" });
    third.plug(server, { device: "eth2", address: "10.99.0.1/24" });
    const clients = [wire.plug("cl"), second.plug("cl"), third.plug("cl")];
    await using _left = await new Served(server, { interface: "eth0", pool }).ready();
    await using _right = await new Served(server, {
      interface: "eth1",
      pool: { first: ip("10.88.0.100"), last: ip("10.88.0.109") },
    }).ready();
    const leases = await Promise.all(clients.map((client) => udhcpc(client)));
    expect(leases.map(({ server }) => server)).toEqual(["10.77.0.1", "10.88.0.1", undefined]);
    expect(leases.map(({ address }) => address?.split(".")[1])).toEqual(["77", "88", undefined]);
  });

  test("a lease that was acknowledged survives kill -9, and nobody else gets its address", async () => {
    using wire = new Wire("dh3");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const [first, second] = [wire.plug("one"), wire.plug("two")];
    const folder = mkdtempSync(join(tmpdir(), "bg-boot-"));
    const small = {
      ...settings,
      pool: { first: ip("10.77.0.100"), last: ip("10.77.0.101") },
      leaseFile: join(folder, "leases"),
    };
    const before = await new Served(server, small).ready();
    const lease = await udhcpc(first);
    await before.kill();
    await using _after = await new Served(server, small).ready();
    const other = await udhcpc(second);
    const again = await udhcpc(first);
    rmSync(folder, { recursive: true });
    expect(lease.address).toBeDefined();
    expect(again.address).toBe(lease.address);
    expect(other.address).toBeDefined();
    expect(other.address).not.toBe(lease.address);
  });
});

describe.skipIf(!isRoot)("DHCP options of the operator (skipped without root: namespaces)", () => {
  test("udhcpc gets the NTP server of its group, and the MTU that its node says over the group's", async () => {
    using wire = new Wire("dh9");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const [grouped, other] = [wire.plug("one"), wire.plug("two")];
    const groups = [{ name: "rack1", dhcpOptions: ["ntp-servers=10.77.0.53,10.77.0.54", "mtu=1400"] }];
    const nodes = [
      { ...node("one", wire.macOf(grouped)), groups: ["rack1"], dhcpOptions: ["mtu=9000"] },
      node("two", wire.macOf(other)),
    ];
    await using _served = await new Served(server, { ...settings, nodes, groups }).ready();
    const folder = mkdtempSync(join(tmpdir(), "bg-boot-"));
    const script = join(folder, "tell");
    writeFileSync(script, '#!/bin/sh\n[ "$1" = bound ] && echo "told $ntpsrv $mtu." >&2\nexit 0\n', {
      mode: 0o755,
    });
    const asks = ["-s", script, "-O", "ntpsrv", "-O", "mtu"];
    const [told, nothing] = [await udhcpc(grouped, ...asks), await udhcpc(other, ...asks)];
    rmSync(folder, { recursive: true });
    expect(told.output).toContain("told 10.77.0.53 10.77.0.54 9000.");
    expect(nothing.output).toContain("told  .");
  });
});

describe.skipIf(!isRoot)("DHCP under attack (skipped without root: namespaces)", () => {
  test("ten thousand made-up clients drain the pool, and the known nodes get their addresses all the same", async () => {
    using wire = new Wire("dh4");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const [attacker, fixed, pooled] = [wire.plug("bad"), wire.plug("fix"), wire.plug("node")];
    const nodes = [node("fixed", wire.macOf(fixed), "10.77.0.7"), node("pooled", wire.macOf(pooled))];
    await using _served = await new Served(server, { ...settings, nodes }).ready();
    for (let batch = 0; batch < 10; batch++) {
      const flood = Array.from(
        { length: 1000 },
        (_, index): ClientSays => ({ mac: stranger(batch * 1000 + index) }),
      );
      await ask(attacker, flood, { replies: 20, limitMs: 300 });
    }
    const offered = await ask(attacker, [{ mac: stranger(20_000) }], { replies: 1, limitMs: 500 });
    expect(offered).toEqual([]);
    expect((await udhcpc(fixed)).address).toBe("10.77.0.7");
    expect((await udhcpc(pooled)).address).toMatch(/^10\.77\.0\.1[01]\d$/);
  });

  test("DECLINEs set aside no more than an eighth of the pool", async () => {
    using wire = new Wire("dh5");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const attacker = wire.plug("bad");
    await using served = await new Served(server, settings).ready();
    for (let index = 0; index < 12; index++) {
      const who = { mac: stranger(index) };
      const [offer] = await ask(attacker, [who], { replies: 1 });
      const requested = offer?.packet.yiaddr ?? "none";
      const taken = { ...who, server: "10.77.0.1", requested };
      const [ack] = await ask(attacker, [{ ...taken, message: "request" }], { replies: 1 });
      expect(ack?.facts.message).toBe("ack");
      await ask(attacker, [{ ...taken, message: "decline" }], { replies: 1, limitMs: 50 });
    }
    expect(served.events.filter(({ kind }) => kind === "addressDeclined")).toHaveLength(4);
  });

  test("packets that are none change nothing, and are told of a few times only", async () => {
    using wire = new Wire("dh6");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const client = wire.plug("cl");
    await using served = await new Served(server, settings).ready();
    const junk = Array.from({ length: 500 }, (): ClientSays => ({ options: [[53, new Uint8Array(0)]] }));
    await ask(client, junk, { replies: 1, limitMs: 300 });
    expect((await udhcpc(client)).address).toBeDefined();
    const rejected = served.events.filter(({ kind }) => kind === "packetRejected");
    expect(rejected.length).toBeGreaterThan(0);
    expect(rejected.length).toBeLessThan(30);
  });
});

describe.skipIf(!isRoot)("DHCP beside another server (skipped without root: namespaces)", () => {
  test("the probe names it before ours answers anybody", async () => {
    using wire = new Wire("dh7");
    const [theirs, ours] = [
      wire.plug("them", { address: "10.77.0.9/24" }),
      wire.plug("us", { address: "10.77.0.1/24" }),
    ];
    await using _other = await new Served(theirs, settings).ready();
    await using served = await new Served(ours, { ...settings, probe: true }).ready();
    expect(await served.event(({ kind }) => kind === "probed")).toMatchObject({
      servers: [{ server: "10.77.0.9" }],
    });
  });

  test("the probe finds nobody on a wire of our own", async () => {
    using wire = new Wire("dh8");
    const ours = wire.plug("us", { address: "10.77.0.1/24" });
    await using served = await new Served(ours, { ...settings, probe: true }).ready();
    expect(await served.event(({ kind }) => kind === "probed")).toMatchObject({ servers: [] });
  });

  test("one that comes later is noticed by what it offers, once", async () => {
    using wire = new Wire("dh9");
    const [theirs, ours, client] = [
      wire.plug("them", { address: "10.77.0.9/24" }),
      wire.plug("us", { address: "10.77.0.1/24" }),
      wire.plug("cl"),
    ];
    await using served = await new Served(ours, settings).ready();
    await using _other = await new Served(theirs, settings).ready();
    await udhcpc(client, "-B");
    await udhcpc(client, "-B");
    await served.event(({ kind }) => kind === "foreignDhcpServer");
    expect(served.events.filter(({ kind }) => kind === "foreignDhcpServer")).toMatchObject([
      { server: "10.77.0.9" },
    ]);
  });

  test("a REQUEST for another server is not answered, and our offer is free again", async () => {
    using wire = new Wire("dh10");
    const ours = wire.plug("us", { address: "10.77.0.1/24" });
    const client = wire.plug("cl");
    await using _served = await new Served(ours, settings).ready();
    const [offer] = await ask(client, [{}], { replies: 1 });
    const request: ClientSays = {
      message: "request",
      server: "10.77.0.9",
      requested: offer?.packet.yiaddr ?? "",
    };
    expect(await ask(client, [request], { replies: 1, limitMs: 500 })).toEqual([]);
  });
});

test.skipIf(!isRoot)("another server that no client asks is found by looking around", async () => {
  using wire = new Wire("dh11");
  const [theirs, ours] = [
    wire.plug("them", { address: "10.77.0.9/24" }),
    wire.plug("us", { address: "10.77.0.1/24" }),
  ];
  await using served = await new Served(ours, { ...settings, lookAroundMs: 200 }).ready();
  await using _other = await new Served(theirs, settings).ready();
  expect(await served.event(({ kind }) => kind === "foreignDhcpServer")).toMatchObject({
    server: "10.77.0.9",
  });
});

describe.skipIf(!isRoot)("an address that a machine has by hand (skipped without root: namespaces)", () => {
  const held = "10.77.0.100";
  const wants = { mac: stranger(1), requested: held };
  const takes: ClientSays = { ...wants, message: "request", server: "10.77.0.1" };

  test("is refused to the stranger it was offered to, who gets another one; the event names who has it", async () => {
    using wire = new Wire("dh12");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const [holder, client] = [wire.plug("held", { address: `${held}/24` }), wire.plug("cl")];
    await using served = await new Served(server, settings).ready();
    const [offer] = await ask(client, [wants], { replies: 1 });
    expect(offer?.packet.yiaddr).toBe(held);
    expect(await served.event(({ kind }) => kind === "addressInUse")).toMatchObject({
      ...{ mac: wants.mac, address: held, holder: wire.macOf(holder), setAside: true },
    });
    const [refused] = await ask(client, [takes], { replies: 1 });
    expect(refused?.facts.message).toBe("nak");
    const why = Buffer.from(refused?.packet.options.get(56) ?? []).toString();
    expect(why).toBe(`${held} is set aside: another machine uses it`);
    const [second] = await ask(client, [wants], { replies: 1 });
    expect(second?.packet.yiaddr).toMatch(/^10\.77\.0\.1(0[1-9]|1\d)$/);
    expect((await udhcpc(client, "-r", held)).address).toMatch(/^10\.77\.0\.1(0[1-9]|1\d)$/);
  });

  test("goes to a registered node all the same, with an event", async () => {
    using wire = new Wire("dh13");
    const server = wire.plug("srv", { address: "10.77.0.1/24" });
    const [holder, client] = [wire.plug("held", { address: `${held}/24` }), wire.plug("cl")];
    const nodes = [node("one", wants.mac, held)];
    await using served = await new Served(server, { ...settings, nodes }).ready();
    const [offer] = await ask(client, [wants], { replies: 1 });
    expect(offer?.packet.yiaddr).toBe(held);
    expect(await served.event(({ kind }) => kind === "addressInUse")).toMatchObject({
      ...{ holder: wire.macOf(holder), setAside: false },
    });
    const [granted] = await ask(client, [takes], { replies: 1 });
    expect(granted).toMatchObject({ facts: { message: "ack" }, packet: { yiaddr: held } });
  });
});
