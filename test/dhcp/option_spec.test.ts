import fc from "fast-check";
import { expect, test } from "vitest";
import { NAMED_OPTIONS, RESERVED_OPTIONS } from "#src/dhcp/option_names.ts";
import { describeDhcpOption, mergeDhcpOptions, parseDhcpOption } from "#src/dhcp/option_spec.ts";

const READ: readonly (readonly [text: string, code: number, hex: string])[] = [
  ["ntp-servers=10.0.0.1", 42, "0a000001"],
  ["ntp-servers = 10.0.0.1, 10.0.0.2", 42, "0a0000010a000002"],
  ["dns-servers=192.168.1.53", 6, "c0a80135"],
  ["domain-name-servers=192.168.1.53", 6, "c0a80135"],
  ["router=10.0.0.254", 3, "0a0000fe"],
  ["domain-name=rack2.example", 15, "7261636b322e6578616d706c65"],
  ["Host-Name=n1", 12, "6e31"],
  ["mtu=9000", 26, "2328"],
  ["time-offset=-3600", 2, "fffff1f0"],
  ["time-offset=3600", 2, "00000e10"],
  ["default-ip-ttl=64", 23, "40"],
  ["arp-cache-timeout=4294967295", 35, "ffffffff"],
  ["ip-forwarding=off", 19, "00"],
  ["ip-forwarding=on", 19, "01"],
  // RFC 3397 section 3 without its compression.
  [
    "domain-search=eng.apple.com,marketing.apple.com",
    119,
    "03656e67056170706c6503636f6d00096d61726b6574696e67056170706c6503636f6d00",
  ],
  // RFC 3442, page 4: 10/8, 10.0.0.0/24, 10.17/16, the default route.
  ["classless-routes=10.0.0.0/8=10.0.0.1", 121, "080a0a000001"],
  ["classless-routes=10.0.0.0/24=10.0.0.1,10.17.0.0/16=10.0.0.2", 121, "180a00000a000001100a110a000002"],
  ["classless-routes=0.0.0.0/0=10.0.0.1", 121, "000a000001"],
  ["tftp-servers=10.0.0.7", 150, "0a000007"],
  ["option-224=hex:00:01:fe", 224, "0001fe"],
  ["option-224=hex:0001FE", 224, "0001fe"],
  ["option-224=text:a=b:c", 224, "613d623a63"],
  ["option-42=hex:0a000001", 42, "0a000001"],
];

test.each(READ)("%s", (text, code, hex) => {
  const read = parseDhcpOption(text);
  expect(read).toMatchObject({ ok: true, option: { code } });
  expect(read.ok && Buffer.from(read.option.value).toString("hex")).toBe(hex);
});

const REFUSED: readonly (readonly [text: string, why: RegExp])[] = [
  ["", /wants NAME=VALUE/],
  ["ntp-servers", /wants NAME=VALUE/],
  ["=10.0.0.1", /wants NAME=VALUE/],
  ["ntp-sever=10.0.0.1", /not known/],
  ["ntp-servers=", /wants IPv4 addresses/],
  ["ntp-servers=10.0.0.1,", /wants IPv4 addresses/],
  ["ntp-servers=10.0.0.256", /wants IPv4 addresses/],
  ["ntp-servers=pool.example", /wants IPv4 addresses/],
  [`ntp-servers=${Array(64).fill("10.0.0.1").join(",")}`, /at most 63/],
  ["broadcast-address=10.0.0.1,10.0.0.2", /one IPv4 address/],
  ["domain-name=", /printable ASCII/],
  ["domain-name=b\u00fcro", /printable ASCII/],
  ["domain-name=a\nb", /printable ASCII/],
  [`domain-name=${"a".repeat(256)}`, /at most 255 bytes, these are 256/],
  [`domain-name=${"a".repeat(3000)}`, /at most 2048 characters/],
  ["mtu=67", /68 to 65535/],
  ["mtu=65536", /68 to 65535/],
  ["mtu=1e3", /68 to 65535/],
  ["default-ip-ttl=-1", /0 to 255/],
  ["ip-forwarding=yes", /"on" or "off"/],
  ["domain-search=a..b", /domain names/],
  [`domain-search=${"a".repeat(64)}`, /domain names/],
  ["classless-routes=10.0.0.1/8=10.0.0.1", /without host bits/],
  ["classless-routes=10.0.0.0/33=10.0.0.1", /without host bits/],
  ["classless-routes=10.0.0.0/8", /without host bits/],
  ["option-224=00:01", /hex:01:02/],
  ["option-224=hex:", /hex:01:02/],
  ["option-224=hex:0", /hex:01:02/],
  ["option-224=text:", /hex:01:02/],
  ["option-256=hex:00", /1 to 254/],
  ["option-0=hex:00", /cannot be set/],
  ["option-255=hex:00", /cannot be set/],
  ["option-53=hex:05", /kind of the message/],
  ["option-67=text:boot.efi", /what each firmware boots/],
];

