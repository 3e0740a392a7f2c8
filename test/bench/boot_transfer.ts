/**
 * How fast boot files travel, next to other servers in the same run, alternating: `node test/bench/boot_transfer.ts`.
 * Root; `sh test/bench/packages.sh` first. BENCH_ROUNDS says how often (3).
 */
import { type ChildProcess, execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Cable, clientAddress, SERVER_ADDRESS, SERVER_DEVICE } from "./cable.ts";

const { BENCH_ROUNDS = "3" } = process.env;
const ROUNDS = Number(BENCH_ROUNDS);
const PEERS = resolve("out/bench/peers");
const ROOT = resolve("out/bench/files");
const SIZES = { large: 64 << 20, ramdisk: 34 << 20, loader: 75_000 } as const;
const CLIENTS = 1000;
const READERS = 100;
const GOT = resolve("out/bench/got");

type Served = { readonly stop: () => Promise<void>; readonly child: ChildProcess };
type Server = { readonly name: string; readonly start: (cable: Cable) => Promise<Served> };

const peerProgram = (name: string, program: string): string => `${PEERS}/${name}/usr/sbin/${program}`;
const [tftpd, atftpd] = [peerProgram("tftpd-hpa", "in.tftpd"), peerProgram("atftpd", "atftpd")];
const NGINX = `daemon off; worker_processes auto; error_log stderr; pid ${ROOT}/nginx.pid;
events { worker_connections 4096; }
http { access_log off; ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${ROOT};`).join(" ")} sendfile on; tcp_nopush on; server { listen 8080; root ${ROOT}; } }
`;

const TFTP: readonly Server[] = [
  peer("tftpd-hpa", [
    tftpd,
    "--listen",
    "--foreground",
    "--address",
    `${SERVER_ADDRESS}:69`,
    "--secure",
    "--user",
    "root",
    ROOT,
  ]),
  peer("atftpd", [
    atftpd,
    ...[
      "--daemon",
      "--no-fork",
      "--bind-address",
      SERVER_ADDRESS,
      "--user",
      "root",
      "--group",
      "root",
      "--maxthread",
      "2000",
    ],
    ROOT,
  ]),
  peer("dnsmasq", [
    peerProgram("dnsmasq-base", "dnsmasq"),
    ...["-k", "-p0", "-C/dev/null", "--enable-tftp", `--tftp-root=${ROOT}`, "--tftp-max=2000", "-uroot"],
  ]),
  { name: "brigade", start: startBrigade },
];
const HTTP: readonly Server[] = [
  peer("nginx", [peerProgram("nginx", "nginx"), "-p", ROOT, "-c", `${ROOT}/nginx.conf`]),
  { name: "brigade", start: startBrigade },
];

const figures = new Map<string, number[]>();
const note = (name: string, value: number): void =>
  void figures.set(name, [...(figures.get(name) ?? []), value]);

function peer(name: string, words: readonly string[]): Server {
  return {
    name,
    start: async (cable) => {
      const child = cable.serve(words, { stdio: ["ignore", "ignore", "ignore"] });
      await pause(500);
      if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
      return { child, stop: () => end(child) };
    },
  };
}

async function startBrigade(cable: Cable): Promise<Served> {
  const files = Object.keys(SIZES).map((name) => `${ROOT}/${name}`);
  const child = cable.serve([
    process.execPath,
    "--no-warnings",
    "test/bench/transfer_server.ts",
    SERVER_DEVICE,
    ...files,
  ]);
  await lineOf(child);
  return { child, stop: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  child.kill();
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function lineOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error("no stdout");
  const lines = createInterface(stdout);
  const [line] = await once(lines, "line");
  lines.close();
  return String(line);
}

/** How late the event loop of our server was since the last time this was asked. */
async function loopDelay({ child }: Served): Promise<{ readonly p99Ms: number; readonly maxMs: number }> {
  const line = lineOf(child);
  child.stdin?.write("delay\n");
  return JSON.parse(await line);
}

async function oneLarge(cable: Cable, name: string, windowBlocks: number): Promise<void> {
  const window = windowBlocks > 1 ? ["--option", `windowsize ${windowBlocks}`] : [];
  const words = ["--option", "blksize 1428", ...window, "--get", "-r", "large", "-l", GOT, SERVER_ADDRESS];
  const { tookMs } = await cable.fetch([`${PEERS}/atftp/usr/bin/atftp`, ...words]);
  execFileSync("cmp", [GOT, `${ROOT}/large`]);
  note(`TFTP 64 MiB, windowsize ${windowBlocks}, ${name}, MB/s`, SIZES.large / tookMs / 1000);
}

async function manySmall(cable: Cable, name: string): Promise<void> {
  const digest = createHash("sha256")
    .update(readFileSync(`${ROOT}/loader`))
    .digest("hex");
  const addresses = Array.from({ length: CLIENTS }, (_, index) => clientAddress(index));
  const words = ["test/bench/tftp_clients.ts", SERVER_ADDRESS, "loader", digest, ...addresses];
  const { seconds, failed } = JSON.parse(await cable.ask([process.execPath, "--no-warnings", ...words]));
  note(`TFTP ${CLIENTS} clients at once, ${name}, s`, seconds);
  note(`TFTP ${CLIENTS} clients at once, ${name}, failed`, failed);
}

async function manyReaders(cable: Cable, name: string): Promise<void> {
  const each = Array.from({ length: READERS }, (_, index) => [
    ...["--next", "-sf", "--interface", clientAddress(index), "-o", "/dev/null"],
    `http://${SERVER_ADDRESS}:8080/ramdisk`,
  ]);
  const words = each.flat().slice(1);
  const { tookMs, ok } = await cable.fetch([
    "curl",
    "-Z",
    "--parallel-immediate",
    "--parallel-max",
    String(READERS),
    ...words,
  ]);
  if (!ok) throw new Error(`${name}: a reader failed`);
  note(`HTTP 34 MB to ${READERS} clients, ${name}, MB/s`, (READERS * SIZES.ramdisk) / tookMs / 1000);
}

