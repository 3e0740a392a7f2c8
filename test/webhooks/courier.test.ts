import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import type { ApplianceEvent } from "#src/events/event.ts";
import { type Attempt, Courier, MAX_WAITING } from "#src/webhooks/courier.ts";
import { signedHeaders } from "#src/webhooks/signature.ts";
import type { Delivery, Webhook } from "#src/webhooks/webhook.ts";

const WEBHOOK: Webhook = {
  ...{ id: "w1", url: "https://hooks.test/x", kinds: ["*"], secret: "whsec_c2VjcmV0" },
  ...{ allowLocal: false, createdAtMs: 0 },
};
const delivery = (id: string, createdAtMs = 0): Delivery => ({
  id,
  webhook: "w1",
  body: `{"${id}":1}`,
  createdAtMs,
});

/** A receiver and a clock in the hands of the test. */
class Stand {
  nowMs = 0;
  readonly events: ApplianceEvent[] = [];
  readonly done: string[] = [];
  readonly posted: string[] = [];
  readonly pauses: number[] = [];
  answer: Attempt = { ok: true, status: 200 };
  /** Called before each pause is over. */
  onPause: (ms: number) => void = () => {};
  #idle = Promise.withResolvers<void>();

  courier(waiting: readonly Delivery[] = []): Courier {
    return new Courier({
      webhook: WEBHOOK,
      waiting,
      post: async (_, { headers }) => {
        this.posted.push(headers["webhook-id"] ?? "");
        return this.answer;
      },
      pause: async (ms) => {
        this.pauses.push(ms);
        this.nowMs += ms;
        this.onPause(ms);
      },
      nowMs: () => this.nowMs,
      record: (event) => this.events.push(event),
      onDone: ({ id }) => {
        this.done.push(id);
        this.#idle.resolve();
        this.#idle = Promise.withResolvers();
      },
    });
  }

  /** Until so many were delivered or given up. */
  async until(count: number): Promise<void> {
    while (this.done.length < count) await this.#idle.promise;
  }
}

let stand = new Stand();
beforeEach(() => {
  stand = new Stand();
});

test("deliveries go out one after the other, those from before the start first", async () => {
  const courier = stand.courier([delivery("a"), delivery("b")]);
  courier.take(delivery("c"));
  await stand.until(3);
  expect(stand.posted).toEqual(["a", "b", "c"]);
  expect(courier.state).toEqual({ waiting: 0 });
  expect(stand.events).toEqual([]);
});

test("what fails is tried again, later each time, and nothing overtakes it", async () => {
  stand.answer = { ok: false, why: "the receiver answered 500" };
  stand.onPause = () => {
    if (stand.pauses.length === 11) stand.answer = { ok: true, status: 200 };
  };
  const courier = stand.courier();
  courier.take(delivery("a"));
  courier.take(delivery("b"));
  await stand.until(2);
  expect(stand.posted).toEqual([...Array(12).fill("a"), "b"]);
  expect(stand.pauses).toEqual([...[1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((sec) => sec * 1000)]);
  expect(stand.events).toEqual([
    { kind: "webhookFailed", webhook: "w1", because: "the receiver answered 500" },
    { kind: "webhookDelivers", webhook: "w1", failed: 11 },
  ]);
  expect(courier.state).toEqual({ waiting: 0 });
});

test("after an hour it is given up, and told", async () => {
  stand.answer = { ok: false, why: "WHY" };
  const courier = stand.courier([delivery("a")]);
  await stand.until(1);
  expect(stand.nowMs).toBeGreaterThanOrEqual(3_600_000);
  expect(stand.nowMs).toBeLessThan(3_600_000 + 600_000);
  expect(stand.events.at(-1)).toEqual({ kind: "webhookDropped", webhook: "w1", times: 1 });
  expect(courier.state).toEqual({ waiting: 0, failing: "WHY" });
});

test("the queue has an end: the oldest that is not on its way makes room", async () => {
  const never = new Stand();
  const courier = new Courier({
    ...{ webhook: WEBHOOK, waiting: [], pause: async () => {}, nowMs: () => 0 },
    post: () => new Promise(() => {}),
    record: (event) => never.events.push(event),
    onDone: ({ id }) => never.done.push(id),
  });
  for (let index = 0; index < MAX_WAITING + 3; index++) courier.take(delivery(`e${index}`));
  expect(never.done).toEqual(["e1", "e2", "e3"]);
  expect(courier.state.waiting).toBe(MAX_WAITING);
  // The first is told at once, the others with the next one after a minute.
  expect(never.events).toEqual([{ kind: "webhookDropped", webhook: "w1", times: 1 }]);
});

describe("a signature", () => {
  test("is the one of Standard Webhooks", () => {
    const headers = signedHeaders({ id: "msg_1", body: "{}" }, "whsec_c2VjcmV0", 1_700_000_000);
    const expected = createHmac("sha256", "secret").update("msg_1.1700000000.{}").digest("base64");
    expect(headers).toMatchObject({
      "webhook-id": "msg_1",
      "webhook-timestamp": "1700000000",
      "webhook-signature": `v1,${expected}`,
    });
  });

  // The example of the specification's own libraries.
  test("of a known message", () => {
    const { "webhook-signature": signature } = signedHeaders(
      { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: '{"test": 2432232314}' },
      "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
      1_614_265_330,
    );
    expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("takes a secret of another kind as it is", () => {
    const headers = signedHeaders({ id: "i", body: "b" }, "plain secret words", 1);
    const expected = createHmac("sha256", "plain secret words").update("i.1.b").digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  });
});
