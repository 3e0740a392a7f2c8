import { expect, test } from "vitest";
import { PhoneHome, readCallPath } from "#src/deploy/probes/phone_home.ts";

const CALL = { deployment: "d7", node: "node3.rack1", round: 1 };
const made = (secret = "secret") =>
  new PhoneHome({ key: Buffer.from(secret), serverOf: () => "http://10.77.0.1:8080" });
const pathOf = (url = ""): string => new URL(url).pathname;

test("an address belongs to one journey of one node in one deployment", () => {
  const home = made();
  const path = pathOf(home.urlFor(CALL));
  expect(home.isCall(path, CALL)).toBe(true);
  expect(made().isCall(path, CALL)).toBe(true);
  expect(made("another").isCall(path, CALL)).toBe(false);
  for (const other of [{ round: 2 }, { deployment: "d8" }, { node: "node4" }])
    expect(home.isCall(path, { ...CALL, ...other })).toBe(false);
});

test("a node without an address cannot be told one", () => {
  const home = new PhoneHome({ key: Buffer.from("x"), serverOf: () => undefined });
  expect(home.urlFor(CALL)).toBeUndefined();
});

test("a call is heard until the node's way has ended", () => {
  const home = made();
  expect(home.hasCalled(CALL)).toBe(false);
  home.hear(CALL);
  expect(home.hasCalled(CALL)).toBe(true);
  expect(home.hasCalled({ ...CALL, round: 2 })).toBe(false);
  home.forget({ ...CALL, node: "node3" });
  expect(home.hasCalled(CALL)).toBe(true);
  home.forget(CALL);
  expect(home.hasCalled(CALL)).toBe(false);
});

test.each([
  "/phone-home/d7/node3/0123",
  "/phone-home/7/node3/0123456789abcdef0123456789abcdef",
  "/phone-home/d7/NODE/0123456789abcdef0123456789abcdef",
  "/phone-home/d7/node3/0123456789abcdef0123456789abcdef/..",
  "/phone-home/d7/node3/0123456789ABCDEF0123456789abcdef",
])("%s is no such address", (path) => {
  expect(readCallPath(path)).toBeUndefined();
});
