import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { IMPORT_FORMATS, MAX_IMPORT_CHARS, MAX_IMPORT_NOTES } from "#src/nodes/import/import_result.ts";
import { detectFormat, readNodes } from "#src/nodes/import/read_nodes.ts";

const fixture = (name: string): string => readFileSync(`test/nodes/import/${name}`, "utf8");

/** `line name macs address groups` */
const FILES: readonly {
  file: string;
  format: string;
  nodes: readonly string[];
  notes: readonly (readonly [line: number, what: RegExp])[];
  problems: readonly (readonly [line: number, what: RegExp])[];
}[] = [
  {
    file: "dnsmasq.conf",
    format: "dnsmasq",
    nodes: [
      "7 node1 52:54:00:77:00:01 10.77.0.11",
      "8 node2 52:54:00:77:00:02,52:54:00:77:01:02 10.77.0.12 rack1,gpu",
      "9 node-3 52:54:00:77:00:03",
      "14 node-525400770004 52:54:00:77:00:04 10.77.0.14",
      "15 node5 52:54:00:77:00:05 10.77.0.15",
    ],
    notes: [
      [5, /^conf-dir: what is in .* is not read/],
      [9, /"Node_3" cannot name a node as it is/],
      [10, /client identifier only/],
      [11, /dnsmasq ignores/],
      [12, /stands for many machines/],
      [13, /its name only/],
      [14, /holds only for "tag:known"/],
      [14, /IPv6 address/],
      [14, /no name/],
      [16, /not of an Ethernet card/],
      [17, /options of tag "gpu" are not imported/],
    ],
    problems: [],
  },
  {
    file: "dnsmasq.hosts",
    format: "dnsmasq",
    nodes: [
      "2 node1 52:54:00:77:00:01 10.77.0.11",
      "3 node2 52:54:00:77:00:02 10.77.0.12",
      "5 node3 52:54:00:77:00:03 rack2",
      "6 node4 52:54:00:77:00:04",
    ],
    notes: [],
    problems: [],
  },
  {
    file: "dhcpd.conf",
    format: "isc-dhcpd",
    nodes: [
      "15 node1 52:54:00:77:00:01 10.77.0.11",
      "16 compute-2.cluster.example 52:54:00:77:00:02 10.77.0.12",
      "29 login-2 52:54:00:77:00:04",
    ],
    notes: [
      [4, /"\/etc\/dhcp\/more.conf" is not read/],
      [19, /several addresses/],
      [29, /"option ntp-servers" is not imported/],
      [29, /"Login_2" cannot name/],
      [30, /"by-uid" is known by a client identifier/],
      [31, /no Ethernet card/],
      [32, /"gone" is deleted/],
    ],
    problems: [
      [25, /cannot name a node/],
      [33, /"named.cluster.example" is not an IPv4 address/],
    ],
  },
  {
    file: "kea-dhcp4.conf",
    format: "kea",
    nodes: [
      "8 node1 52:54:00:77:00:01 10.77.0.11",
      "16 node2.cluster.example 52:54:00:77:00:02 10.77.0.12",
      "23 node-525400770004 52:54:00:77:00:04",
      "30 node5 52:54:00:77:00:05",
      "33 node6 52:54:00:77:00:06 10.78.0.16",
    ],
    notes: [
      [10, /include.* is not read/],
      [16, /cannot name a node as it is/],
      [20, /"option-data" is not imported/],
      [22, /by client-id only/],
      [23, /no name/],
    ],
    problems: [],
  },
  {
    file: "nodes.csv",
    format: "csv",
    nodes: [
      "2 node1 52:54:00:77:00:01 10.77.0.11 rack1",
      "4 node2 52:54:00:77:00:02,52:54:00:77:01:02 rack1,gpu",
    ],
    notes: [[1, /"Rack unit" is not known/]],
    problems: [
      [6, /a BMC without its user/],
      [7, /"10.77.0.300" is not an IPv4 address/],
      [8, /is in line 2 already/],
      [9, /9 fields, and the header has 8/],
    ],
  },
  {
    file: "nodes.yaml",
    format: "yaml",
    nodes: [
      "3 node1 52:54:00:77:00:01 10.77.0.11 rack1,gpu",
      "8 node2 52:54:00:77:00:02,52:54:00:77:01:02",
      "13 node3 52:54:00:77:00:03",
    ],
    notes: [[18, /"serial" is not known/]],
    problems: [[20, /"mac" is neither a text nor a list/]],
  },
];

test.each(FILES)("$file: its machines, and all that is wrong with it at once", (expected) => {
  const read = readNodes(fixture(expected.file), undefined);
  expect(read?.format).toBe(expected.format);
  const lines = read?.nodes.map(({ line, name, macs, address, groups }) =>
    [line, name, macs.join(), address, groups?.join()].filter((part) => part !== undefined).join(" "),
  );
  expect(lines).toEqual(expected.nodes);
  for (const level of ["note", "problem"] as const) {
    const said = read?.notes.filter((one) => one.level === level) ?? [];
    const wanted = level === "note" ? expected.notes : expected.problems;
    expect(said.map(({ line }) => line)).toEqual(wanted.map(([line]) => line));
    for (const [at, [, what]] of wanted.entries()) expect(said[at]?.what).toMatch(what);
  }
});

