import { expect, test } from "vitest";
import { ports, readRows } from "./small_switch.ts";

test("a row with all that it says", () => {
  const reading = readRows(`
    ${ports({ 7: "Gi0/7" })}
    CDP.deviceId.7.1|4|n3k.example.net(FOC1234ABCD)
    CDP.devicePort.7.1|4|Ethernet1/49
    CDP.addressType.7.1|2|1
    CDP.address.7.1|4x|0a000005
    CDP.platform.7.1|4|N3K-C3064PQ
    CDP.version.7.1|4|NX-OS 7.0
    CDP.capabilities.7.1|4x|00000209
  `);
  expect(reading.neighbours).toMatchObject([
    {
      protocol: "cdp",
      ifIndex: 7,
      chassisId: { subtype: "local", text: "n3k.example.net(FOC1234ABCD)" },
      portId: { subtype: "interfaceName", text: "Ethernet1/49" },
      systemName: "n3k.example.net",
      systemDescription: "N3K-C3064PQ, NX-OS 7.0",
      addresses: ["10.0.0.5"],
      isBridge: true,
    },
  ]);
});

test.each([
  { what: "a MAC in bytes", id: "4x|0015fafe4806", text: "00:15:fa:fe:48:06", subtype: "macAddress" },
  { what: "a MAC in digits", id: "4|0015FAFE4806", text: "00:15:fa:fe:48:06", subtype: "macAddress" },
  { what: "a name", id: "4|SEP0015FAFE4806", text: "SEP0015FAFE4806", subtype: "local" },
])("a device id that is $what", ({ id, text, subtype }) => {
  const reading = readRows(`${ports({ 7: "Gi0/7" })}\nCDP.deviceId.7.1|${id}`);
  expect(reading.neighbours.map(({ chassisId }) => chassisId)).toMatchObject([{ text, subtype }]);
});

test("what is wrong is left out", () => {
  const reading = readRows(`
    CDP.deviceId.7|4|no number
    CDP.deviceId.8.1|4|
    CDP.deviceId.9.1|4|on no port
    CDP.address.9.1|4x|001122334455
    CDP.addressType.9.1|2|1
    CDP.deviceId.10.1|2|17
  `);
  expect(reading.neighbours).toMatchObject([{ systemName: "on no port", addresses: [] }]);
  expect(reading.neighbours[0]?.ifIndex).toBeUndefined();
});
