/** Machines behind a relay: Debian's isc-dhcp-relay between two wires, udhcpc behind it. */
import { expect, test } from "vitest";
import { decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import { isRoot, Served, Wire } from "#test/boot/namespaces.ts";
import { ask, RawClient, udhcpc } from "./clients.ts";
import { plugTogether, Relay } from "./dhcp_relay.ts";
import { type ClientSays, clientPacket, ip, override } from "./packets.ts";

const local = { interface: "eth0", pool: { first: ip("10.77.0.100"), last: ip("10.77.0.119") } };
const behind = {
  subnet: { network: ip("10.88.0.0"), prefixBits: 24 },
  pool: { first: ip("10.88.0.100"), last: ip("10.88.0.119") },
  router: ip("10.88.0.1"),
};

test.skipIf(!isRoot)("each side of a relay gets the addresses of its own subnet", async () => {
  using near = new Wire("rl1a");
  using far = new Wire("rl1b");
  const server = near.plug("srv", { address: "10.77.0.1/24" });
  const relay = plugTogether(near, far, server);
  const clients = [near.plug("cl"), far.plug("cl")];
  await using served = await new Served(server, { ...local, relayed: [behind] }).ready();
  await using _relay = await new Relay(relay, "10.77.0.1").listening();
  const leases = await Promise.all(clients.map((client) => udhcpc(client)));
  expect(leases).toMatchObject([
    { server: "10.77.0.1", address: expect.stringMatching(/^10\.77\.0\.1[01]\d$/) },
    { server: "10.77.0.1", address: expect.stringMatching(/^10\.88\.0\.1[01]\d$/) },
  ]);
  const [reply] = await ask(clients[1] ?? "", [{ mac: "52:54:00:00:00:77" }], { replies: 1 });
  expect(Buffer.from(reply?.packet.options.get(3) ?? []).toString("hex")).toBe("0a580001");
  expect(served.events.filter(({ kind }) => kind === "fault")).toEqual([]);
});

test.skipIf(!isRoot)("a relay of a network that is not served gets no answer, and is named", async () => {
  using near = new Wire("rl2a");
  using far = new Wire("rl2b");
  const server = near.plug("srv", { address: "10.77.0.1/24" });
  const relay = plugTogether(near, far, server);
  const client = far.plug("cl");
  await using served = await new Served(server, local).ready();
  await using _relay = await new Relay(relay, "10.77.0.1").listening();
  expect((await udhcpc(client)).address).toBeUndefined();
  expect(await served.event(({ kind }) => kind === "leaseRefused")).toMatchObject({
    because: "it came through relay 10.88.0.1, whose network is not served here",
  });
});

test.skipIf(!isRoot)(
  "a relay that wants to be taken for the server is, from the offer to the renewal",
  async () => {
    using near = new Wire("rl3");
    const server = near.plug("srv", { address: "10.77.0.1/24" });
    const relay = near.plug("relay", { address: "10.77.0.2/24" });
    await using served = await new Served(server, { ...local, relayed: [behind] }).ready();
    const says = { giaddr: "10.77.0.2", options: override("10.88.0.1") };
    /** The one reply that the relay gets. */
    const relayed = async (more: ClientSays) => {
      const send = [encodeDhcp(clientPacket({ ...says, ...more })).toString("hex")];
      const settings = { interface: "eth0", send, replies: 1, limitMs: 10_000, fromPort: 67 };
      await using client = new RawClient(relay, settings);
      const [hex = ""] = await client.heard();
      const packet = decodeDhcp(Buffer.from(hex, "hex"));
      if (!packet.ok) throw new Error(JSON.stringify(packet.error));
      return { packet: packet.value, serverId: packet.value.options.get(54)?.join(".") };
    };
    const offer = await relayed({});
    const requested = offer.packet.yiaddr;
    const ack = await relayed({ message: "request", requested, server: "10.88.0.1" });
    const renewed = await relayed({ message: "request", ciaddr: requested });
    expect([offer, ack, renewed].map(({ serverId }) => serverId)).toEqual(Array(3).fill("10.88.0.1"));
    expect([ack.packet.yiaddr, renewed.packet.yiaddr]).toEqual([requested, requested]);
    expect(served.events.filter(({ kind }) => kind === "leaseGiven")).toHaveLength(1);
  },
);