test("how a machine is switched comes along", () => {
  const power = (file: string): readonly unknown[] =>
    readNodes(fixture(file), undefined)?.nodes.map((node) => node.power) ?? [];
  expect(power("nodes.csv")[0]).toEqual({
    driver: "ipmi",
    address: "10.77.0.201",
    user: "admin",
    passwordFile: "bmc.txt",
  });
  expect(power("nodes.yaml").slice(1)).toEqual([
    { driver: "command", command: ["pdu", "{action}", "{node}"] },
    { driver: "ipmi", address: "10.77.0.203", port: 6230, user: "admin" },
  ]);
});

const BROKEN: readonly (readonly [
  format: (typeof IMPORT_FORMATS)[number],
  text: string,
  line: number,
  RegExp,
])[] = [
  ["isc-dhcpd", "host a {\n hardware ethernet 52:54:00:77:00:01\n}", 2, /no semicolon after "hardware"/],
  ["isc-dhcpd", "group {\nhost a { hardware ethernet 52:54:00:77:00:01; }\n", 2, /1 braces open/],
  ["isc-dhcpd", "}\n", 1, /a closing brace too many/],
  ["isc-dhcpd", "group {".repeat(40), 1, /more than 32 braces/],
  ["kea", '{ "Dhcp4": {\n "reservations": [ { "hw-address": "x" }\n } }', 3, /comma or "]" is missing/],
  ["kea", "[".repeat(100_000), 1, /more than 32 braces/],
  ["kea", '{ "Dhcp6": {} }', 1, /no Dhcp4/],
  ["kea", '{ "a": "b\n" }', 1, /quote is not closed/],
  ["csv", "host,address\na,10.77.0.1", 1, /no header row/],
  ["csv", 'name,mac\n"a,52:54:00:77:00:01', 2, /quote is not closed/],
  ["yaml", "nodes: [\n- a", 2, /./],
  ["yaml", "[".repeat(100_000), 1, /more than 32/],
  ["yaml", "- ".repeat(50_000), 1, /more than 32/],
  ["yaml", "&a [*a]", 1, /no mapping|list/],
  ["yaml", "just words", 1, /no list of machines/],
];
test.each(BROKEN)("%s %j: tells line %i", (format, text, line, what) => {
  const problems = readNodes(text, format)?.notes.filter(({ level }) => level === "problem") ?? [];
  expect(problems.map((one) => one.line)).toContain(line);
  expect(problems.map((one) => one.what).join("\n")).toMatch(what);
});

test.each([
  ["a list", `[${"a,".repeat(500_001)}]`],
  ["keys", "a: 1\n".repeat(170_000)],
  ["blanks", " ".repeat(500_001)],
])("YAML that would take the parser long is not given to it: %s", (_, text) => {
  const [note] = readNodes(text, "yaml")?.notes ?? [];
  expect(note?.what).toMatch(/^more than 500000 blanks/);
});

test("of a table with a thousand mistakes no more is read, and lines are counted over empty ones", () => {
  const read = readNodes(`mac\n\n\n${"x\n".repeat(5000)}52:54:00:00:00:01\n`, "csv");
  expect(read?.notes).toHaveLength(MAX_IMPORT_NOTES + 1);
  expect(read?.notes[0]?.line).toBe(4);
  expect(read?.nodes).toEqual([]);
});

test("a file that is too large is not read, and one with a thousand mistakes does not tell them all", () => {
  expect(readNodes("a".repeat(MAX_IMPORT_CHARS + 1), "csv")).toMatchObject({
    nodes: [],
    notes: [{ line: 1 }],
  });
  expect(readNodes(" ".repeat(3_000_000), "yaml")).toMatchObject({ nodes: [], notes: [{ line: 1 }] });
  const bad = `name,mac\n${"a,b\n".repeat(5000)}`;
  expect(readNodes(bad, "csv")?.notes).toHaveLength(MAX_IMPORT_NOTES + 1);
});

test("what has no format has none", () => {
  for (const text of ["", "hello", "# only a comment", "a,b,c\n1,2,3"])
    expect(detectFormat(text)).toBeUndefined();
});

test("no text makes a reader throw, and no node comes out that has no name or MAC", () => {
  const bits = fc.constantFrom(
    ...[
      "host ",
      "{",
      "}",
      ";",
      "dhcp-host=",
      "52:54:00:77:00:01",
      ",",
      "\n",
      '"',
      "[",
      "]",
      ":",
      "- ",
      "mac",
      "name",
    ],
    ...[
      "10.77.0.1",
      "#",
      "//",
      "/*",
      "*/",
      "\\",
      "hardware ethernet ",
      "Dhcp4",
      "reservations",
      "\t",
      "?",
      "&a",
      "*a",
    ],
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(bits, { maxLength: 60 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(...IMPORT_FORMATS, undefined), (text, format) => {
      for (const node of readNodes(text, format)?.nodes ?? []) {
        expect(node.name).toMatch(/^[a-z0-9]/);
        expect(node.macs.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
});
