import { isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ipv6FromBytes } from "#src/value/ipv6.ts";

test.each([
  { hex: "00".repeat(16), text: "::" },
  { hex: `${"00".repeat(15)}01`, text: "::1" },
  { hex: `fe80${"00".repeat(14)}`, text: "fe80::" },
  { hex: "20010db8000000000000000000000001", text: "2001:db8::1" },
  { hex: "20010db8000000010001000100010001", text: "2001:db8:0:1:1:1:1:1" },
  { hex: "20010db8000000000001000000000001", text: "2001:db8::1:0:0:1" },
  { hex: "20010000000000010000000000000001", text: "2001:0:0:1::1" },
  { hex: "200108a810060004022354fffec25702", text: "2001:8a8:1006:4:223:54ff:fec2:5702" },
])("$hex is $text (RFC 5952)", ({ hex, text }) => {
  expect(ipv6FromBytes(Buffer.from(hex, "hex"))).toBe(text);
});

test("any sixteen bytes are the address that the URL parser makes of the text", () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const withZeros = fc
    .array(fc.constantFrom(0, 0, 1), { minLength: 16, maxLength: 16 })
    .map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(fc.oneof(bytes, withZeros), (address) => {
      const text = ipv6FromBytes(address);
      expect(isIPv6(text)).toBe(true);
      expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
    }),
  );
});

test("other lengths are a bug of the caller", () => {
  expect(() => ipv6FromBytes(Buffer.alloc(15))).toThrow("needs 16");
});
