import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFrame } from "#src/agent/frame.ts";
import { CONTROL, decodeAgentMessage } from "#src/agent/messages.ts";
import { encodeApplianceMessage } from "#src/agent/requests.ts";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const token = "ab".repeat(32);
const nic = {
  name: "eth0",
  mac: "52:54:00:AA:bb:01",
  speedMbit: null,
  carrier: true,
  driver: "virtio_net",
  pciPath: "0000:00:03.0",
  address: "10.77.0.5",
};
const disk = {
  name: "/dev/vda",
  bytes: 8 * 2 ** 30,
  sectorBytes: 512,
  model: "",
  serial: "x",
  wwn: "",
  rotational: false,
  removable: false,
};
const inventory = {
  dmi: { vendor: "QEMU", product: "Standard PC", serial: "", uuid: "00000000-0000" },
  firmware: "bios",
  cpu: { model: "QEMU TCG CPU", threads: 1 },
  memBytes: 512 * 2 ** 20,
  nics: [nic],
  disks: [disk],
  lldp: [{ nic: "eth0", frame: "0180c200000e" }],
};
const hello = {
  version: 1,
  token,
  bootId: "12".repeat(16),
  bootMac: "52-54-00-AA-BB-01",
  dataPort: 7801,
  jobs: [],
  inventory,
};
const receiveState = {
  id: "d1/node1/receive/1",
  kind: "receive",
  state: "running",
  chunks: 3,
  chunkCount: 9,
  rawBytesWritten: 1,
  bytesReceived: 2,
  bytesSent: 3,
  upstream: "10.77.0.1:7802",
};
const received = {
  id: "r",
  ok: true,
  rawDigest: "0".repeat(64),
  rawBytes: 5,
  fromBytes: { "10.77.0.1:7802": 5 },
  sentBytes: 0,
  ms: 1,
  error: null,
};

describe("decodeAgentMessage reads", () => {
  test("a first hello, with the MAC in its canonical spelling", () => {
    const message = decodeAgentMessage(CONTROL.hello, json(hello));
    expect(message).toMatchObject({
      ok: true,
      value: {
        kind: "hello",
        token,
        bootMac: "52:54:00:aa:bb:01",
        inventory: { nics: [{ mac: "52:54:00:aa:bb:01", address: "10.77.0.5" }], disks: [disk] },
      },
    });
  });

  test("a later hello: session, jobs, no inventory", () => {
    const { token: _, inventory: __, ...rest } = hello;
    const message = decodeAgentMessage(
      CONTROL.hello,
      json({ ...rest, session: token, jobs: [receiveState] }),
    );
    const { id, kind, state, ...receive } = receiveState;
    expect(message).toEqual({
      ok: true,
      value: {
        kind: "hello",
        session: token,
        bootId: hello.bootId,
        bootMac: "52:54:00:aa:bb:01",
        dataPort: 7801,
        jobs: [{ id, kind, state, receive }],
      },
    });
  });

  test("output, as a view behind its id", () => {
    const payload = Buffer.concat([Uint8Array.of(2), Buffer.from("j1"), Uint8Array.of(0, 255)]);
    expect(decodeAgentMessage(CONTROL.stderr, payload)).toEqual({
      ok: true,
      value: { kind: "output", stream: "stderr", id: "j1", bytes: Buffer.from([0, 255]) },
    });
  });

  test("a result", () => {
    expect(decodeAgentMessage(CONTROL.received, json(received))).toEqual({
      ok: true,
      value: { kind: "received", ...received },
    });
  });

  test("a frame of a later version as unknown", () => {
    expect(decodeAgentMessage(200, Buffer.from("?"))).toEqual({
      ok: true,
      value: { kind: "unknown", type: 200 },
    });
  });

  test("JSON as deep as is allowed, with brackets in strings that do not count", () => {
    const deep = { ...hello, more: nested(63), words: '[{"\\'.repeat(50) };
    expect(decodeAgentMessage(CONTROL.hello, json(deep))).toMatchObject({ ok: true });
  });

  test("an endless product name by cutting it", () => {
    const long = {
      ...hello,
      inventory: { ...inventory, dmi: { ...inventory.dmi, product: "x".repeat(9999) } },
    };
    const message = decodeAgentMessage(CONTROL.hello, json(long));
    const product = message.ok && message.value.kind === "hello" ? message.value.inventory?.dmi.product : "";
    expect(product).toHaveLength(256);
  });
});

test("a newer agent tells more of a receive; which upstream it left, only when it left one", () => {
  const more = { heldUnwrittenBytes: 4, memoryBytes: 5, upstreamChanges: 6, downstreams: 7 };
  const told = { ...receiveState, ...more, lastChange: "Left 10.77.0.5:7801: it refuses" };
  const heartbeat = { uptimeMs: 1, memFreeBytes: 2, jobs: [told, { ...told, lastChange: null }] };
  const { id: _, kind: __, state: ___, ...receive } = told;
  expect(decodeAgentMessage(CONTROL.heartbeat, json(heartbeat))).toMatchObject({
    ok: true,
    value: { jobs: [{ receive }, { receive: { ...receive, lastChange: undefined } }] },
  });
});

