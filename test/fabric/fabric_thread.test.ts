/** The thread itself, which forgets what it does not have. */
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { FabricThread } from "#src/fabric/fabric_thread.ts";

const NOBODY = { machines: [], endpoints: [] };
const SCAN = { appliance: undefined, endpoints: [], seeds: [], prefixes: [] };

test("has readings from the end of a scan until the thread ends", async () => {
  let worker: Worker | undefined;
  await using thread = new FabricThread({
    startWorker: () => {
      worker = new Worker(new URL("../../src/fabric/fabric_worker.ts", import.meta.url), { execArgv: [] });
      return worker;
    },
  });
  expect(thread.hasReadings).toBe(false);
  await thread.merge(NOBODY);
  expect(thread.hasReadings).toBe(false);
  await thread.scan(SCAN);
  expect(thread.hasReadings).toBe(true);
  const cancelled = Promise.allSettled([thread.scan(SCAN)]);
  thread.abort();
  expect(await cancelled).toMatchObject([{ status: "rejected", reason: { message: "it was cancelled" } }]);
  expect(thread.hasReadings).toBe(true);
  const { digest } = await thread.merge(NOBODY);
  expect(await thread.mergeNews(NOBODY, digest)).toBeUndefined();
  expect(await thread.mergeNews(NOBODY, "another")).toMatchObject({ digest });
  await worker?.terminate();
  expect(thread.hasReadings).toBe(false);
  await thread.merge(NOBODY);
  expect(thread.hasReadings).toBe(false);
  await thread.scan(SCAN);
  await thread.rest();
  expect(thread.hasReadings).toBe(false);
});
