import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TftpOffer } from "#src/tftp/offer.ts";
import {
  MAX_RESENDS,
  MAX_RESENDS_UNANSWERED,
  onAck,
  onSilence,
  startTransfer,
  type Transfer,
  type TransferStep,
  timeoutMs,
} from "#src/tftp/transfer.ts";

const offer = (part: Partial<TftpOffer> = {}): TftpOffer => ({
  ...{ blockSizeBytes: 512, windowBlocks: 1, timeoutSec: undefined, acknowledge: new Map() },
  ...part,
});
const withOptions = (part: Partial<TftpOffer> = {}): TftpOffer =>
  offer({ acknowledge: new Map([["tsize", "1"]]), ...part });
/** Where the time does not matter, it stands still. */
const begin = (granted: TftpOffer, fileBytes: number): TransferStep => startTransfer(granted, fileBytes, 0);
const acknowledge = (transfer: Transfer, wireBlock: number): TransferStep => onAck(transfer, wireBlock, 0);
const next = (step: TransferStep): Transfer => {
  if (!("next" in step)) throw new Error(`over: ${step.kind}`);
  return step.next;
};

describe("before the client has answered", () => {
  test("nothing but the option acknowledgement leaves", () => {
    const start = begin(withOptions({ windowBlocks: 64 }), 1_000_000);
    expect(start.kind).toBe("sendOptionAck");
    expect(onSilence(next(start)).kind).toBe("sendOptionAck");
  });

  test("an ACK of a block is not an answer to options", () => {
    expect(acknowledge(next(begin(withOptions(), 5000)), 1).kind).toBe("ignore");
  });

  test("without options one block leaves", () => {
    expect(begin(offer(), 5000)).toMatchObject({ kind: "sendBlocks", from: 1, through: 1 });
  });
});

describe("lock step", () => {
  const start = next(begin(offer(), 1200));

  test("each ACK brings the next block, the last ends it", () => {
    const second = acknowledge(start, 1);
    expect(second).toMatchObject({ kind: "sendBlocks", from: 2, through: 2 });
    expect(acknowledge(next(acknowledge(next(second), 2)), 3)).toEqual({ kind: "finished" });
  });

  test("a late ACK brings nothing (sorcerer's apprentice)", () => {
    const third = next(acknowledge(next(acknowledge(start, 1)), 2));
    expect(acknowledge(third, 1).kind).toBe("ignore");
    expect(acknowledge(third, 2).kind).toBe("ignore");
  });

  test("an ACK of what was never sent is ignored", () => {
    expect(acknowledge(start, 2).kind).toBe("ignore");
    expect(acknowledge(start, 7).kind).toBe("ignore");
  });

  test("a size that divides evenly ends with an empty block", () => {
    const { blockCount } = next(begin(offer(), 1024));
    expect(blockCount).toBe(3);
    expect(next(begin(offer(), 0)).blockCount).toBe(1);
  });
});

describe("window (RFC 7440)", () => {
  const start = next(acknowledge(next(begin(withOptions({ windowBlocks: 4 }), 512 * 10)), 0));

  test("four blocks leave at once", () => {
    expect(start).toMatchObject({ sent: 4, acked: 0 });
  });

  test("an ACK inside the window starts a new one behind it", () => {
    expect(acknowledge(start, 2)).toMatchObject({ kind: "sendBlocks", from: 3, through: 6 });
  });

  test("a repeated ACK sends the window once more, and only once", () => {
    const second = next(acknowledge(start, 4));
    const again = acknowledge(second, 4);
    expect(again).toMatchObject({ kind: "sendBlocks", from: 5, through: 8 });
    expect(acknowledge(next(again), 4).kind).toBe("ignore");
  });
});

