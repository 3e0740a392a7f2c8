import { expect, test } from "vitest";
import { Turns } from "#src/power/turns.ts";

const live = new AbortController().signal;

test("one after the other for one key, at once for another", async () => {
  const turns = new Turns();
  const said: string[] = [];
  const first = Promise.withResolvers<void>();
  const work = [
    turns.take("a", live, async () => {
      await first.promise;
      said.push("a1");
    }),
    turns.take("a", live, async () => void said.push("a2")),
    turns.take("b", live, async () => void said.push("b1")),
  ];
  await work[2];
  expect(said).toEqual(["b1"]);
  first.resolve();
  await Promise.all(work);
  expect(said).toEqual(["b1", "a1", "a2"]);
});

test("who gives up waiting does not let the next one in too early", async () => {
  const turns = new Turns();
  const first = Promise.withResolvers<void>();
  const impatient = new AbortController();
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await first.promise;
    inside--;
  };
  const one = turns.take("a", live, work);
  const two = turns.take("a", impatient.signal, work);
  const three = turns.take("a", live, work);
  impatient.abort(new Error("operator"));
  await expect(two).rejects.toThrow("operator");
  expect(inside).toBe(1);
  first.resolve();
  await Promise.all([one, three]);
  expect(most).toBe(1);
});

test("a turn that fails ends like any other", async () => {
  const turns = new Turns();
  const failing = turns.take("a", live, () => Promise.reject(new Error("cable")));
  const next = turns.take("a", live, async () => "fine");
  await expect(failing).rejects.toThrow("cable");
  await expect(next).resolves.toBe("fine");
});
