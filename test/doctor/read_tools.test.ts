/** What `ip` (iproute2 6.1) and `nft` (1.0.6) of Debian 12 printed in a namespace, cut to a few fields, and what others may print. */
import { describe, expect, test } from "vitest";
import { droppingChains, narrowerThan, readLinks, readNarrowPaths } from "#src/doctor/read_tools.ts";

const LINKS = `[
  {"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536},
  {"ifindex":2,"ifname":"br0","mtu":1500,"linkinfo":{"info_kind":"bridge"}},
  {"ifindex":3,"link":"v0","ifname":"v1","mtu":1400,"linkinfo":{"info_kind":"veth"}},
  {"ifindex":4,"link_index":3,"ifname":"p0","mtu":1400,"master":"br0","linkinfo":{"info_kind":"veth","info_slave_kind":"bridge"}},
  {"ifindex":5,"link":"eth0","ifname":"eth0.5","mtu":1500,"linkinfo":{"info_kind":"vlan"}},
  {"ifindex":6,"ifname":"eth0","mtu":1496}]`;
const links = readLinks(LINKS);

describe("links", () => {
  test("are read with kind and master", () => {
    expect(links).toHaveLength(6);
    expect(links[3]).toEqual({ name: "p0", mtuBytes: 1400, master: "br0", below: undefined, kind: "veth" });
  });

  test.each([
    ["br0", [{ name: "p0", mtuBytes: 1400 }]],
    ["eth0.5", [{ name: "eth0", mtuBytes: 1496 }]],
    ["p0", []],
    ["eth9", []],
  ])("what packets of %s pass through that takes less", (name, expected) => {
    expect(narrowerThan(links, name)).toEqual(expected);
  });
});

test("paths on which a router said that packets are too big", () => {
  const cache = `[{"dst":"10.78.0.5","gateway":"10.77.0.254","dev":"eth1","flags":[],"cache":[],"metrics":[{"mtu":1420}]},
    {"dst":"10.79.0.5","dev":"eth2","metrics":[{"mtu":1300}]},{"dst":"10.77.0.8","dev":"eth1","metrics":[]}]`;
  expect(readNarrowPaths(cache, "eth1")).toEqual([{ to: "10.78.0.5", mtuBytes: 1420 }]);
});

const chain = (more: string): string =>
  `{"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "inet", "name": "filter", "handle": 1}}, {"chain": {"family": "inet", "table": "filter", "name": "input", "type": "filter", "hook": "input", "prio": 0, ${more}]}`;
const rule = (match: string, end = '{"accept": null}', table = "filter"): string =>
  `"policy": "drop"}}, {"rule": {"family": "inet", "table": "${table}", "chain": "input", "expr": [{"match": {"op": "==", ${match}}}, ${end}]}}`;
const dport = (right: string): string =>
  `"left": {"payload": {"protocol": "udp", "field": "dport"}}, "right": ${right}`;
const iif = (name: string): string => `"left": {"meta": {"key": "iifname"}}, "right": "${name}"`;

test.each([
  ["a policy that accepts", chain('"policy": "accept"}}'), []],
  ["a policy that drops, and no rule", chain('"policy": "drop"}}'), ["inet filter input"]],
  ["a rule for port 67", chain(rule(dport("67"))), []],
  ["a rule for a set with 67", chain(rule(dport('{"set": [67, 69]}'))), []],
  ["a rule for port 6767", chain(rule(dport("6767"))), ["inet filter input"]],
  ["a rule that drops 67", chain(rule(dport("67"), '{"drop": null}')), ["inet filter input"]],
  ["a rule for 67 in another table", chain(rule(dport("67"), undefined, "nat")), ["inet filter input"]],
  ["a rule for all of the interface", chain(rule(iif("eth1"))), []],
  ["a rule for all of another interface", chain(rule(iif("eth10"))), ["inet filter input"]],
])("packet filter: %s", (_, json, expected) => {
  expect(droppingChains(json, ["eth1"])).toEqual(expected);
});

test.each(["", "{}", "[]", "null", "7", '{"nftables": 7}', '[null, 1, {"ifname": 1}]', "[["])(
  "%j says nothing",
  (json) => {
    expect([...readLinks(json), ...readNarrowPaths(json, "eth1"), ...droppingChains(json, [])]).toEqual([]);
  },
);
