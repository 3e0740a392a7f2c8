import { expect, test } from "vitest";
import { ByteLru } from "#src/images/byte_lru.ts";

const made = (log: string[], key: string) => (): Promise<string> => {
  log.push(key);
  return Promise.resolve(key);
};

test("keeps what was used last within the limit", async () => {
  const log: string[] = [];
  const lru = new ByteLru<Promise<string>>(30);
  for (const key of ["a", "b", "c", "a", "d", "a", "b"]) await lru.take(key, 10, made(log, key));
  expect(log).toEqual(["a", "b", "c", "d", "b"]);
  expect(lru.heldBytes).toBe(30);
});

test("asks once for two who want the same at the same time", async () => {
  const log: string[] = [];
  const lru = new ByteLru<Promise<string>>(30);
  const both = [lru.take("a", 1, made(log, "a")), lru.take("a", 1, made(log, "a"))];
  expect(await Promise.all(both)).toEqual(["a", "a"]);
  expect(log).toEqual(["a"]);
});

test("one thing above the limit is kept until the next comes", async () => {
  const lru = new ByteLru<Promise<string>>(30);
  await lru.take("big", 100, made([], "big"));
  expect(lru.heldBytes).toBe(100);
  await lru.take("small", 1, made([], "small"));
  expect(lru.heldBytes).toBe(1);
});

test("a failure is not kept", async () => {
  const lru = new ByteLru<Promise<string>>(30);
  await expect(lru.take("a", 5, () => Promise.reject(new Error("bad disk")))).rejects.toThrow("bad disk");
  expect(lru.heldBytes).toBe(0);
  expect(await lru.take("a", 5, made([], "a"))).toBe("a");
});
