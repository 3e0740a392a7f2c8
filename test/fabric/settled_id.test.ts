import { expect, test } from "vitest";
import { readChassisId } from "#src/fabric/lldp_id.ts";
import { macOfText } from "#src/fabric/mac_text.ts";
import { settledId } from "#src/fabric/settled_id.ts";

const MAC = "00:50:d7:12:68:68";
const text = (value: string): string => Buffer.from(value).toString("hex");

test.each([
  { from: "Aruba CX, a MAC as text", subtype: 4, hex: text("00:50:D7:12:68:68"), kind: "mac", shown: MAC },
  { from: "Dell, with blanks", subtype: 4, hex: text("00 50 d7 12 68 68"), kind: "mac", shown: MAC },
  { from: "Huawei, in groups", subtype: 7, hex: text("0050-d712-6868"), kind: "mac", shown: MAC },
  { from: "twelve digits of hex", subtype: 4, hex: text("0x0050D7126868"), kind: "mac", shown: MAC },
  {
    from: "twelve digits where a MAC belongs",
    subtype: 4,
    hex: text("0050D7126868"),
    kind: "mac",
    shown: MAC,
  },
  { from: "a MAC in a local id, with a NUL", subtype: 7, hex: `${text(MAC)}00`, kind: "mac", shown: MAC },
  { from: "six bytes in a local id", subtype: 7, hex: "0050d7126868", kind: "mac", shown: MAC },
  { from: "a MAC as network address", subtype: 5, hex: "060050d7126868", kind: "mac", shown: MAC },
  { from: "a MAC as it should be", subtype: 4, hex: "0050d7126868", kind: "mac", shown: MAC },
  {
    from: "a phone, its address as text",
    subtype: 5,
    hex: text("10.10.20.38"),
    kind: "network",
    shown: "10.10.20.38",
  },
  {
    from: "an address without its family",
    subtype: 5,
    hex: "0a0a1426",
    kind: "network",
    shown: "10.10.20.38",
  },
  {
    from: "an address as it should be",
    subtype: 5,
    hex: "010a0a1426",
    kind: "network",
    shown: "10.10.20.38",
  },
  { from: "a name of six letters", subtype: 7, hex: text("switch"), kind: "octets", shown: "switch" },
  {
    from: "a serial number of twelve digits",
    subtype: 7,
    hex: text("123456789012"),
    kind: "octets",
    shown: "123456789012",
  },
  { from: "six zeros", subtype: 7, hex: "000000000000", kind: "octets", shown: "00:00:00:00:00:00" },
  {
    from: "an address as a name",
    subtype: 7,
    hex: text("10.10.20.38"),
    kind: "octets",
    shown: "10.10.20.38",
  },
  { from: "nothing", subtype: 7, hex: "", kind: "octets", shown: "" },
])("$from", ({ subtype, hex, kind, shown }) => {
  const id = settledId(readChassisId(Buffer.from(`0${subtype}${hex}`, "hex")));
  expect(id).toMatchObject({ subtypeCode: subtype, value: { kind }, text: shown });
});

test.each([
  "1-2-3-4-5-6",
  "00:50:d7:12:68",
  "00-50:d7-12-68-68",
  "0050.d712.6868.0001",
  "g0:50:d7:12:68:68",
  "",
])("%s is no MAC", (value) => {
  expect(macOfText(value, { isBareTaken: true })).toBeUndefined();
});