async function measure(
  cable: Cable,
  server: Server,
  work: readonly ((cable: Cable, name: string) => Promise<void>)[],
): Promise<void> {
  const served = await server.start(cable);
  for (const one of work) {
    await one(cable, server.name);
    if (server.name !== "brigade") continue;
    const { p99Ms, maxMs } = await loopDelay(served);
    note(`event loop late in ${one.name}, p99, ms`, p99Ms);
    note(`event loop late in ${one.name}, most, ms`, maxMs);
  }
  await served.stop();
}

rmSync("out/bench/files", { recursive: true, force: true });
mkdirSync(ROOT, { recursive: true });
for (const [name, size] of Object.entries(SIZES)) writeFileSync(`${ROOT}/${name}`, randomBytes(size));
writeFileSync(`${ROOT}/nginx.conf`, NGINX);
const lockStep = (cable: Cable, name: string): Promise<void> => oneLarge(cable, name, 1);
const windowed = (cable: Cable, name: string): Promise<void> => oneLarge(cable, name, 16);
{
  using cable = new Cable(CLIENTS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of TFTP) await measure(cable, server, [lockStep, windowed, manySmall]);
    for (const server of HTTP) await measure(cable, server, [manyReaders]);
  }
}
process.stdout.write(
  `${"".padEnd(60)}${["min", "median", "max"].map((head) => head.padStart(9)).join("")}\n`,
);
for (const [name, values] of [...figures].sort(([left], [right]) => left.localeCompare(right))) {
  const sorted = values.toSorted((left, right) => left - right);
  const shown = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  process.stdout.write(
    `${name.padEnd(60)}${shown.map((value = 0) => value.toFixed(1).padStart(9)).join("")}\n`,
  );
}
