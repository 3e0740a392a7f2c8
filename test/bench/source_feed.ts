/**
 * How fast the appliance itself feeds nodes, and what DHCP takes meanwhile: a real `brigade serve`, which goes on with a
 * stored deployment, readers that prove the key of its broadcast, and machines that boot.
 *
 * `node test/bench/source_feed.ts [--readers 0,1,8,64] [--seconds 8] [--megabytes 256] [--spread] [--program out/brigade]`. Root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { broadcastSecrets } from "#src/broadcast/proof.ts";
import { ImageLibrary } from "#src/images/library.ts";
import { openStore } from "#src/store/store.ts";
import type { Mac } from "#src/value/mac.ts";
import { TAR_END, tarEntry } from "#test/images/tar_bytes.ts";
import { PLAN, running } from "../deploy/states.ts";
import { Cable, SERVER_ADDRESS } from "./cable.ts";

const { values: asked } = parseArgs({
  options: {
    readers: { type: "string", default: "0,1,8,64" },
    seconds: { type: "string", default: "8" },
    megabytes: { type: "string", default: "256" },
    /** Readers begin all over the image, and not together. */
    spread: { type: "boolean", default: false },
    /** The single binary; otherwise the sources. */
    program: { type: "string" },
  },
});
const FOLDER = "out/bench/source";
const DATA = join(FOLDER, "data");
const READER = join(FOLDER, "reader");
const DEPLOYMENT = "d1";
/** New machines a second. */
const DHCP_RATE = "50";
const MOST_READERS = 1024;
const BROADCAST_PORT = 7802;

type Feed = {
  readonly bytes: number;
  readonly seconds: number;
  readonly ended: number;
  readonly broken: number;
};
type Delay = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

mkdirSync(FOLDER, { recursive: true });
execFileSync("gcc", ["-O2", "-o", READER, "test/bench/source_reader.c", "-lcrypto"], { stdio: "inherit" });
const { image, secrets } = await prepare();
using cable = new Cable(MOST_READERS);
for (const readers of asked.readers.split(",")) await measure(Number(readers));

/** An image that does not compress, and a deployment of it that stands in the broadcast. */
async function prepare() {
  rmSync(DATA, { recursive: true, force: true });
  const store = await openStore(DATA, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });
  const directory = join(DATA, "images");
  mkdirSync(directory, { recursive: true });
  const library = new ImageLibrary({ directory, catalogue: store.images, nowMs: Date.now });
  const imported = await library.import({
    source: (await archive()) as Readable,
    name: "big",
    allowUnbootable: true,
  });
  if (!imported.ok) throw new Error(`Cannot import: ${JSON.stringify(imported.problem)}`);
  const made = imported.image;
  const mac = "52:54:00:77:00:01" as Mac;
  await store.nodes.save({
    put: [{ name: "node1", macs: [mac], status: "registered", kernelArguments: [] }],
  });
  await store.deployments.create({
    id: DEPLOYMENT,
    request: { image: "big", nodes: ["node1"], authorizedKeys: [], partitionTable: "gpt" },
    imageDigest: made.digest,
    imageRawBytes: made.rawBytes,
    createdAtMs: Date.now(),
    plans: [PLAN],
    nodes: [{ node: "node1", state: running("broadcast"), plan: 0, records: [] }],
    sourceSentBytes: 0,
  });
  const found = broadcastSecrets(store.secrets.derive("broadcast"), DEPLOYMENT, made.digest);
  await store.close();
  return { image: made, secrets: found };
}

async function archive(): Promise<Readable> {
  const { Readable: Made } = await import("node:stream");
  const pieces = Math.ceil(Number(asked.megabytes) / 16);
  return Made.from(
    (function* () {
      for (let piece = 0; piece < pieces; piece++)
        yield tarEntry({ path: `./fill${piece}`, data: randomBytes(16e6) });
      yield TAR_END;
    })(),
  );
}

async function measure(readers: number): Promise<void> {
  // The deployment gives its silent node up after a minute: each round has an appliance of its own, which goes on with it.
  const data = `${DATA}-${readers}`;
  rmSync(data, { recursive: true, force: true });
  execFileSync("cp", ["-a", "--reflink=auto", DATA, data]);
  const program = asked.program
    ? [asked.program]
    : [process.execPath, "--no-warnings", "--import", "./test/bench/loop_delay.ts", "src/app/main.ts"];
  const words = ["serve", "--interface", "eth0", "--data", data, "--allow-other-dhcp"];
  const pool = ["--pool", "10.79.128.0-10.79.240.255", "--boot-files", "out/boot"];
  const serving = cable.serve([...program, ...words, ...pool], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  const ended = once(serving, "exit");
  try {
    await says(serving, "Serving");
    const idleBytes = residentBytes(serving);
    await loopDelay(serving);
    const before = cpuSeconds(serving);
    const latency = client([
      process.execPath,
      "--no-warnings",
      "test/bench/latency_client.ts",
      "eth0",
      DHCP_RATE,
      asked.seconds,
    ]);
    const feed =
      readers === 0 ? undefined : await client(reading(readers)).then((text) => JSON.parse(text) as Feed);
    const dhcp = JSON.parse(await latency);
    const cpuSec = cpuSeconds(serving) - before;
    const late = await loopDelay(serving);
    const [load] = readFileSync("/proc/loadavg", "utf8").split(" ");
    const gbit = feed ? (feed.bytes * 8) / feed.seconds / 1e9 : 0;
    const cpuPerGiB = feed ? cpuSec / (feed.bytes / 2 ** 30) : 0;
    const report = {
      readers,
      gbitPerSec: round(gbit),
      cpuSecPerGiB: round(cpuPerGiB),
      broken: feed?.broken,
      offerMs: dhcp.offerMs,
      ackMs: dhcp.ackMs,
      lost: dhcp.lost,
      late,
      idleMB: Math.round(idleBytes / 1e6),
      afterMB: Math.round(residentBytes(serving) / 1e6),
      load,
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } finally {
    serving.kill("SIGKILL");
    await ended;
    rmSync(data, { recursive: true, force: true });
  }
}

function reading(readers: number): readonly string[] {
  const [broadcast, key] = [secrets.broadcast.toString("hex"), secrets.key.toString("hex")];
  const start = asked.spread ? `${image.chunkCount}` : "0";
  return [READER, SERVER_ADDRESS, `${BROADCAST_PORT}`, broadcast, key, start, `${readers}`, asked.seconds];
}

async function client(words: readonly string[]): Promise<string> {
  const child = spawn("ip", ["netns", "exec", "bg-bench-client", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (part: Buffer) => {
    said += part;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${words[0]} ended with ${code}`);
  return said;
}

async function says(child: ChildProcess, text: string): Promise<void> {
  for await (const line of createInterface(child.stdout as Readable)) if (line.includes(text)) break;
  child.stdout?.resume();
}

async function loopDelay(child: ChildProcess): Promise<Delay | undefined> {
  if (asked.program) return undefined;
  const answer = once(child.stdio[3] as Readable, "data");
  child.kill("SIGUSR2");
  return JSON.parse(String((await answer)[0])) as Delay;
}

function residentBytes({ pid }: ChildProcess): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** User and system time, all threads. */
function cpuSeconds({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
