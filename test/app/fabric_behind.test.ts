import { expect, test } from "vitest";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { FabricKit } from "./fabric_kit.ts";

const kit = new FabricKit();

test("scans behind the one that runs begin at the seeds of all who asked for it", async () => {
  const fabric = kit.start();
  void fabric.scan("schedule");
  const [one, other, configured] = ["10.0.0.7", "10.0.0.8", "10.0.0.1"] as Ipv4[];
  for (const seeds of [[one], [], [other], [one]] as Ipv4[][]) void fabric.scan("asked", seeds);
  await kit.finish();
  expect(kit.thread.tasks.map(({ seeds }) => seeds)).toEqual([[configured], [one, other, configured]]);
  await kit.finish();
});

test("scans that are asked for while a cancelled one winds down are made", async () => {
  const fabric = kit.start();
  const first = fabric.scan("asked");
  const dropped = fabric.scan("asked", ["10.0.0.7" as Ipv4]);
  const ended = Promise.allSettled([first, dropped]);
  fabric.cancel();
  const again = fabric.scan("asked", ["10.0.0.8" as Ipv4]);
  await ended;
  expect(kit.thread.tasks.map(({ seeds }) => seeds)).toEqual([["10.0.0.1"], ["10.0.0.8", "10.0.0.1"]]);
  await kit.finish();
  expect((await again).record.id).toBe(1);
  expect(kit.thread.scans).toHaveLength(2);
});
