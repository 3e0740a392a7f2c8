/** Frames of real devices and of those who want to break decoders: the result is bounded, whatever is sent. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CHASSIS, FULL, frameOf, PORT, recordedLldp, TTL, tlv } from "./lldp_frames.ts";
import { checkedLldp } from "./lldp_invariants.ts";

const recorded = recordedLldp();
const frames = [FULL, ...recorded.map(({ bytes }) => bytes)];
/** The mandatory ones in front, so that what hostile captures carry is read at all. */
const completed = frames.map((frame) => frameOf([CHASSIS, PORT, TTL, frame.subarray(14)]));

/** Ethernet header, chassis id, port id and lifetime of the frames built by hand. */
const MANDATORY_BYTES = frameOf([CHASSIS, PORT, TTL]).length;

describe("decodeLldp never throws and stays within its bounds", () => {
  const anyTlv = fc
    .tuple(
      fc.oneof(fc.constantFrom(4, 5, 6, 7, 8, 127), fc.nat(127)),
      fc.oneof(
        fc.uint8Array({ maxLength: 80, size: "max" }),
        fc
          .tuple(
            fc.constantFrom("0080c201", "0080c203", "0080c207", "00120f01", "00120f03", "00120f04"),
            fc.uint8Array({ maxLength: 40, size: "max" }),
          )
          .map(([kind, value]) => Buffer.concat([Buffer.from(kind, "hex"), value])),
      ),
    )
    .map(([type, value]) => tlv(type, value));

  test("of any bytes and any TLVs", () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 1600, size: "max" }),
      fc.array(anyTlv, { maxLength: 60, size: "max" }).map((tlvs) => frameOf([CHASSIS, PORT, TTL, ...tlvs])),
    );
    fc.assert(
      fc.property(any, (bytes) => void checkedLldp(bytes)),
      { numRuns: 1000 },
    );
  });

  test("of frames with wrong bytes in them", () => {
    const wrong = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8, size: "max" });
    fc.assert(
      fc.property(fc.constantFrom(...frames, ...completed), wrong, (frame, changes) => {
        const bytes = Buffer.from(frame);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        checkedLldp(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test("of every prefix of a frame; one that holds what is mandatory is read", () => {
    for (const frame of [...frames, ...completed])
      for (let sizeBytes = 0; sizeBytes <= frame.length; sizeBytes++) {
        const decoded = checkedLldp(frame.subarray(0, sizeBytes));
        if (frame === FULL) expect(decoded.ok, `${sizeBytes} bytes`).toBe(sizeBytes >= MANDATORY_BYTES);
      }
  });

  test("of the largest frame that an agent reports, full of the smallest TLVs", () => {
    for (const one of [tlv(9), tlv(8, "02 10 00 02 00000001 00"), tlv(127, "0080c2 03 0001 02 0a0a")]) {
      const bytes = frameOf([CHASSIS, PORT, TTL, Buffer.alloc(9216 - MANDATORY_BYTES, one)]);
      expect(checkedLldp(bytes)).toMatchObject({ ok: true, value: { ended: "limit" } });
    }
  });
});
