import { expect, test } from "vitest";
import { identifyingSerial, identifyingUuid } from "#src/nodes/identity_words.ts";

test.each([
  "",
  "   ",
  "To Be Filled By O.E.M.",
  "to be filled by o.e.m",
  "Default string",
  "0123456789",
  "123456789",
  "Not Specified",
  "Not Applicable",
  "N/A",
  "None",
  "System Serial Number",
  "Chassis Serial Number",
  "00000000",
  "xxxxxxxxxx",
  "................",
  "- - - - -",
  "12",
  "S".repeat(65) + "1",
  'SN-1"; settle it with "reboot',
  "SN-1\u001b[2J",
  "SN-1\u202e321",
  undefined,
])("a serial number that identifies nobody: %j", (text) => {
  expect(identifyingSerial(text)).toBeUndefined();
});

test.each(["CZ3151Y8LM", " S213078X9123456 ", "0123456789A", "VMware-56 4d 8b", "J1000PZ"])(
  "a serial number: %j",
  (text) => {
    expect(identifyingSerial(text)).toBe(text.trim());
  },
);

test.each([
  "",
  "x",
  "00000000-0000-0000-0000-000000000000",
  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
  "11111111-1111-1111-1111-111111111111",
  "03000200-0400-0500-0006-000700080009",
  // The same as firmware spells it, and as DHCP option 97 brings it.
  "00020003-0004-0005-0006-000700080009",
  "00020003000400050006000700080009",
  "12345678-1234-5678-90ab-cddeefaabbcc",
  "Not Settable",
])("a UUID that identifies nobody: %j", (text) => {
  expect(identifyingUuid(text)).toBeUndefined();
});

test("one machine's UUID is one, however firmware, iPXE and Linux turn its bytes", () => {
  const asLinuxSays = identifyingUuid("4C4C4544-0043-3510-8052-B4C04F4A3132");
  expect(identifyingUuid("44454c4c-4300-1035-8052-b4c04f4a3132")).toBe(asLinuxSays);
  expect(identifyingUuid("44454c4c430010358052b4c04f4a3132")).toBe(asLinuxSays);
  expect(identifyingUuid("44454c4c-4300-1035-8052-b4c04f4a3133")).not.toBe(asLinuxSays);
});
