/** How long DHCP takes while the database is held for 30 s: `node test/bench/stalled_database.ts [SECONDS]`. Root. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { Wire } from "#test/boot/namespaces.ts";

const SECONDS = process.argv[2] ?? "30";
/** A rack a second. */
const RATE = "50";
const DATA = "out/bench/stalled";

rmSync(DATA, { recursive: true, force: true });
using wire = new Wire("stall");
const server = wire.plug("srv", { address: "10.60.0.1/16" });
const client = wire.plug("cl");
const words = ["netns", "exec", server, process.execPath, "--no-warnings", "test/bench/stalled_server.ts"];
const serving = spawn("ip", [...words, "eth0", DATA, SECONDS], { stdio: ["ignore", "pipe", "inherit"] });
try {
  await once(serving.stdout, "data");
  const asking = ["netns", "exec", client, process.execPath, "--no-warnings", "test/bench/latency_client.ts"];
  const report = execFileSync("ip", [...asking, "eth0", RATE, `${Number(SECONDS) - 3}`], {
    encoding: "utf8",
  });
  const load = readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 1);
  process.stdout.write(`load ${load}, database held for ${SECONDS} s: ${report}`);
} finally {
  serving.kill("SIGKILL");
}
