/** Brigade in the bench: real agents, the appliance's own hub, coordinator and source. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DISK_CHUNK_BYTES } from "#src/images/chunker.ts";
import { Network } from "#test/broadcast/network.ts";
import { BENCH_NOISE, countIntact, cpuSecOf, linkImages, MEMORY_DIR } from "./crew.ts";
import { learnOrder, type OrderSource } from "./learnt_order.ts";
import type { Measured, Point } from "./point.ts";

/** Agents are connected, as on nodes in the ramdisk; from the first order to the last report. */
export async function measureBrigade(
  point: Point,
  image: string,
  orderFrom: OrderSource = "told",
): Promise<Measured> {
  await using network = await brigadeNetwork(point, image);
  const { lan, appliance } = network;
  const order = await orderOf(network, orderFrom);
  const copyOf = (node: string): string => join(network.dir, node, "out");
  const pids = [appliance.pid, ...lan.nodes.map((node) => network.pid(node))];
  const cpuSec = (): number => pids.reduce((sum, pid) => sum + cpuSecOf(pid), 0);
  for (const node of lan.nodes) writeFileSync(copyOf(node), "");
  const before = { cpuSec: cpuSec(), links: lan.uplinkBytes() };
  const startMs = performance.now();
  for (const { node, path } of order) {
    appliance.tell({ kind: "join", node, path, sink: { kind: "disk", device: copyOf(node) } });
  }
  const reports = lan.nodes.map((node) => appliance.report("received", (report) => report.node === node));
  const received = await Promise.all(reports);
  if (BENCH_NOISE) for (const report of received) process.stderr.write(`${JSON.stringify(report)}\n`);
  return {
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: cpuSec() - before.cpuSec,
    linkImages: linkImages(before.links, lan.uplinkBytes(), point.sizeBytes),
    intact: countIntact(image, lan.nodes.map(copyOf)),
  };
}

type Step = { readonly node: string; readonly path: readonly string[] };

/** What is learnt is not part of what is measured: the appliance knows it before a deployment begins. */
async function orderOf(network: Network, from: OrderSource): Promise<readonly Step[]> {
  if (from === "told") return network.lan.nodesByFabric.map((node) => ({ node, path: [] }));
  const { order, seconds, text } = await learnOrder(network, from);
  process.stderr.write(`Order ${from} in ${seconds.toFixed(2)} s\n${text}`);
  return order.nodes;
}

/** All agents are there. */
async function brigadeNetwork(point: Point, image: string): Promise<Network> {
  const network = await Network.build({
    ...point.lan,
    image,
    kind: "disk",
    chunkRawBytes: DISK_CHUNK_BYTES,
    parentDir: MEMORY_DIR,
  });
  for (const node of network.nodes) network.startAgent(node);
  for (const node of network.nodes) {
    await network.appliance.report("change", ({ change }) => change.node === node);
  }
  return network;
}
