import { expect, test, vi } from "vitest";
import type { FabricService } from "#src/app/fabric.ts";
import { FabricKit, NOTHING, settle, stored } from "./fabric_kit.ts";

const kit = new FabricKit();

test.each([
  ["was cancelled", (fabric: FabricService) => void fabric.cancel()],
  ["failed", () => kit.thread.scans.at(-1)?.reject(new Error("its thread has ended"))],
])("what is stored stays when the first scan after the start %s and LLDP is heard", async (_, end) => {
  const latest = stored();
  const fabric = kit.start({ scanIntervalSec: undefined }, latest);
  await vi.advanceTimersByTimeAsync(5000);
  end(fabric);
  await settle();
  fabric.heard();
  await vi.advanceTimersByTimeAsync(4000);
  expect(fabric.failure()).toBeDefined();
  expect(fabric.known()).toBe(latest);
  expect(kit.saved).toEqual([]);
});

test("what is stored stays when the thread has died since the scan, and in the moment that the scan ends", async () => {
  const fabric = kit.start();
  void fabric.scan("asked");
  await kit.finish();
  const before = fabric.known();
  kit.thread.hasReadings = false;
  fabric.heard();
  await vi.advanceTimersByTimeAsync(2000);
  expect(fabric.known()).toBe(before);
  const forgotten = { get: () => false, set: () => undefined };
  Object.defineProperty(kit.thread, "hasReadings", forgotten);
  const failed = Promise.allSettled([fabric.scan("asked")]);
  await kit.finish();
  expect(await failed).toMatchObject([{ status: "rejected", reason: { message: "its thread has ended" } }]);
  expect(fabric.known()).toBe(before);
});

test("what is stored keeps its wiring when no switch answers a scan, and tells who was silent", async () => {
  const latest = stored();
  const fabric = kit.start({}, latest);
  kit.thread.isDeserted = true;
  void fabric.scan("asked");
  await kit.finish();
  expect(fabric.known()?.fabric).toBe(latest.fabric);
  expect(fabric.known()?.record).toMatchObject({ id: 8, read: 0, changes: [] });
});

test("what is stored gives way to what is heard where nobody may be asked, and where no switch was ever read", async () => {
  const alone = kit.start({ prefixes: [] }, stored());
  alone.heard();
  await vi.advanceTimersByTimeAsync(2000);
  expect(alone.known()?.fabric).toBe(NOTHING.fabric);
  const failed = kit.start();
  void Promise.allSettled([failed.scan("asked")]);
  failed.cancel();
  await settle();
  failed.heard();
  await vi.advanceTimersByTimeAsync(2000);
  expect(failed.known()?.fabric).toBe(NOTHING.fabric);
});

test("a graph that is as it was is not stored again: its scan is", async () => {
  const fabric = kit.start();
  for (const port of ["1", "1", "2", "2"]) {
    kit.thread.port = port;
    void fabric.scan("asked");
    await kit.finish();
  }
  expect(kit.saved.map(({ record }) => record.id)).toEqual([1, 3]);
  expect(kit.savedRecords.map(({ id }) => id)).toEqual([2, 4]);
  // What ports have counted is new each time.
  expect(kit.graphs).toBe(4);
});

test("a graph that could not be stored is stored by the next scan", async () => {
  const fabric = kit.start();
  for (const isDiskFull of [true, false]) {
    kit.isDiskFull = isDiskFull;
    void fabric.scan("asked");
    await kit.finish();
  }
  expect(kit.events.map(({ kind }) => kind)).toContain("storeFailed");
  expect(kit.saved.map(({ record }) => record.id)).toEqual([2]);
});
