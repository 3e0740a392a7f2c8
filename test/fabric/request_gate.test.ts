import { expect, test } from "vitest";
import { RequestGate } from "#src/fabric/request_gate.ts";

test("lets in so many, and the others in their order when somebody leaves", async () => {
  const gate = new RequestGate(2);
  const inside: string[] = [];
  const enter = (name: string): Promise<void> => gate.enter().then(() => void inside.push(name));
  const entered = ["a", "b", "c", "d"].map(enter);
  await Promise.all(entered.slice(0, 2));
  expect(inside).toEqual(["a", "b"]);
  gate.leave();
  await entered[2];
  expect(inside).toEqual(["a", "b", "c"]);
  gate.leave();
  await entered[3];
  gate.leave();
  gate.leave();
  await Promise.all([enter("e"), enter("f")]);
  expect(inside).toEqual(["a", "b", "c", "d", "e", "f"]);
});

test("whoever leaves for another makes no more room than there is", async () => {
  const gate = new RequestGate(1);
  let [inside, most] = [0, 0];
  const visit = async (): Promise<void> => {
    await gate.enter();
    most = Math.max(most, ++inside);
    await Promise.resolve();
    inside--;
    gate.leave();
  };
  await Promise.all(Array.from({ length: 5 }, visit));
  await Promise.all(Array.from({ length: 5 }, visit));
  expect(most).toBe(1);
});
