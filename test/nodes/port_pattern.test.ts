import fc from "fast-check";
import { expect, test } from "vitest";
import type { Place } from "#src/nodes/place.ts";
import { isSwitchIn, readPortPattern, renderName } from "#src/nodes/port_pattern.ts";

const at = (port: string, change: Partial<Place> = {}): Place => ({
  ...{ switchId: "s1", switchName: "rack2-sw.example.org", port },
  ...change,
});

function name(text: string, place: Place): string {
  const read = readPortPattern(text);
  if (!read.ok) return `no: ${read.why}`;
  const rendered = renderName(read.pattern, place);
  return rendered.ok ? rendered.name : `no: ${rendered.why}`;
}

test.each<readonly [pattern: string, place: Place, name: string]>([
  ["rack2-u{port}", at("GigabitEthernet1/0/7"), "rack2-u7"],
  ["n{port:02}", at("swp7"), "n07"],
  ["n{port:3}", at("swp7"), "n007"],
  ["n{port:02}", at("Ethernet107"), "n107"],
  ["node{port+64}", at("Eth1/1"), "node65"],
  ["node{port-1:02}", at("1"), "node00"],
  ["r{unit}-{port}", at("Gi2/0/7"), "r2-7"],
  ["r{unit}-{port}", at("Gi2/0/7", { member: 3 }), "r3-7"],
  ["n{unit-1}{port:02}", at("Te2/1/04"), "n104"],
  ["{switch}-{port}", at("ge-0/0/7.0"), "rack2-sw-7"],
  ["{switch}-{port}", at("7", { switchName: "Rack_2 (left)" }), "rack-2-left-7"],
  ["n{port}.rack2.example.org", at("7"), "n7.rack2.example.org"],
])("%s at %j is %s", (pattern, place, expected) => {
  expect(name(pattern, place)).toBe(expected);
});

test.each<readonly [pattern: string, place: Place, why: RegExp]>([
  ["rack2-u", at("7"), /no \{port\}/],
  ["{switch}-{unit}", at("7"), /no \{port\}/],
  ["n{prot}", at("7"), /no \{prot\}; it wants \{port\}/],
  ["n{port", at("7"), /a brace is not closed/],
  ["n}port{", at("7"), /a brace is not closed/],
  ["n{port:100}", at("7"), /no \{port:100\}/],
  ["n{port:10}", at("7"), /more than 9 digits/],
  ["Node{port}", at("7"), /"Node" cannot be in a name/],
  ["node {port}", at("7"), /"node " cannot be in a name/],
  ["n{port}".repeat(20), at("7"), /more than 100 characters/],
  ["n{port}", at("mgmt"), /its port "mgmt" does not end with a number/],
  ["n{port}", at("eth0 (uplink)"), /does not end with a number/],
  ["n{unit}-{port}", at("swp7"), /nobody says which member/],
  ["n{port-8}", at("7"), /its port 7 gives -1/],
])("%s at %j: %s", (pattern, place, why) => {
  expect(name(pattern, place)).toMatch(why);
});

test.each([
  ["rack2-*", "rack2-sw", true],
  ["rack2-*", "Rack2-SW.example.org", true],
  ["rack2-*", "rack21-sw", false],
  ["*", "anything at all", true],
  ["*sw*", "rack2-sw", true],
  ["rack2.sw", "rack2xsw", false],
  ["rack2", "rack2-sw", false],
])("%s takes in %s: %s", (switches, switchName, isIn) => {
  expect(isSwitchIn(switches, switchName)).toBe(isIn);
});

test("whatever the pattern and the port: a name, or words why there is none", () => {
  const anyText = fc.oneof(fc.string(), fc.stringMatching(/^[a-z{}:+\-0-9portunitswitch]{0,30}$/));
  fc.assert(
    fc.property(anyText, fc.string(), fc.string(), (text, port, switchName) => {
      const read = readPortPattern(text);
      const rendered = read.ok ? renderName(read.pattern, at(port, { switchName })) : read;
      expect("name" in rendered ? rendered.name : "why" in rendered && rendered.why).toMatch(/./);
      expect(isSwitchIn(`${switchName.replaceAll("*", "")}*`, switchName.replaceAll("*", ""))).toBe(true);
    }),
  );
});