describe("silence", () => {
  test.each([
    { who: "that never answered", transfer: next(begin(offer(), 5000)), limit: MAX_RESENDS_UNANSWERED },
    { who: "that answered", transfer: next(acknowledge(next(begin(offer(), 5000)), 1)), limit: MAX_RESENDS },
  ])("a client $who gets the same again a few times, then counts as gone", ({ transfer, limit }) => {
    let waiting = transfer;
    for (let resend = 0; resend < limit; resend++) {
      const step = onSilence(waiting);
      expect(step).toMatchObject({ kind: "sendBlocks", from: transfer.acked + 1, through: transfer.sent });
      waiting = next(step);
    }
    expect(onSilence(waiting)).toEqual({ kind: "gaveUp" });
  });

  test("before anything is known of the client the pauses grow from half a second", () => {
    let transfer = next(begin(offer(), 5000));
    const waitsMs: number[] = [];
    for (let resend = 0; resend <= MAX_RESENDS_UNANSWERED; resend++) {
      waitsMs.push(timeoutMs(transfer));
      if (resend < MAX_RESENDS_UNANSWERED) transfer = next(onSilence(transfer));
    }
    expect(waitsMs).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
  });

  test("the pause follows what this client usually takes", () => {
    let transfer = next(startTransfer(offer(), 50_000, 0));
    for (let block = 1; block <= 30; block++) transfer = next(onAck(transfer, block, block * 400));
    expect(timeoutMs(transfer)).toBeGreaterThanOrEqual(400);
    expect(timeoutMs(transfer)).toBeLessThan(420);
  });

  test("an answer to what was sent twice says nothing of the time it takes (Karn), and the longer pause stays", () => {
    const start = next(startTransfer(offer(), 50_000, 0));
    const heard = next(onAck(start, 1, 10));
    const twice = next(onSilence(heard));
    const after = next(onAck(twice, 2, 20_000));
    expect(after.roundTrip.smoothedMs).toBe(10);
    expect(timeoutMs(after)).toBe(timeoutMs(heard) * 2);
  });

  test("progress forgives", () => {
    const tired = next(onSilence(next(begin(offer(), 5000))));
    expect(next(acknowledge(tired, 1)).resends).toBe(0);
  });

  test("a client that named its time is given it", () => {
    expect(timeoutMs(next(onSilence(next(begin(offer({ timeoutSec: 5 }), 5000)))))).toBe(5000);
  });
});

/** A client that takes blocks in order and acknowledges the last it has. */
class Client {
  readonly parts: Uint8Array[] = [];
  #has = 0;

  take(file: Uint8Array, step: TransferStep, loses: () => boolean): number {
    for (const block of step.kind === "sendBlocks" ? range(step.from, step.through) : []) {
      if (loses() || block !== this.#has + 1) continue;
      const { blockSizeBytes } = next(step).offer;
      this.parts.push(file.subarray((block - 1) * blockSizeBytes, block * blockSizeBytes));
      this.#has = block;
    }
    return this.#has & 0xffff;
  }
}

const range = (from: number, through: number): readonly number[] =>
  Array.from({ length: through - from + 1 }, (_, index) => from + index);

/** Sends a file over a network of which `loses` says what it eats. The patience of the server is another test's matter. */
function receive(file: Uint8Array, granted: TftpOffer, loses: () => boolean): Buffer {
  const client = new Client();
  const onQuiet = (transfer: Transfer): TransferStep => onSilence({ ...transfer, resends: 0 });
  let step = begin(granted, file.length);
  for (let round = 0; step.kind !== "finished"; round++) {
    if (round > 200_000) throw new Error("no end in sight");
    const transfer = next(step);
    const ack = client.take(file, step, loses);
    const answer = loses() ? onQuiet(transfer) : acknowledge(transfer, ack);
    step = answer.kind === "ignore" ? onQuiet(answer.next) : answer;
  }
  return Buffer.concat(client.parts);
}

test("a file of more than 65535 blocks arrives whole: block numbers wrap", () => {
  const file = new Uint8Array(8 * 70_000 + 3).map((_, at) => at % 251);
  expect(receive(file, withOptions({ blockSizeBytes: 8, windowBlocks: 16 }), () => false).equals(file)).toBe(
    true,
  );
});

test("whatever is lost, what arrives is the file", () => {
  const lost = fc.infiniteStream(fc.integer({ min: 0, max: 9 }).map((die) => die < 3));
  const window = fc.integer({ min: 1, max: 8 });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 4000 }),
      window,
      fc.boolean(),
      lost,
      (file, windowBlocks, asks, dice) => {
        const granted = (asks ? withOptions : offer)({ windowBlocks, blockSizeBytes: 64 });
        expect(receive(file, granted, () => dice.next().value).equals(file)).toBe(true);
      },
    ),
  );
});
