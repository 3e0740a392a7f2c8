import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFacts } from "#src/dhcp/facts.ts";
import { type DhcpPacket, decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import { ipv4FromNumber } from "#src/value/ipv4.ts";
import { capturedDatagrams, hasRecordings, recordedPackets } from "#test/net/recordings.ts";
import { clientPacket } from "./packets.ts";

const HEAD = `01010600${"00".repeat(24)}525400000001${"00".repeat(202)}63825363`;
const packet = (options: string, head = HEAD): Uint8Array =>
  Buffer.from((head + options).replaceAll(/\s/g, ""), "hex");
const optionsOf = (bytes: Uint8Array): Record<number, string> => {
  const decoded = decodeDhcp(bytes);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return Object.fromEntries(
    [...decoded.value.options].map(([code, value]) => [code, Buffer.from(value).toString("hex")]),
  );
};

describe("decodeDhcp", () => {
  test("reads the frame by the diagram of RFC 2131", () => {
    const decoded = decodeDhcp(
      packet(
        "350101ff",
        "01010600 11223344 0005 8000 0a000001 0a000002 0a000003 0a000004 525400000001 00000000000000000000" +
          `${"00".repeat(64)}${Buffer.from("boot").toString("hex")}${"00".repeat(124)}63825363`,
      ),
    );
    expect(decoded).toMatchObject({
      ok: true,
      value: {
        op: "request",
        htype: 1,
        hops: 0,
        xid: 0x11223344,
        secs: 5,
        flags: 0x8000,
        ciaddr: "10.0.0.1",
        yiaddr: "10.0.0.2",
        siaddr: "10.0.0.3",
        giaddr: "10.0.0.4",
        file: "boot",
        sname: "",
      },
    });
  });

  test("joins an option that comes in pieces, in order (RFC 3396)", () => {
    expect(optionsOf(packet("3c0141 3c0142 ff"))).toEqual({ 60: "4142" });
  });

  test("skips padding and stops at the end option", () => {
    expect(optionsOf(packet("0000 350101 00 ff 3c0141"))).toEqual({ 53: "01" });
  });

  test("does without an end option, as some firmware does", () => {
    expect(optionsOf(packet("350101"))).toEqual({ 53: "01" });
  });

  test("reads options out of file and sname where option 52 says so, and does not take them for names", () => {
    const head = `01010600${"00".repeat(24)}525400000001${"00".repeat(10)}${"0c0142ff".padEnd(128, "0")}${"3c0141ff".padEnd(256, "0")}63825363`;
    expect(optionsOf(packet("340103 350101 ff", head))).toEqual({ 52: "03", 53: "01", 60: "41", 12: "42" });
    const decoded = decodeDhcp(packet("340103 350101 ff", head));
    expect(decoded).toMatchObject({ ok: true, value: { file: "", sname: "" } });
  });

  test("never throws, whatever arrives, and neither do the facts", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 700 }),
      fc.uint8Array({ maxLength: 400 }).map((tail) => Buffer.concat([packet(""), tail])),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        const decoded = decodeDhcp(input);
        if (decoded.ok) readFacts(decoded.value);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("decodeDhcp of what is not a packet", () => {
  const MALFORMED: readonly { why: string; bytes: Uint8Array; field: string }[] = [
    { why: "empty datagram", bytes: Buffer.alloc(0), field: "op" },
    {
      why: "op that is neither request nor reply",
      bytes: packet("ff", HEAD.replace(/^01/, "03")),
      field: "op",
    },
    {
      why: "hardware address longer than its field",
      bytes: packet("ff", HEAD.replace(/^010106/, "010111")),
      field: "hlen",
    },
    { why: "frame cut in the middle of chaddr", bytes: packet("").subarray(0, 30), field: "chaddr" },
    { why: "no cookie", bytes: packet("ff", HEAD.replace(/63825363$/, "63825364")), field: "magic cookie" },
    { why: "option longer than the packet", bytes: packet("3c0541"), field: "option 60" },
    { why: "option one byte longer than the packet", bytes: packet("3c0241"), field: "option 60" },
    { why: "option without a length", bytes: packet("350101 3c"), field: "option 60" },
    { why: "option of 255 bytes in front of 3", bytes: packet("35ff010101"), field: "option 53" },
  ];
  test.each(MALFORMED)("says where it stopped: $why", ({ bytes, field }) => {
    expect(decodeDhcp(bytes)).toMatchObject({ ok: false, error: { field } });
  });
});

const address = fc.nat(0xffff_ffff).map(ipv4FromNumber);
const anyPacket: fc.Arbitrary<DhcpPacket> = fc.record({
  op: fc.constantFrom("request" as const, "reply" as const),
  htype: fc.nat(255),
  hops: fc.nat(255),
  xid: fc.nat(0xffff_ffff),
  secs: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  ciaddr: address,
  yiaddr: address,
  siaddr: address,
  giaddr: address,
  chaddr: fc.uint8Array({ maxLength: 16 }),
  sname: fc.stringMatching(/^[ -~]{0,63}$/),
  file: fc.stringMatching(/^[ -~]{0,127}$/),
  // 52 changes the meaning of file and sname; 0 and 255 are no options.
  options: fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52),
        fc.uint8Array({ maxLength: 600 }),
      ),
      { maxLength: 8 },
    )
    .map((entries) => new Map(entries)),
});

