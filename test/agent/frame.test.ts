import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, FrameSplitter, frameHeader, PAYLOAD_MAX_BYTES, parseFrame } from "#src/agent/frame.ts";
import { fromHex, readVectors } from "./vectors.ts";

const ROWS = readVectors("frame.tsv").map(([what = "", status, type, payload, used, bytes]) => ({
  what,
  bytes: fromHex(bytes),
  expected:
    status === "OK"
      ? { status, type: Number(type), payload: fromHex(payload), usedBytes: Number(used) }
      : { status },
}));

describe("parseFrame", () => {
  test.each(ROWS)("$what", ({ bytes, expected }) => expect(parseFrame(bytes)).toEqual(expected));

  test("the table was read", () => expect(ROWS.length).toBeGreaterThan(15));

  test("never throws, whatever arrives", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseFrame(bytes)));
  });
});

const anyFrame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

describe("FrameSplitter", () => {
  test("gives back what was framed, however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (frames, cuts) => {
          const stream = Buffer.concat(frames.map(({ type, payload }) => encodeFrame(type, payload)));
          const splitter = new FrameSplitter();
          const got: unknown[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            const split = splitter.push(stream.subarray(at, at + cut));
            if (!split.ok) throw new Error(split.problem);
            got.push(...split.frames);
            at += cut;
          }
          expect(got).toEqual(frames);
        },
      ),
    );
  });

  test("takes the longest payload in small pieces", () => {
    const stream = encodeFrame(7, Buffer.alloc(PAYLOAD_MAX_BYTES, 5));
    const splitter = new FrameSplitter();
    const counts: number[] = [];
    for (let at = 0; at < stream.length; at += 1000) {
      const split = splitter.push(stream.subarray(at, at + 1000));
      if (split.ok && split.frames.length > 0) counts.push(split.frames[0]?.payload.length ?? 0);
    }
    expect(counts).toEqual([PAYLOAD_MAX_BYTES]);
  });

  test.each([
    {
      what: "another protocol",
      stream: Buffer.from("GET / HTTP/1.1\r\n"),
      problem: "does not start with BG1",
    },
    { what: "a length above the limit", stream: fromHex("4247310200100001"), problem: "longer than" },
    {
      what: "another protocol behind a good frame",
      stream: Buffer.concat([encodeFrame(20), Buffer.from("SSH-2.0-x")]),
      problem: "does not start with BG1",
    },
  ])("refuses $what for good", ({ stream, problem }) => {
    const splitter = new FrameSplitter();
    expect(splitter.push(stream)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
    expect(splitter.push(encodeFrame(20))).toMatchObject({ ok: false });
  });
});

test("a payload above the limit cannot be framed", () => {
  expect(() => frameHeader(1, PAYLOAD_MAX_BYTES + 1)).toThrow(
    "Cannot frame 1048577 bytes: at most 1048576 fit",
  );
});
