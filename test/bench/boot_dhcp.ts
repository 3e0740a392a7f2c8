/**
 * DHCP of Brigade next to Kea, dnsmasq and ISC dhcpd, in turns, over a real veth between two namespaces. Root.
 *
 *     node test/bench/boot_dhcp.ts [--servers Brigade,Kea] [--rounds 1] [--only avalanche|steady|highest]
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { DHCP_SERVERS, type DhcpServer, RELAY_ADDRESS, SERVER_ADDRESS } from "./dhcp_servers.ts";
import { avalanche, type SteadyReport, steady } from "./perfdhcp.ts";

const CLIENTS = 4000;
const AVALANCHE_LIMIT_SEC = 120;
const STEADY = { rates: [2000, 4000], seconds: 5 } as const;
/** Tried in this order until one is too much. */
const RATES = [500, 1000, 2000, 3000, 4000, 5000, 6000, 8000, 10_000, 12_000];
const MOST_DROPS_PERCENT = 0.1;
/** perfdhcp may be a little late; a server that is slower than that is not keeping up. */
const LEAST_OF_RATE = 0.97;
const SPACES = { server: "bg-bench-srv", clients: "bg-bench-cl" } as const;
const FOLDERS = { peers: "/tmp/bg-bench-peers", brigade: "out/bench/data" } as const;

const { values } = parseArgs({
  options: {
    servers: { type: "string", default: DHCP_SERVERS.map(({ name }) => name).join(",") },
    rounds: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const wanted = values.servers.split(",");
const servers = DHCP_SERVERS.filter(({ name }) => wanted.includes(name));
const table = new Map<string, Map<string, string[]>>();

layWire();
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const server of servers) if (does("avalanche")) await measureAvalanche(server);
    for (const server of servers) if (does("steady")) await measureSteady(server);
    for (const server of servers) if (does("highest")) await measureHighest(server);
  }
} finally {
  removeWire();
}
print();

function does(what: string): boolean {
  return values.only === undefined || values.only === what;
}

async function measureAvalanche(server: DhcpServer): Promise<void> {
  await using _running = await start(server);
  const seconds = avalanche(SPACES.clients, CLIENTS, AVALANCHE_LIMIT_SEC);
  note(`${CLIENTS} at once, s`, server, seconds?.toFixed(2) ?? `over ${AVALANCHE_LIMIT_SEC}`);
}

async function measureSteady(server: DhcpServer): Promise<void> {
  await using _running = await start(server);
  for (const rate of STEADY.rates) {
    const report = steady(SPACES.clients, rate, STEADY.seconds);
    const shown = `${report.dropPercent.toFixed(2)} / ${report.averageMs.toFixed(1)}`;
    note(`${rate} a second: % dropped / average ms`, server, shown);
  }
}

async function measureHighest(server: DhcpServer): Promise<void> {
  await using _running = await start(server);
  const passed = RATES.slice(
    0,
    RATES.findIndex((rate) => !keepsUp(rate, steady(SPACES.clients, rate, 4))),
  );
  note(`highest rate below ${MOST_DROPS_PERCENT} % drops`, server, `${passed.at(-1) ?? 0}`);
}

function keepsUp(asked: number, { rate, dropPercent }: SteadyReport): boolean {
  return dropPercent < MOST_DROPS_PERCENT && rate > asked * LEAST_OF_RATE;
}

/** Starts it with no lease at all, and waits until it has its port. */
async function start(server: DhcpServer): Promise<AsyncDisposable> {
  for (const folder of [FOLDERS.brigade, FOLDERS.peers]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(FOLDERS.brigade, { recursive: true });
  mkdirSync(FOLDERS.peers);
  run("mount", "-t", "tmpfs", "tmpfs", FOLDERS.peers);
  const words = ["netns", "exec", SPACES.server, ...server.prepare(FOLDERS)];
  const child = spawn("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
  for (let tries = 0; !listens(); tries++) {
    if (tries > 300 || child.exitCode !== null) throw new Error(`${server.name} did not start`);
    await pause(100);
  }
  // What is left of the start is not measured.
  await pause(1000);
  return {
    [Symbol.asyncDispose]: async () => {
      await stop(child);
      run("umount", "-l", FOLDERS.peers);
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** Somebody has UDP port 67, with a socket of the kernel's list or a raw one. */
function listens(): boolean {
  return run("ip", "netns", "exec", SPACES.server, "ss", "-Hulpn", "sport = :67").length > 0;
}

function layWire(): void {
  removeWire();
  for (const space of Object.values(SPACES)) run("ip", "netns", "add", space);
  const veth = `link add eth0 netns ${SPACES.server} type veth peer name eth0 netns ${SPACES.clients}`;
  run("ip", ...veth.split(" "));
  run("ip", "-n", SPACES.server, "address", "add", SERVER_ADDRESS, "dev", "eth0");
  run("ip", "-n", SPACES.clients, "address", "add", RELAY_ADDRESS, "dev", "eth0");
  for (const space of Object.values(SPACES)) {
    for (const device of ["lo", "eth0"]) run("ip", "-n", space, "link", "set", device, "up");
  }
}

function removeWire(): void {
  const there = run("ip", "netns", "list");
  for (const space of Object.values(SPACES)) if (there.includes(space)) run("ip", "netns", "delete", space);
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8" });
}

function note(what: string, { name }: DhcpServer, value: string): void {
  process.stderr.write(`${name}: ${what}: ${value}\n`);
  const row = table.get(what) ?? new Map<string, string[]>();
  row.set(name, [...(row.get(name) ?? []), value]);
  table.set(what, row);
}

function print(): void {
  const line = (cells: readonly string[]): void => {
    const [first = "", ...rest] = cells;
    process.stdout.write(`${first.padEnd(44)}${rest.map((cell) => cell.padStart(20)).join("")}\n`);
  };
  const load = readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).join(" ");
  line([`load of the machine at the end: ${load}`, ...servers.map(({ name }) => name)]);
  for (const [what, row] of table)
    line([what, ...servers.map(({ name }) => row.get(name)?.join(", ") ?? "-")]);
}
