import { expect, test } from "vitest";
import { type BootClient, type BootDecision, chooseBoot } from "#src/boot/choice.ts";
import { firmwareOf, LOADERS } from "#src/boot/firmware.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };
const script: BootDecision = { kind: "script", file: "http://10.77.0.1:8080/boot/52-54-00-ab-cd-ef.ipxe" };

const CASES: readonly { who: string; client: Partial<BootClient>; expected: Partial<BootDecision> }[] = [
  { who: "a BIOS ROM", client: { archCode: 0 }, expected: { kind: "loader", file: "loaders/undionly.kpxe" } },
  {
    who: "UEFI x64 as EDK2 numbers it",
    client: { archCode: 7 },
    expected: { kind: "loader", file: "loaders/snponly.efi" },
  },
  {
    who: "UEFI x64 as a Cisco NCS-5508 numbers it",
    client: { archCode: 9 },
    expected: { kind: "loader", file: "loaders/snponly.efi" },
  },
  {
    who: "UEFI HTTP Boot",
    client: { archCode: 16, program: "httpBoot" },
    expected: { kind: "loader", file: "http://10.77.0.1:8080/loaders/snponly.efi" },
  },
  { who: "an iPXE on BIOS", client: { archCode: 0, program: "ipxe" }, expected: script },
  {
    who: "an iPXE of any architecture: a loader would be a loop",
    client: { archCode: undefined, program: "ipxe" },
    expected: script,
  },
  {
    who: "firmware that does not say what it is",
    client: { archCode: undefined },
    expected: { kind: "ignore" },
  },
  {
    who: "an architecture without a loader",
    client: { archCode: 27 },
    expected: { kind: "ignore", because: expect.stringContaining("27") },
  },
  {
    who: "a PXE client with the number of HTTP Boot",
    client: { archCode: 16 },
    expected: { kind: "ignore" },
  },
];

test.each(CASES)("$who", ({ client, expected }) => {
  const whole: BootClient = { mac: "52:54:00:ab:cd:ef" as Mac, archCode: 7, program: "pxe", ...client };
  expect(chooseBoot(whole, config)).toMatchObject(expected);
});

test("every loader says what firmware it means, for the boot loader of the installed system depends on it", () => {
  expect([...LOADERS.keys()].map(firmwareOf)).toEqual(["bios", "uefi", "uefi", "uefi"]);
  expect(firmwareOf(undefined)).toBeUndefined();
});
