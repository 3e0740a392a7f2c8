import { expect, test } from "vitest";
import { type BootCircumstances, type BootClient, type BootDecision, chooseBoot } from "#src/boot/choice.ts";
import { FIRMWARE, firmwareOf } from "#src/boot/firmware.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };
const rest = { exchange: 1, fetchesHttp: true, vendorClass: "" };
const script: BootDecision = { kind: "script", file: "http://10.77.0.1:8080/boot/52-54-00-ab-cd-ef.ipxe" };

const loader = (file: string): BootDecision => ({ kind: "loader", file });
const url = (file: string): BootDecision => loader(`http://10.77.0.1:8080/${file}`);
const ignored = (why: string): object => ({ kind: "ignore", because: expect.stringContaining(why) });

const CASES: readonly {
  who: string;
  client: Partial<BootClient>;
  also?: Partial<BootCircumstances>;
  expected: object;
}[] = [
  { who: "a BIOS ROM", client: { archCode: 0 }, expected: loader("loaders/undionly.kpxe") },
  { who: "32-bit UEFI", client: { archCode: 6 }, expected: ignored("switch it to BIOS") },
  { who: "UEFI x64 as EDK2 numbers it", client: { archCode: 7 }, expected: loader("loaders/snponly.efi") },
  {
    who: "UEFI x64 as a Cisco NCS-5508 numbers it",
    client: { archCode: 9 },
    expected: loader("loaders/snponly.efi"),
  },
  { who: "32-bit ARM", client: { archCode: 10 }, expected: ignored("32-bit ARM") },
  { who: "UEFI arm64", client: { archCode: 11 }, expected: loader("loaders/arm64/ipxe.efi") },
  {
    who: "32-bit UEFI by HTTP",
    client: { archCode: 15, program: "httpBoot" },
    expected: ignored("switch it to BIOS"),
  },
  {
    who: "UEFI HTTP Boot",
    client: { archCode: 16, program: "httpBoot" },
    expected: url("loaders/snponly.efi"),
  },
  {
    who: "32-bit ARM by HTTP",
    client: { archCode: 18, program: "httpBoot" },
    expected: ignored("32-bit ARM"),
  },
  {
    who: "UEFI arm64 HTTP Boot",
    client: { archCode: 19, program: "httpBoot" },
    expected: url("loaders/arm64/ipxe.efi"),
  },
  { who: "RISC-V", client: { archCode: 27 }, expected: ignored("RISC-V") },
  {
    who: "a Raspberry Pi's boot ROM",
    client: { archCode: 41 },
    expected: ignored("put UEFI firmware on its card"),
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
    expected: ignored("does not say"),
  },
  {
    who: "an iPXE in a BIOS ROM that cannot fetch its script",
    client: { archCode: 0, program: "ipxe" },
    also: { replaceRom: true },
    expected: loader("loaders/undionly.kpxe"),
  },
  { who: "a number that nobody knows", client: { archCode: 999 }, expected: ignored("999") },
  {
    who: "a PXE client with the number of HTTP Boot",
    client: { archCode: 16 },
    expected: ignored("vendor class"),
  },
  {
    who: "UEFI arm64, of an appliance without files for it",
    client: { archCode: 11 },
    also: { has: (file) => !file.includes("arm64") },
    expected: ignored("have no loader for UEFI arm64"),
  },
  {
    who: "UEFI x64 that did nothing with snponly",
    client: { archCode: 7 },
    also: { failedLoaders: 1 },
    expected: loader("loaders/ipxe.efi"),
  },
  {
    who: "UEFI x64 that did nothing with either iPXE",
    client: { archCode: 7 },
    also: { failedLoaders: 2 },
    expected: loader("loaders/shimx64.efi"),
  },
  {
    who: "UEFI x64 that did nothing with any loader",
    client: { archCode: 7 },
    also: { failedLoaders: 3 },
    expected: loader("loaders/snponly.efi"),
  },
  {
    who: "UEFI x64 with Secure Boot",
    client: { archCode: 7 },
    also: { secureBoot: true },
    expected: loader("loaders/shimx64.efi"),
  },
  {
    who: "HTTP Boot with Secure Boot",
    client: { archCode: 16, program: "httpBoot" },
    also: { secureBoot: true },
    expected: ignored("let it boot by PXE"),
  },
  {
    who: "a BIOS machine that somebody says has Secure Boot",
    client: { archCode: 0 },
    also: { secureBoot: true },
    expected: loader("loaders/undionly.kpxe"),
  },
];

test.each(CASES)("$who", ({ client, also, expected }) => {
  const whole: BootClient = {
    mac: "52:54:00:ab:cd:ef" as Mac,
    archCode: 7,
    program: "pxe",
    ...rest,
    ...client,
  };
  const circumstances: BootCircumstances = {
    has: () => true,
    secureBoot: false,
    failedLoaders: 0,
    replaceRom: false,
    ...also,
  };
  expect(chooseBoot(whole, config, circumstances)).toMatchObject(expected);
});

test("every loader says what firmware it means, for the boot loader of the installed system depends on it", () => {
  const served = [...FIRMWARE]
    .filter(([, row]) => "loaders" in row)
    .map(([code]) => [code, firmwareOf(code)]);
  expect(served).toEqual([[0, "bios"], ...[7, 9, 11, 16, 19].map((code) => [code, "uefi"])]);
  expect([firmwareOf(undefined), firmwareOf(6), firmwareOf(999)]).toEqual([undefined, undefined, undefined]);
});
