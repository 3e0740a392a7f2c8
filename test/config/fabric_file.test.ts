import { describe, expect, test } from "vitest";
import { describeFileProblem, readNetworkFile } from "#src/config/network_file.ts";

const FILES: Readonly<Record<string, string>> = {
  "/c": "hush hush",
  "/k": "a long password",
  "/short": "brief",
};
const read = (fabric: string) =>
  readNetworkFile(`interfaces: [{ name: eth1 }]\nfabric:\n${fabric}`, {
    option: (value) => ({ value }),
    secret: (path) => {
      const value = FILES[path];
      return value === undefined ? { wanted: "a file that can be read" } : { value };
    },
  });
const credentialsOf = (lines: string) => {
  const result = read(`  switches:\n    - prefix: 10.0.0.0/24\n      credentials:\n${lines}`);
  return result.ok ? result.fabric.prefixes[0]?.credentials : problemsOf(result);
};
const problemsOf = (result: ReturnType<typeof read>): readonly string[] =>
  result.ok ? [] : result.problems.map((one) => describeFileProblem("F", one));

test("where to begin, where to go, how often, with which credentials in which order", () => {
  const result = read(`
  seeds: [10.0.0.1, 10.9.0.1]
  scan-interval: 600
  switches:
    - prefix: 10.0.0.0/24
      credentials:
        - { community: public }
        - { community-file: /c }
    - prefix: 10.9.0.1/32
      credentials: [{ user: brigade, auth: sha256, auth-key-file: /k, privacy-key: "another password" }]
`);
  expect(result.ok && result.fabric).toEqual({
    seeds: ["10.0.0.1", "10.9.0.1"],
    scanIntervalSec: 600,
    prefixes: [
      {
        prefix: { network: "10.0.0.0", prefixBits: 24 },
        credentials: [
          { version: "2c", community: "public" },
          { version: "2c", community: "hush hush" },
        ],
      },
      {
        prefix: { network: "10.9.0.1", prefixBits: 32 },
        credentials: [
          {
            ...{ version: "3", user: "brigade", level: "authPriv" },
            ...{ authProtocol: "sha256", authKey: "a long password" },
            ...{ privProtocol: "aes", privKey: "another password" },
          },
        ],
      },
    ],
  });
});

test("scans on schedule can be off; without a word they are hourly and ask nobody", () => {
  const off = read("  scan-interval: off");
  expect(off.ok && off.fabric).toEqual({ seeds: [], prefixes: [], scanIntervalSec: undefined });
  const unsaid = read("  seeds: []");
  expect(unsaid.ok && unsaid.fabric).toEqual({ seeds: [], prefixes: [], scanIntervalSec: 3600 });
});

test.each([
  ["- { user: u }", { version: "3", user: "u", level: "noAuthNoPriv" }],
  [
    "- { user: u, context: vlan-7, auth-key: eight888 }",
    {
      version: "3",
      user: "u",
      context: "vlan-7",
      level: "authNoPriv",
      authProtocol: "sha",
      authKey: "eight888",
    },
  ],
  // What YAML takes for a number or a truth is as it was written.
  ["- community: 007", { version: "2c", community: "007" }],
  ["- community: 0x10", { version: "2c", community: "0x10" }],
  ["- community: true", { version: "2c", community: "true" }],
  [`- community: "a: b # c"`, { version: "2c", community: "a: b # c" }],
])("%s", (line, credentials) => {
  expect(credentialsOf(`        ${line}`)).toEqual([credentials]);
});

describe("refused, with line and place and what would be accepted", () => {
  test.each([
    ["- { community: a, community-file: /c }", "wants one of community and community-file"],
    [
      "- { community: a, user: u }",
      "credentials[0].user: wants nothing beside a community: that is SNMP v2c",
    ],
    ["- { user: u, privacy-key: eight888 }", "auth-key or auth-key-file too: SNMP v3 has no privacy without"],
    ["- { user: u, auth: sha }", "credentials[0].auth: wants auth-key or auth-key-file beside it"],
    ["- { user: u, auth: crc, auth-key: eight888 }", "wants md5, sha, sha224, sha256, sha384, sha512"],
    ["- { user: u, auth-key: short }", "wants a password of 8 to 255"],
    ["- { user: u, auth-key-file: /short }", "wants a file whose first line is a password of 8 to 255"],
    ["- { community-file: /none }", "credentials[0].community-file: wants a file that can be read"],
    ["- { auth-key: eight888 }", "user: a name of 1 to 32"],
    ["- { colour: red }", "credentials[0].colour: wants one of community"],
    ["[]", "credentials: a list of at least one"],
  ])("%s", (line, problem) => {
    expect(credentialsOf(`        ${line}`)).toEqual(
      expect.arrayContaining([expect.stringContaining(problem)]),
    );
  });

  test.each([
    ["  scan-interval: 59", "fabric.scan-interval: wants a whole number from 60 to 604800, or off"],
    ["  switches: [{ prefix: 10.0.0.5/24, credentials: [{ community: a }] }]", "prefix: wants NETWORK/BITS"],
    ["  switches: [{ prefix: 10.0.0.0/7, credentials: [{ community: a }] }]", "prefix: wants NETWORK/BITS"],
    ["  seeds: [switch1]", "fabric.seeds[0]: wants an IPv4 address"],
  ])("%s", (text, problem) => {
    expect(problemsOf(read(text))).toEqual([expect.stringContaining(problem)]);
  });
});

test("no problem repeats a secret", () => {
  const secret = "h\u0007ush-canary";
  const lines = [
    `- { community: "${secret}" }`,
    `- { community: *hush-canary }`,
    `- { user: u, auth-key: hush-ca, privacy-key: "${secret}" }`,
    `- { community: hush-canary, community-file: /short, user: hush-canary }`,
    "- { community: `hush-canary }",
    "- { community: @hush-canary }",
    "- community: hush-canary: x",
    "- community: !hush-canary x",
    "- community: &hush-canary",
    '- community: "hush-canary\n  x',
    "- community: [hush-canary",
  ];
  const said = lines.map((line) => credentialsOf(`        ${line}`));
  expect(said.filter((one) => Array.isArray(one) && one.length > 0).length).toBeGreaterThan(5);
  for (const problems of said.filter((one) => one?.every((line) => typeof line === "string")))
    expect(JSON.stringify(problems)).not.toContain("hush-ca");
});
