import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  CLOUD_INIT_FILES,
  type Seed,
  type SeededNode,
  seedFile,
  seedProblem,
} from "#src/deploy/seed/seed.ts";
import type { Mac } from "#src/value/mac.ts";

const NODE: SeededNode = {
  name: "node3.rack1",
  macs: ["52:54:00:00:00:01", "52:54:00:00:00:02"] as Mac[],
  deployment: "d7",
  round: 2,
  authorizedKeys: ['ssh-ed25519 AAAA it\'s "me"'],
  phoneHome: "http://10.77.0.1:8080/phone-home/d7/node3.rack1/0123",
};
const cloud = (userData: string): Seed => ({ kind: "cloud-init", userData });
const userData = (text: string): string | undefined => seedFile(cloud(text), "user-data", NODE);

test.each([
  ["name: {node}", "name: node3.rack1"],
  ["{host} {mac} {deployment}", "node3 52:54:00:00:00:01 d7"],
  ["call {phone_home}", `call ${NODE.phoneHome}`],
  [
    "echo \x24{node} {{node}} {{ node }} {other} {NODE}",
    "echo \x24{node} {{node}} {{ node }} {other} {NODE}",
  ],
  ["{no{node}de}", "{nonode3.rack1de}"],
])("%j becomes %j", (text, expected) => {
  expect(userData(text)).toBe(expected);
});

test("each node is an instance of its own, and each installation another one", () => {
  const metaData = parse(seedFile(cloud("#!"), "meta-data", NODE) ?? "");
  expect(metaData).toEqual({
    "instance-id": "brigade-d7-node3.rack1-2",
    "local-hostname": "node3.rack1",
    "public-keys": NODE.authorizedKeys,
  });
});

test("the network is DHCP on the node's cards, by their MACs", () => {
  const network = parse(seedFile(cloud("#!"), "network-config", NODE) ?? "");
  expect(network.version).toBe(2);
  expect(network.ethernets.card1).toEqual({
    match: { macaddress: "52:54:00:00:00:02" },
    dhcp4: true,
    "dhcp-identifier": "mac",
  });
});

test("the host keys that prove the system are kept", () => {
  expect(parse(seedFile(cloud("#!"), "vendor-data", NODE) ?? "")).toEqual({
    ssh_deletekeys: false,
    disable_root: false,
  });
});

test("an Ignition config is one file, and cloud-init's are no Ignition config", () => {
  const ignition: Seed = { kind: "ignition", userData: '{"ignition":{"version":"3.4.0"}}' };
  expect(seedFile(ignition, "config.ign", NODE)).toBe(ignition.userData);
  for (const file of CLOUD_INIT_FILES) expect(seedFile(ignition, file, NODE)).toBeUndefined();
  expect(seedFile(cloud("#!"), "config.ign", NODE)).toBeUndefined();
});

test.each([
  ["cloud-init", "#cloud-config\n{}", undefined],
  ["cloud-init", "#!/bin/sh\n", undefined],
  ["cloud-init", "Content-Type: multipart/mixed;", undefined],
  ["cloud-init", "packages: [x]", /begin with nothing that cloud-init knows/],
  ["cloud-init", "#!\0", /not text/],
  ["cloud-init", `#!${"x".repeat(65_536)}`, /have 65538 bytes, more than 65536/],
  ["cloud-init", `#!${"ä".repeat(40_000)}`, /have 80002 bytes/],
  ["ignition", '{"ignition":{"version":"3.4.0"}}', undefined],
  ["ignition", '{"ignition":{}}', /no Ignition config/],
  ["ignition", "{", /no Ignition config/],
  ["ignition", "null", /no Ignition config/],
] as const)("%s: %j", (kind, text, problem) => {
  const found = seedProblem({ kind, userData: text });
  if (problem) expect(found).toMatch(problem);
  else expect(found).toBeUndefined();
});