const nested = (levels: number): unknown => (levels === 0 ? 0 : [nested(levels - 1)]);
const withDisk = (name: string): unknown => ({
  ...hello,
  inventory: { ...inventory, disks: [{ ...disk, name }] },
});
const REFUSED: readonly { what: string; type?: number; payload: Uint8Array; field: string }[] = [
  { what: "no JSON", payload: Buffer.from("{"), field: "message" },
  { what: "a list", payload: json([]), field: "message" },
  {
    what: "bytes that are not UTF-8",
    payload: Buffer.from('{"version":"\xff"}', "latin1"),
    field: "message",
  },
  { what: "100,000 brackets", payload: Buffer.from("[".repeat(100_000)), field: "message" },
  {
    what: "a field nested too deep, though nobody reads it",
    payload: json({ ...hello, more: nested(64) }),
    field: "message",
  },
  {
    what: "an LLDP frame longer than any",
    payload: json({
      ...hello,
      inventory: { ...inventory, lldp: [{ nic: "eth0", frame: "00".repeat(9217) }] },
    }),
    field: "inventory.lldp[0].frame",
  },
  { what: "another version", payload: json({ ...hello, version: 2 }), field: "version" },
  { what: "neither token nor session", payload: json({ ...hello, token: undefined }), field: "token" },
  { what: "a token that is too short", payload: json({ ...hello, token: "ab" }), field: "token" },
  {
    what: "a boot id with a newline",
    payload: json({ ...hello, bootId: `${"1".repeat(32)}\n` }),
    field: "bootId",
  },
  { what: "a MAC that is none", payload: json({ ...hello, bootMac: "eth0" }), field: "bootMac" },
  { what: "port 0", payload: json({ ...hello, dataPort: 0 }), field: "dataPort" },
  { what: "half a port", payload: json({ ...hello, dataPort: 1.5 }), field: "dataPort" },
  {
    what: "a token without inventory",
    payload: json({ ...hello, inventory: undefined }),
    field: "inventory",
  },
  {
    what: "a disk outside /dev",
    payload: json(withDisk("/etc/passwd")),
    field: "inventory.disks[0].name",
  },
  { what: "a disk that climbs", payload: json(withDisk("/dev/../x")), field: "inventory.disks[0].name" },
  { what: "a disk that acts", payload: json(withDisk("/dev/sda;reboot")), field: "inventory.disks[0].name" },
  {
    what: "more disks than any machine has",
    payload: json({ ...hello, inventory: { ...inventory, disks: Array.from({ length: 4097 }, () => 0) } }),
    field: "inventory.disks",
  },
  {
    what: "a firmware of its own",
    payload: json({ ...hello, inventory: { ...inventory, firmware: "u-boot" } }),
    field: "inventory.firmware",
  },
  {
    what: "a polluted prototype instead of fields",
    payload: Buffer.from('{"__proto__":{"version":1}}'),
    field: "version",
  },
  { what: "a negative code", type: CONTROL.exited, payload: json({ id: "j", code: -1 }), field: "code" },
  { what: "an id with a space", type: CONTROL.listening, payload: json({ id: "a b", port: 1 }), field: "id" },
  {
    what: "an endless id",
    type: CONTROL.listening,
    payload: json({ id: "a".repeat(201), port: 1 }),
    field: "id",
  },
  {
    what: "bytes from nowhere",
    type: CONTROL.received,
    payload: json({ ...received, fromBytes: { "": 1 } }),
    field: "fromBytes",
  },
  { what: "output without id", type: CONTROL.stdout, payload: Buffer.from([0, 65]), field: "id" },
  { what: "output with half an id", type: CONTROL.stdout, payload: Buffer.from([5, 65]), field: "id" },
  {
    what: "output with a control character in its id",
    type: CONTROL.stdout,
    payload: Buffer.from([1, 27]),
    field: "id",
  },
  { what: "empty output", type: CONTROL.stderr, payload: Buffer.alloc(0), field: "id" },
];

describe("decodeAgentMessage refuses", () => {
  test.each(REFUSED)("$what", ({ type = CONTROL.hello, payload, field }) => {
    expect(decodeAgentMessage(type, payload)).toMatchObject({ ok: false, error: { field } });
  });

  test("without ever throwing, any bytes and any JSON", () => {
    const type = fc.integer({ min: 0, max: 25 });
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 99 }), (t, bytes) => void decodeAgentMessage(t, bytes)),
    );
    fc.assert(fc.property(type, fc.jsonValue(), (t, value) => void decodeAgentMessage(t, json(value))));
  });

  test("without ever throwing, a hello with one field replaced by anything", () => {
    const key = fc.constantFrom(...Object.keys(hello), ...Object.keys(inventory));
    fc.assert(
      fc.property(key, fc.jsonValue(), (name, value) => {
        const changed =
          name in hello
            ? { ...hello, [name]: value }
            : { ...hello, inventory: { ...inventory, [name]: value } };
        decodeAgentMessage(CONTROL.hello, json(changed));
      }),
    );
  });
});

test("what the appliance says is a frame with the fields of the protocol", () => {
  const frame = parseFrame(encodeApplianceMessage({ kind: "kill", id: "j1" }));
  expect(frame).toMatchObject({ status: "OK", type: 6, payload: Buffer.from('{"id":"j1"}') });
});