const plain = (value: DhcpPacket): unknown => ({
  ...value,
  chaddr: [...value.chaddr],
  options: [...value.options].map(([code, bytes]) => [code, [...bytes]]),
});

describe("encodeDhcp", () => {
  test("decodeDhcp gives back every packet", () => {
    fc.assert(
      fc.property(anyPacket, (input) => {
        const decoded = decodeDhcp(encodeDhcp(input));
        expect(decoded.ok && plain(decoded.value)).toEqual(plain(input));
      }),
    );
  });

  test("fills up to the 300 bytes of BOOTP, which some relays demand", () => {
    expect(encodeDhcp(clientPacket({}))).toHaveLength(300);
  });
});

describe.skipIf(!hasRecordings)("packets of real firmware (skipped where the recordings are absent)", () => {
  test.each(recordedPackets())("$from", ({ bytes, decoded }) => {
    const packet = decodeDhcp(bytes);
    expect(packet.ok).toBe(true);
    if (!packet.ok) return;
    expect(packet.value.flags).toBe(Number.parseInt(/flags=([0-9a-f]{4})/.exec(decoded)?.[1] ?? "", 16));
    const messages = ["", "DISCOVER", "OFFER", "REQUEST"];
    expect(messages[packet.value.options.get(53)?.[0] ?? 0]).toBe(/53=(\w+)/.exec(decoded)?.[1]);
    const codes = [...decoded.matchAll(/(?:; | )(\d+)=/g)].map(([, code]) => Number(code));
    expect([...packet.value.options.keys()].sort()).toEqual(codes.sort());
  });

  test("every DHCP datagram of every capture is read or refused, none throws", () => {
    const datagrams = capturedDatagrams().filter(({ toPort }) => toPort === 67 || toPort === 68);
    const read = datagrams.filter(({ payload }) => decodeDhcp(payload).ok);
    expect(datagrams.length).toBeGreaterThan(100);
    expect(read.length).toBeGreaterThan(100);
  });

  test("a byte changed anywhere in a real packet never makes it throw", () => {
    const packets = recordedPackets();
    fc.assert(
      fc.property(fc.nat(packets.length - 1), fc.nat(600), fc.nat(255), (which, at, value) => {
        const bytes = Buffer.from(packets[which]?.bytes ?? []);
        bytes[at % bytes.length] = value;
        const decoded = decodeDhcp(bytes);
        if (decoded.ok) readFacts(decoded.value);
      }),
      { numRuns: 3000 },
    );
  });
});
