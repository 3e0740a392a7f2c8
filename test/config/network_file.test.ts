import { expect, test } from "vitest";
import { describeFileProblem, readNetworkFile } from "#src/config/network_file.ts";

const read = (text: string) =>
  readNetworkFile(text, {
    option: (option) => (option.includes("=") ? { value: option } : { wanted: "NAME=VALUE" }),
    secret: () => ({ wanted: "no secret" }),
  });

const WHOLE = `
interfaces:
  - name: eth1
  - name: eth2
    mode: proxy
subnets:
  - subnet: 10.77.0.0/24
    interface: eth1
    pool: 10.77.0.100-10.77.0.199
    known-pool: 10.77.0.10-10.77.0.99
    router: 10.77.0.254
    lease-time: 3600
    options:
      - ntp-servers=10.77.0.5
  - { subnet: 10.88.0.0/24, interface: eth1 }
`;

test("a file says interfaces and subnets, and leaves out what has a default", () => {
  expect(read(WHOLE)).toEqual({
    ok: true,
    fabric: { seeds: [], prefixes: [], scanIntervalSec: 3600 },
    network: {
      interfaces: [
        { name: "eth1", mode: "authoritative" },
        { name: "eth2", mode: "proxy" },
      ],
      subnets: [
        {
          subnet: { network: "10.77.0.0", prefixBits: 24 },
          interface: "eth1",
          pool: { first: "10.77.0.100", last: "10.77.0.199" },
          knownPool: { first: "10.77.0.10", last: "10.77.0.99" },
          router: "10.77.0.254",
          leaseSec: 3600,
          options: ["ntp-servers=10.77.0.5"],
        },
        {
          ...{ subnet: { network: "10.88.0.0", prefixBits: 24 }, interface: "eth1", options: [] },
          ...{ pool: undefined, knownPool: undefined, router: undefined, leaseSec: undefined },
        },
      ],
    },
  });
});

const NAME = "name: the name of an interface, for example eth1";

test.each([
  ["interfaces: []", ["line 1, interfaces: wants a list of at least one interface"]],
  ["", ["line 1: wants a mapping with interfaces, subnets, fabric"]],
  ["- eth1", ["line 1: wants a mapping with interfaces, subnets, fabric"]],
  ["interfaces: eth1", ["line 1, interfaces: wants a list"]],
  ["interfaces:\n  - eth1", ["line 2, interfaces[0]: wants a mapping with name, mode"]],
  ["interfaces:\n  - mode: proxy", [`line 2, interfaces[0]: wants ${NAME}`]],
  [
    "interfaces:\n  - name: eth1\n    mode: fast\n    colour: red",
    [
      "line 4, interfaces[0].colour: wants one of name, mode",
      "line 3, interfaces[0].mode: wants authoritative, proxy or off",
    ],
  ],
  [
    "interfaces:\n- name: eth1\nsubnets:\n- subnet: 10.77.0.5/24\n  interface: eth1\n  pool: all\n  options: [x]",
    [
      "line 4, subnets[0].subnet: wants NETWORK/BITS, for example 10.77.0.0/24",
      "line 7, subnets[0].options[0]: wants NAME=VALUE",
      "line 6, subnets[0].pool: wants FIRST-LAST, for example 10.77.0.100-10.77.0.199",
    ],
  ],
  ["interfaces:\n  - name: eth1\n  name: [", [expect.stringMatching(/^line 3: wants YAML: /)]],
  ["interfaces:\n- name: eth1\ninterfaces:\n- name: eth2", [expect.stringMatching(/^line 3: wants YAML: /)]],
])("%j is refused with line and place", (text, expected) => {
  const result = read(text);
  const problems = result.ok ? [] : result.problems.map((one) => describeFileProblem("F", one));
  expect(problems.map((line) => line.replace('Cannot use "F", ', "")).slice(0, 3)).toEqual(
    expect.arrayContaining(expected),
  );
});