test.each(REFUSED)("refuses %j", (text, why) => {
  const read = parseDhcpOption(text);
  expect(read.ok ? "read" : read.why).toMatch(why);
});

test("no name leads to an option that Brigade decides itself, and no name is there twice", () => {
  expect(NAMED_OPTIONS.filter(({ code }) => RESERVED_OPTIONS.has(code))).toEqual([]);
  const names = NAMED_OPTIONS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(NAMED_OPTIONS.map(({ code }) => code)).size).toBe(NAMED_OPTIONS.length);
});

test("what is described is read again as the same bytes, whatever the bytes", () => {
  const codes = Array.from({ length: 256 }, (_, code) => code).filter((code) => !RESERVED_OPTIONS.has(code));
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 255 }),
    fc.ipV4().map((address) => Uint8Array.from(address.split("."), Number)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...codes), bytes, (code, value) => {
      const read = parseDhcpOption(describeDhcpOption({ code, value }));
      expect(read).toMatchObject({ ok: true, option: { code } });
      expect(read.ok && [...read.option.value]).toEqual([...value]);
    }),
  );
});

test.each([
  ["routes with host bits", 121, [1, 1, 0, 0, 0, 0], "option-121=hex:01:01:00:00:00:00"],
  ["text with a blank at its end", 15, [0x61, 0x20], "option-15=hex:61:20"],
  [
    "more addresses than are read",
    42,
    Array(256).fill(1),
    `option-42=hex:${Array(256).fill("01").join(":")}`,
  ],
])("describes %s as bytes", (_what, code, value, text) => {
  expect(describeDhcpOption({ code, value: Uint8Array.from(value) })).toBe(text);
});

test("what was written is described in the words that it was written in", () => {
  for (const [text] of READ.filter(
    ([one]) => /^[a-z-]+=[^ ]+$/.test(one) && !/^(option|domain-name-servers)/.test(one),
  )) {
    const read = parseDhcpOption(text);
    expect(read.ok && describeDhcpOption(read.option)).toBe(text);
  }
});

test("no text makes the reader throw or think long", () => {
  const names = NAMED_OPTIONS.map(({ name }) => name);
  fc.assert(
    fc.property(fc.constantFrom("", "option-9", ...names), fc.string({ maxLength: 3000 }), (name, rest) => {
      parseDhcpOption(`${name}=${rest}`);
    }),
  );
  for (const { name } of NAMED_OPTIONS)
    for (const filler of "0a.,:/=- ")
      expect(parseDhcpOption(`${name}=${filler.repeat(100_000)}`).ok).toBe(false);
});

test("the later of two options with one code wins", () => {
  const [first, other, later] = ["mtu=1500", "router=10.0.0.1", "mtu=9000"].map((text) => {
    const read = parseDhcpOption(text);
    if (!read.ok) throw new Error(read.why);
    return read.option;
  });
  if (!first || !other || !later) throw new Error("not read");
  expect(mergeDhcpOptions([first, other], [later]).map(describeDhcpOption)).toEqual([
    "mtu=9000",
    "router=10.0.0.1",
  ]);
});
