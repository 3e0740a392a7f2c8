import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFrame } from "#src/agent/frame.ts";
import {
  DATA,
  type DataMessage,
  decodeDataMessage,
  encodeDataMessage,
  PIECE_MAX_BYTES,
} from "#src/broadcast/data_frame.ts";
import { broadcastSecrets, downstreamProof, isSameProof, upstreamProof } from "#src/broadcast/proof.ts";
import { fromHex, readVectors } from "#test/agent/vectors.ts";

const NUMBERS = new Set(["chunk", "offset", "reason"]);
const KINDS = new Map<number, string>(Object.entries(DATA).map(([kind, type]) => [type, kind]));

const ROWS = readVectors("data.tsv").map(([what = "", type, status, fields = "", payload]) => ({
  what,
  type: Number(type),
  good: status === "OK",
  payload: fromHex(payload),
  expected: {
    kind: KINDS.get(Number(type)),
    ...Object.fromEntries(
      fields.split(" ").flatMap((field) => {
        const [name = "", value] = field.split("=");
        return name ? [[name, NUMBERS.has(name) ? Number(value) : fromHex(value)]] : [];
      }),
    ),
  },
}));

describe("decodeDataMessage", () => {
  test.each(ROWS.filter(({ good }) => good))("reads $what", ({ type, payload, expected }) => {
    expect(decodeDataMessage(type, payload)).toEqual({ ok: true, value: expected });
  });

  test.each(ROWS.filter(({ good }) => !good))("refuses $what", ({ type, payload }) => {
    expect(decodeDataMessage(type, payload)).toMatchObject({ ok: false });
  });

  test("the table was read", () => expect(ROWS.length).toBeGreaterThan(25));

  test.each([
    { bytes: PIECE_MAX_BYTES, ok: true },
    { bytes: PIECE_MAX_BYTES + 1, ok: false },
  ])("a piece of $bytes bytes: $ok", ({ bytes, ok }) => {
    expect(decodeDataMessage(DATA.piece, Buffer.alloc(8 + bytes))).toMatchObject({ ok });
  });

  test("never throws, whatever arrives", () => {
    const type = fc.integer({ min: 60, max: 75 });
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 100 }), (t, bytes) => void decodeDataMessage(t, bytes)),
    );
  });

  test("gives back every message that encodeDataMessage writes", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const frame = parseFrame(encodeDataMessage(message));
        if (frame.status !== "OK") throw new Error(frame.status);
        expect(decodeDataMessage(frame.type, frame.payload)).toEqual({ ok: true, value: message });
      }),
    );
  });
});

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const anyMessage: fc.Arbitrary<Exclude<DataMessage, { kind: "unknown" }>> = fc.oneof(
  fc.record({
    kind: fc.constant("fetch" as const),
    broadcast: bytes(16),
    nonce: bytes(32),
    chunk: u32,
    offset: u32,
  }),
  fc.record({ kind: fc.constant("challenge" as const), nonce: bytes(32), proof: bytes(32) }),
  fc.record({ kind: fc.constant("prove" as const), proof: bytes(32) }),
  fc.record({ kind: fc.constant("refuse" as const), reason: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("piece" as const), chunk: u32, offset: u32, bytes: bytes(9) }),
  fc.record({ kind: fc.constantFrom("verified" as const, "retract" as const), chunk: u32 }),
  fc.record({ kind: fc.constantFrom("idle" as const, "end" as const) }),
);

describe("proofs", () => {
  test.each(readVectors("data_proof.tsv"))("%s", (_, ...cells) => {
    const [key, broadcast, downstreamNonce, upstreamNonce, upstream, downstream] = cells.map(fromHex);
    const handshake = { key, broadcast, downstreamNonce, upstreamNonce } as Record<
      "key" | "broadcast" | "downstreamNonce" | "upstreamNonce",
      Buffer
    >;
    expect(upstreamProof(handshake)).toEqual(upstream);
    expect(downstreamProof(handshake)).toEqual(downstream);
  });

  test("are the same only when every byte is", () => {
    expect(isSameProof(Buffer.from("ab"), Buffer.from("ab"))).toBe(true);
    expect(isSameProof(Buffer.from("ab"), Buffer.from("ac"))).toBe(false);
    expect(isSameProof(Buffer.from("ab"), Buffer.from("abc"))).toBe(false);
  });

  test("number and key depend on secret, deployment and image, and on nothing else", () => {
    const make = (secret: string, deployment: string, image: string) => {
      const { key, broadcast } = broadcastSecrets(Buffer.from(secret), deployment, image);
      expect([key.length, broadcast.length]).toEqual([32, 16]);
      return key.toString("hex") + broadcast.toString("hex");
    };
    expect(make("s", "d1", "i")).toBe(make("s", "d1", "i"));
    const others = [make("s", "d1", "i"), make("t", "d1", "i"), make("s", "d2", "i"), make("s", "d1", "j")];
    expect(new Set(others).size).toBe(4);
  });
});
