/**
 * One deployment of thousands of machines by a real `brigade serve`: DHCP, boot scripts, agents over TLS, every step, the
 * proof of the new system. The machines are played by one other process, which carries no image bytes.
 *
 * `node test/bench/deploy_many.ts [--nodes 4000] [--program out/brigade] [--firmware 20000] …` (milliseconds). Root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { DeploymentView } from "#src/http/deployment_types.ts";
import { batch, Spaces } from "../spaces.ts";
import type { MachinesSettings } from "./deploy/machines.ts";
import { Observed } from "./deploy/observed.ts";

const { values: asked } = parseArgs({
  options: {
    nodes: { type: "string", default: "4000" },
    /** The single binary; otherwise the sources. */
    program: { type: "string" },
    firmware: { type: "string", default: "20000" },
    kernel: { type: "string", default: "10000" },
    script: { type: "string", default: "500" },
    receive: { type: "string", default: "20000" },
    system: { type: "string", default: "15000" },
    /** So many of them never boot; the deployment is cancelled when all others have ended. */
    dead: { type: "string", default: "0" },
    /** Words of `brigade serve` beside those that it needs. */
    serve: { type: "string", default: "" },
  },
});
const FOLDER = resolve("out/bench/deploy");
const DATA = join(FOLDER, "data");
const SOCKET = join(FOLDER, "power.sock");
const SWITCH = join(FOLDER, "power_switch");
const APPLIANCE = "10.100.0.1";
const count = Number(asked.nodes);
const dead = Number(asked.dead);
const LOOK_EVERY_MS = 1000;
const PROGRAM = asked.program
  ? [asked.program]
  : [process.execPath, "--no-warnings", "--import", "./test/bench/loop_delay.ts", "src/app/main.ts"];

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(DATA, { recursive: true, mode: 0o700 });
execFileSync("gcc", ["-O2", "-static", "-o", SWITCH, "test/bench/deploy/power_switch.c"], {
  stdio: "inherit",
});
const hex = (value: number): string => value.toString(16).padStart(2, "0");
const machines = Array.from({ length: count }, (_, index) => ({
  name: `node${index + 1}`,
  mac: `52:54:00:64:${hex(index >> 8)}:${hex(index & 255)}`,
  address: `10.100.${1 + (index >> 8)}.${index & 255}`,
  isDead: index < dead,
}));

using spaces = new Spaces("bg-many-");
spaces.add(["app", "nodes"]);
const [app, nodes] = [spaces.nameOf("app"), spaces.nameOf("nodes")];
plugIn();

const importing = await serve();
const image = importImage();
importing.kill("SIGTERM");
await once(importing, "exit");
// Anew: what an import took is not what a deployment takes.
const serving = await serve();
const playing = await playMachines(image);
register();

const observed = new Observed(serving, { tellsDelay: asked.program === undefined });
await observed.delay();
const idleMb = observed.residentMb();
const before = observed.cpuSec();
const id = start();
const deployment = await followToEnd(id);
const delay = await observed.delay();
playing.stdin?.end();
const played = await text(playing.stdout);
report();
serving.kill("SIGTERM");
await once(serving, "exit");

function plugIn(): void {
  batch("ip", undefined, [`link add eth0 netns ${app} type veth peer name eth0 netns ${nodes}`]);
  const up = ["link set lo up", "link set eth0 up"];
  batch("ip", app, [`address add ${APPLIANCE}/16 dev eth0`, ...up]);
  batch("ip", nodes, [...up, ...machines.map(({ address }) => `address add ${address}/16 dev eth0`)]);
  // The kernel forgets neighbours when there are more than a thousand, but not those that it was told of.
  const [link] = JSON.parse(execFileSync("ip", ["-n", nodes, "-j", "link", "show", "eth0"]).toString());
  const lines = machines.map(
    ({ address }) => `neighbour add ${address} lladdr ${link.address} dev eth0 nud permanent`,
  );
  batch("ip", app, lines);
}

function served(): readonly string[] {
  const words = ["--interface", "eth0", "--data", DATA, "--boot-files", "out/boot", "--allow-other-dhcp"];
  return [...words, "--pool", "10.100.128.0-10.100.250.255", ...asked.serve.split(" ").filter(Boolean)];
}

