/**
 * TFTP and HTTP of the appliance, as a program of its own for the bench: `node test/bench/transfer_server.ts INTERFACE
 * FILE…`. Says `ready`, then answers each line on its input with how late its event loop was since the line before.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { BootHttpServer } from "#src/http/boot_server.ts";
import { findInterface } from "#src/net/interface.ts";
import { TftpServer } from "#src/tftp/server.ts";

const [name = "", ...paths] = process.argv.slice(2);
const own = findInterface(name);
const onFault = (fault: unknown): void => void process.stderr.write(`${fault}\n`);
const files = new Map(paths.map((path) => [basename(path), readFileSync(path)]));
const shared = { files, record: () => {}, onFault };
await TftpServer.listen({ ...shared, interface: own, isClient: () => true });
await BootHttpServer.listen({
  ...{ ...shared, addresses: [own.address], httpPort: 8080 },
  scriptFor: async () => "#!ipxe\n",
});
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
process.stdout.write("ready\n");
createInterface(process.stdin).on("line", () => {
  const [p99Ms, maxMs] = [delay.percentile(99), delay.max].map((ns) => Math.round(ns / 1e5) / 10);
  process.stdout.write(`${JSON.stringify({ p99Ms, maxMs })}\n`);
  delay.reset();
});
