import fc from "fast-check";
import { expect, test } from "vitest";
import type { PowerSettings } from "#src/nodes/node.ts";
import { powerSettingsFault } from "#src/power/settings_check.ts";

const ipmi = { driver: "ipmi", address: "10.0.0.5", port: 623, user: "admin", password: "secret" } as const;

test.each<{ settings: PowerSettings }>([
  { settings: ipmi },
  { settings: { ...ipmi, address: "bmc-1.rack_2.example" } },
  { settings: { ...ipmi, address: "fd00::5" } },
  { settings: { ...ipmi, user: "", password: "" } },
  { settings: { driver: "command", command: ["/opt/pdu", "-v", "{action}"] } },
])("usable: $settings", ({ settings }) => {
  expect(powerSettingsFault(settings)).toBeUndefined();
});

test.each<{ settings: PowerSettings; part: string }>([
  { settings: { ...ipmi, address: "-oProxyCommand=x" }, part: "BMC address" },
  { settings: { ...ipmi, address: "-V" }, part: "BMC address" },
  { settings: { ...ipmi, address: "" }, part: "BMC address" },
  { settings: { ...ipmi, address: "10.0.0.5 -U root" }, part: "BMC address" },
  { settings: { ...ipmi, address: "10.0.0.5\n" }, part: "BMC address" },
  { settings: { ...ipmi, port: 0 }, part: "BMC port" },
  { settings: { ...ipmi, port: 623.5 }, part: "BMC port" },
  { settings: { ...ipmi, user: "a".repeat(17) }, part: "BMC user" },
  { settings: { ...ipmi, user: "adm\u0000in" }, part: "BMC user" },
  { settings: { ...ipmi, password: "p".repeat(21) }, part: "BMC password" },
  { settings: { ...ipmi, password: "a\nb" }, part: "BMC password" },
  { settings: { driver: "command", command: [] }, part: "power command" },
  { settings: { driver: "command", command: ["--help"] }, part: "power command" },
  { settings: { driver: "command", command: ["pdu", "a\u0000b"] }, part: "power command" },
])("refused: $settings", ({ settings, part }) => {
  expect(powerSettingsFault(settings)).toContain(part);
});

test("a password is never quoted, whatever is wrong with it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 21 }), (password) => {
      expect(powerSettingsFault({ ...ipmi, password })).not.toContain(password);
    }),
  );
});
