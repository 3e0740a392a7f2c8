import { expect, test } from "vitest";
import { isRoot, run, Served, Wire } from "#test/boot/namespaces.ts";
import { RawClient } from "#test/dhcp/clients.ts";
import { ip } from "#test/dhcp/packets.ts";

const pool = { first: ip("10.77.0.100"), last: ip("10.77.0.119") };

test.skipIf(!isRoot).each([
  {
    what: "missing",
    name: "eth7",
    prepare: "",
    message: 'Cannot serve "eth7": no such interface; this machine has eth0',
  },
  { what: "the loopback", name: "lo", prepare: "", message: 'Cannot serve "lo": it is the loopback' },
  {
    what: "down",
    name: "eth0",
    prepare: "link set eth0 down",
    message: 'Cannot serve "eth0": the interface is down; switch it on with: ip link set eth0 up',
  },
  {
    what: "without an address",
    name: "eth0",
    prepare: "address flush dev eth0",
    message: 'Cannot serve "eth0": it has no IPv4 address',
  },
])("an interface that is $what is refused with what to do", async ({ name, prepare, message }) => {
  using wire = new Wire("st1");
  const server = wire.plug("srv", { address: "10.77.0.1/24" });
  if (prepare) run("ip", "-n", server, ...prepare.split(" "));
  await using served = new Served(server, { interface: name, pool });
  await expect(served.ready()).rejects.toThrow(message);
});

test.skipIf(!isRoot)("a port that is taken is refused with the process that holds it", async () => {
  using wire = new Wire("st2");
  const server = wire.plug("srv", { address: "10.77.0.1/24" });
  await using first = await new Served(server, { interface: "eth0", pool }).ready();
  await using second = new Served(server, { interface: "eth0", pool });
  await expect(second.ready()).rejects.toThrow(
    /^Cannot bind TCP port 8080 on 10\.77\.0\.1: address in use by process \d+ \(\S+\)/,
  );
  await first[Symbol.asyncDispose]();
});

test.skipIf(!isRoot)("two interfaces are no conflict: each has a port 67 of its own", async () => {
  using wire = new Wire("st3");
  const server = wire.plug("srv", { address: "10.77.0.1/24" });
  const other = wire.plug(server, { device: "eth1", address: "10.88.0.1/24" });
  await using first = await new Served(server, { interface: "eth0", pool }).ready();
  await using second = new Served(other, {
    interface: "eth1",
    pool: { first: ip("10.88.0.100"), last: ip("10.88.0.101") },
  });
  await second.ready();
  expect(first.events.filter(({ kind }) => kind === "fault")).toEqual([]);
});

test.skipIf(!isRoot)("a program that has the DHCP port is named", async () => {
  using wire = new Wire("st4");
  const server = wire.plug("srv", { address: "10.77.0.1/24" });
  const held = { interface: "eth0", send: [], replies: 1, limitMs: 60_000, fromPort: 67 };
  await using _holder = await new RawClient(server, held).listening();
  await using served = new Served(server, { interface: "eth0", pool });
  await expect(served.ready()).rejects.toThrow(
    /^Cannot bind UDP port 67 on "eth0": address in use by process \d+ \(node\); stop it first$/,
  );
});
