/** How long DHCP takes while the database is held for 30 s: `node test/bench/stalled_database.ts [SECONDS]`. Root. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { Wire } from "#test/boot/namespaces.ts";

const SECONDS = process.argv[2] ?? "30";
/** A rack a second. */
const RATE = "50";
const DATA = "out/bench/stalled";

using wire = new Wire("stall");
const server = wire.plug("srv", { address: "10.60.0.1/16" });
const client = wire.plug("cl");
// The second shows what the machine itself takes.
await measure(SECONDS);
await measure("0");

async function measure(heldSec: string): Promise<void> {
  rmSync(DATA, { recursive: true, force: true });
  const words = ["netns", "exec", server, process.execPath, "--no-warnings", "test/bench/stalled_server.ts"];
  const serving = spawn("ip", [...words, "eth0", DATA, heldSec], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(serving, "exit");
  try {
    await once(serving.stdout, "data");
    const asking = [
      "netns",
      "exec",
      client,
      process.execPath,
      "--no-warnings",
      "test/bench/latency_client.ts",
    ];
    const lasting = `${Number(SECONDS) - 3}`;
    const report = execFileSync("ip", [...asking, "eth0", RATE, lasting], { encoding: "utf8" });
    const [load] = readFileSync("/proc/loadavg", "utf8").split(" ");
    process.stdout.write(`load ${load}, database held for ${heldSec} s: ${report}`);
  } finally {
    serving.kill("SIGKILL");
    await ended;
  }
}
