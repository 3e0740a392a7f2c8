import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeTftp, encodeTftp, type TftpPacket, writeDataPackets } from "#src/tftp/packet.ts";
import { capturedDatagrams, hasRecordings } from "#test/net/recordings.ts";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(/\s/g, ""), "hex");
const ascii = (...words: readonly string[]): string =>
  Buffer.from(words.map((word) => `${word}\0`).join("")).toString("hex");

/** One row for each sender we have met, so a failure names a firmware. */
const CAPTURES: readonly { from: string; bytes: Uint8Array; packet: TftpPacket }[] = [
  {
    from: "EDK2's first request, which is after the size only",
    bytes: hex(
      `0001${ascii("loaders/snponly.efi", "octet", "tsize", "0", "blksize", "1468", "windowsize", "4")}`,
    ),
    packet: {
      kind: "read",
      filename: "loaders/snponly.efi",
      options: new Map([
        ["tsize", "0"],
        ["blksize", "1468"],
        ["windowsize", "4"],
      ]),
    },
  },
  {
    from: "firmware that shouts its option names",
    bytes: hex("0001 61 00 4f4354455400 424c4b53495a4500 3134363800"),
    packet: { kind: "read", filename: "a", options: new Map([["blksize", "1468"]]) },
  },
  { from: "client, last block", bytes: hex("0004 ffff"), packet: { kind: "ack", block: 65535 } },
  {
    from: "EDK2 when it has the size",
    bytes: hex(`0005 0008 ${ascii("User aborted the transfer")}`),
    packet: { kind: "error", code: 8, message: "User aborted the transfer" },
  },
  {
    from: "somebody who wants to write",
    bytes: hex(`0002${ascii("a", "octet")}`),
    packet: { kind: "write", filename: "a", options: new Map() },
  },
];

const MALFORMED: readonly { why: string; bytes: Uint8Array; field: string; offsetBytes: number }[] = [
  { why: "empty datagram", bytes: hex(""), field: "opcode", offsetBytes: 0 },
  { why: "one byte, which ended an older server", bytes: hex("00"), field: "opcode", offsetBytes: 0 },
  { why: "opcode 9", bytes: hex("0009 00"), field: "opcode", offsetBytes: 2 },
  { why: "ack one byte short", bytes: hex("0004 00"), field: "block", offsetBytes: 2 },
  { why: "filename never ends", bytes: hex("0001 6162"), field: "filename", offsetBytes: 2 },
  {
    why: "control byte in filename",
    bytes: hex("0001 0a00 6f6374657400"),
    field: "filename",
    offsetBytes: 2,
  },
  { why: "text mode", bytes: hex(`0001${ascii("a", "netascii")}`), field: "mode", offsetBytes: 13 },
  {
    why: "option without a value",
    bytes: hex("0001 6100 6f6374657400 7473697a6500"),
    field: "option tsize",
    offsetBytes: 16,
  },
];

const u16 = fc.integer({ min: 0, max: 0xffff });
const options = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,12}$/), fc.stringMatching(/^[ -~]{0,12}$/))
  .map((entries) => new Map(Object.entries(entries)));
const filename = fc.stringMatching(/^[ -~]{0,60}$/);
const anyPacket: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({ kind: fc.constantFrom("read" as const, "write" as const), filename, options }),
  fc.record({
    kind: fc.constant("data" as const),
    block: u16,
    payload: fc.uint8Array({ maxLength: 512 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ kind: fc.constant("ack" as const), block: u16 }),
  fc.record({ kind: fc.constant("error" as const), code: u16, message: filename }),
  fc.record({ kind: fc.constant("optionAck" as const), options }),
);

describe("decodeTftp", () => {
  test.each(CAPTURES)("reads $from", ({ bytes, packet }) => {
    expect(decodeTftp(bytes)).toEqual({ ok: true, value: packet });
  });

  test.each(MALFORMED)("says where it stopped: $why", ({ bytes, field, offsetBytes }) => {
    expect(decodeTftp(bytes)).toMatchObject({ ok: false, error: { field, offsetBytes } });
  });

  test("never throws, whatever arrives", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void decodeTftp(bytes)));
  });

  test("gives back every packet encodeTftp writes", () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(decodeTftp(encodeTftp(packet))).toEqual({ ok: true, value: packet });
      }),
    );
  });

  test.skipIf(!hasRecordings)("reads or refuses every datagram to port 69 of every capture", () => {
    const datagrams = capturedDatagrams().filter(({ toPort }) => toPort === 69);
    const reads = datagrams.flatMap(({ payload }) => {
      const packet = decodeTftp(payload);
      return packet.ok ? [packet.value] : [];
    });
    expect(reads.length).toBeGreaterThan(3);
  });
});

describe("writeDataPackets", () => {
  const file = Buffer.from("abcdefghij");
  const into = Buffer.alloc(64);
  test.each([
    { what: "one block", first: 1, last: 1, blockSizeBytes: 4, written: "\0\x03\0\x01abcd" },
    {
      what: "several without a gap, the last one short",
      ...{ first: 2, last: 3, blockSizeBytes: 4 },
      written: "\0\x03\0\x02efgh\0\x03\0\x03ij",
    },
    {
      what: "the empty one behind an even size",
      first: 3,
      last: 3,
      blockSizeBytes: 5,
      written: "\0\x03\0\x03",
    },
  ])("writes $what", ({ first, last, blockSizeBytes, written }) => {
    const lengthBytes = writeDataPackets(into, { file, blockSizeBytes, first, last });
    expect(into.subarray(0, lengthBytes).toString("latin1")).toBe(written);
  });

  test("block numbers wrap from 65535 to 0", () => {
    const large = new Uint8Array(65_537);
    const lengthBytes = writeDataPackets(into, {
      file: large,
      blockSizeBytes: 1,
      first: 65_535,
      last: 65_537,
    });
    expect(into.subarray(0, lengthBytes).toString("hex")).toBe("0003ffff00" + "0003000000" + "0003000100");
  });
});