async function serve(): Promise<ChildProcess> {
  const child = spawn("ip", ["netns", "exec", app, ...PROGRAM, "serve", ...served()], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  let said = "";
  const log = child.stdout as Readable;
  for await (const part of log) {
    said += part;
    if (said.includes("Serving")) break;
  }
  log.resume();
  return child;
}

function brigade(...words: readonly string[]): string {
  const program = asked.program ? [asked.program] : [process.execPath, "--no-warnings", "src/app/main.ts"];
  const argv = ["netns", "exec", app, ...program, ...words, "--data", DATA];
  return execFileSync("ip", argv, { encoding: "utf8", maxBuffer: 1 << 30 });
}

function importImage(): MachinesSettings["image"] {
  brigade("image", "import", "out/images/debian-12.tar.zst", "--name", "debian-12");
  const { rawDigest, rawBytes } = JSON.parse(brigade("image", "show", "debian-12", "--json"));
  return { rawDigest, rawBytes };
}

async function playMachines(of: MachinesSettings["image"]) {
  const paces = {
    ...{ firmwareMs: Number(asked.firmware), kernelMs: Number(asked.kernel), scriptMs: Number(asked.script) },
    ...{ receiveMs: Number(asked.receive), systemMs: Number(asked.system) },
  };
  const settings: MachinesSettings = {
    ...{ interface: "eth0", socket: SOCKET, appliance: APPLIANCE, image: of, paces, machines },
  };
  const file = join(FOLDER, "machines.json");
  writeFileSync(file, JSON.stringify(settings));
  const words = [
    "netns",
    "exec",
    nodes,
    process.execPath,
    "--no-warnings",
    "test/bench/deploy/machines.ts",
    file,
  ];
  const child = spawn("ip", words, { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return child;
}

function register(): void {
  const file = join(FOLDER, "nodes.csv");
  const rows = machines.map(
    ({ name, mac, address }) => `${name},${mac},${address},${SWITCH} ${SOCKET} {node} {action}`,
  );
  writeFileSync(file, ["name,mac,address,power-command", ...rows, ""].join("\n"));
  brigade("node", "import", file);
}

function start(): string {
  const key = join(FOLDER, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const words = [
    "--nodes",
    `node[1-${count}]`,
    "--key",
    `${key}.pub`,
    "--yes-nodes",
    `${count}`,
    "--detach",
    "--json",
  ];
  return JSON.parse(brigade("deploy", "debian-12", ...words)).id;
}

async function followToEnd(of: string): Promise<DeploymentView> {
  for (;;) {
    await pause(LOOK_EVERY_MS);
    observed.look();
    if (observed.looks % 10 !== 0) continue;
    const view = JSON.parse(brigade("deployment", "show", of, "--json")) as DeploymentView;
    if (view.endedAtMs !== undefined) return view;
    const left = view.progress.filter(({ state }) => state.kind === "running");
    if (left.length === dead) brigade("deployment", "cancel", of);
  }
}

function report(): void {
  const own = new Map<string, number>(
    JSON.parse(played).machines.map((one: { name: string; ownMs: number }) => [one.name, one.ownMs]),
  );
  const alive = deployment.progress.filter(({ state }) => state.kind === "done");
  const ends = alive.map(({ records }) =>
    Math.max(...records.map(({ startedAtMs, tookMs }) => startedAtMs + tookMs)),
  );
  const overheads = alive
    .map(({ node, records }) => {
      const endMs = Math.max(...records.map(({ startedAtMs, tookMs }) => startedAtMs + tookMs));
      return (endMs - deployment.createdAtMs - (own.get(node) ?? 0)) / 1000;
    })
    .toSorted((left, right) => left - right);
  const at = (part: number): number =>
    Number((overheads[Math.floor((overheads.length - 1) * part)] ?? 0).toFixed(1));
  const [load] = readFileSync("/proc/loadavg", "utf8").split(" ");
  const states = Object.groupBy(deployment.progress, ({ state }) => state.kind);
  const outcome = Object.entries(states).map(([kind, ones]) => `${ones?.length} ${kind}`);
  const lines = [
    `load ${load}, ${count} machines: ${outcome.join(", ")}`,
    `${(Math.max(...ends) - deployment.createdAtMs) / 1000} s from the request to the last of those that are done`,
    `a machine itself takes ${Math.round(Math.max(...own.values()) / 1000)} s; the rest: median ${at(0.5)} s, p99 ${at(0.99)} s, last ${at(1)} s`,
    `memory: ${idleMb} MB before, at most ${observed.mostMb} MB; ${Math.round(observed.cpuSec() - before)} s of CPU`,
    `event loop late: ${JSON.stringify(delay)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
