/** Broadcasts with real agents in namespaces. Copies are judged by diff and sha256sum, not by code of ours. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadOrCreateIdentity } from "#src/agent/identity.ts";
import { broadcastSecrets } from "#src/broadcast/proof.ts";
import { DEPLOYMENT, SECRET } from "./appliance_process.ts";
import type { HostileSetup } from "./hostile_process.ts";
import { APPLIANCE, addressOf } from "./lan.ts";
import { Network, type NetworkOptions, tokenOf } from "./network.ts";
import type { ThiefSetup } from "./thief_process.ts";

const IMAGE_BYTES = 24_000_000;
/** The image takes about 2 s at this rate: long enough to have a middle. */
const RATE_MBIT = 96;

let dir: string;
let image: string;
let network: Network;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-image-"));
  const root = join(dir, "root");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc", "hostname"), "image\n", { mode: 0o600 });
  symlinkSync("etc/hostname", join(root, "name"));
  for (let part = 0; part < 20; part++) {
    writeFileSync(join(root, `part${part}`), randomBytes(IMAGE_BYTES / 20));
  }
  image = join(dir, "image.tar");
  execFileSync("tar", ["-C", root, "-cf", image, "."]);
});
afterAll(() => rmSync(dir, { recursive: true }));
afterEach(() => network[Symbol.asyncDispose]());

const build = async (options: Partial<NetworkOptions> = {}): Promise<void> => {
  network = await Network.build({ nodes: 6, image, rateMbit: RATE_MBIT, ...options });
};
/** Starts agents and lets them join in order. */
const joinAll = (nodes: readonly string[]): void => {
  for (const node of nodes) network.startAgent(node);
  for (const node of nodes) network.appliance.tell({ kind: "join", node, sink: network.sink(node) });
};
/** The same, one after the other, so that the chain has the order of the names. */
const joinInOrder = async (nodes: readonly string[]): Promise<void> => {
  for (const node of nodes) network.startAgent(node);
  for (const node of nodes) {
    await network.appliance.report("change", ({ change }) => change.node === node);
  }
  for (const node of nodes) network.appliance.tell({ kind: "join", node, sink: network.sink(node) });
};
const received = (node: string) => network.appliance.report("received", (report) => report.node === node);
/** Waits until a node has written `share` of the image. */
const progressOf = (node: string, share: number) =>
  network.appliance.report(
    "progress",
    (report) => report.node === node && report.progress.writtenRawBytes >= share * IMAGE_BYTES,
  );
const sentBytes = async (): Promise<number> => {
  network.appliance.tell({ kind: "sent" });
  return (await network.appliance.report("sentBytes")).bytes;
};
/** @throws when the copy differs in any file, link, owner or mode. */
const expectCopy = (node: string): void => {
  const list =
    "find . -printf '%p %y %m %U %s %l\\n' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum";
  const listOf = (cwd: string): string =>
    execFileSync("sh", ["-c", list], { cwd })
      .toString()
      .replaceAll(/^(\S+ d \d+ \d+) \d+/gm, "$1");
  execFileSync("diff", ["-r", join(dir, "root"), network.target(node)]);
  expect(listOf(network.target(node))).toBe(listOf(join(dir, "root")));
};
const expectWell = async (nodes: readonly string[]): Promise<void> => {
  for (const node of nodes) {
    const report = await received(node);
    expect(report.received, `${node}: ${network.log(node)}`).toMatchObject({ ok: true, error: null });
    expectCopy(node);
  }
};

/** The last report of each: the appliance fed one, each of the others was fed by another, and nobody lacks anything. */
const expectReports = async (nodes: readonly string[], storedBytes: number): Promise<void> => {
  const last = (node: string) =>
    network.appliance.report("progress", (said) => said.node === node && said.progress.tookMs !== undefined);
  const reports = (await Promise.all(nodes.map(last))).map(({ progress }) => progress);
  const feeders = reports.flatMap(({ from = [] }) => from.map(({ feeder }) => feeder));
  expect(feeders.toSorted().slice(0, 1)).toEqual(["appliance"]);
  expect(new Set(feeders.filter((name) => nodes.includes(name))).size).toBeGreaterThanOrEqual(
    nodes.length - 1,
  );
  for (const report of reports)
    expect(report).toMatchObject({ receivedBytes: storedBytes, lagChunks: 0, badChunks: 0 });
};

describe("six nodes", () => {
  test("get the same image, which leaves the appliance once", async () => {
    await build();
    const { storedBytes, rawDigest } = await network.appliance.report("ready");
    joinAll(network.nodes);
    await expectWell(network.nodes);
    const results = await Promise.all(network.nodes.map(received));
    const feeders = results.flatMap(({ received: { fromBytes } }) => Object.keys(fromBytes));
    // One each, and some for a moment: a node that joins a little later is put between two that have begun.
    expect(new Set(feeders).size).toBeGreaterThanOrEqual(6);
    expect(feeders).toContain(`${APPLIANCE}:7802`);
    await expectReports(network.nodes, storedBytes);
    expect(new Set(results.map((result) => result.received.rawDigest))).toEqual(new Set([rawDigest]));
    expect((await sentBytes()) / storedBytes).toBeLessThan(1.05);
  });

  test("go on when the appliance crashes in the middle, and each result comes once", async () => {
    await build();
    joinAll(network.nodes);
    await progressOf("node6", 0.3);
    const startMs = Date.now();
    await network.crashAppliance();
    for (const node of network.nodes) {
      const back = await network.appliance.report("change", ({ change }) => change.node === node, {
        withinMs: 5000,
      });
      expect(back.change.kind).toBe("here");
    }
    expect(Date.now() - startMs).toBeLessThan(8000);
    for (const node of network.nodes)
      network.appliance.tell({ kind: "join", node, sink: network.sink(node) });
    await expectWell(network.nodes);
    const results = network.appliance.reports.filter(({ kind }) => kind === "received");
    expect(results).toHaveLength(6);
  });
});

describe("a few nodes", () => {
  test("are joined by a late fourth, which takes all of it from its neighbour", async () => {
    await build({ nodes: 4 });
    const { storedBytes } = await network.appliance.report("ready");
    joinAll(["node1", "node2", "node3"]);
    await expectWell(["node1", "node2", "node3"]);
    joinAll(["node4"]);
    await expectWell(["node4"]);
    expect((await sentBytes()) / storedBytes).toBeLessThan(1.05);
  });

  test("with too little memory to keep the image are joined by a fourth all the same", async () => {
    await build({ nodes: 4 });
    const memoryBytes = 16 * 1024 * 1024;
    const join = (node: string): void => {
      network.startAgent(node);
      network.appliance.tell({ kind: "join", node, sink: network.sink(node), memoryBytes });
    };
    for (const node of ["node1", "node2", "node3"]) join(node);
    await expectWell(["node1", "node2", "node3"]);
    join("node4");
    await expectWell(["node4"]);
    const { received: result } = await received("node4");
    expect(Object.keys(result.fromBytes)).toContain(`${APPLIANCE}:7802`);
  });

  test("write the same disk, whose zeros nobody sends", async () => {
    const disk = join(dir, "disk.raw");
    execFileSync("sh", [
      "-c",
      `truncate -s 64M ${disk} && dd if=${image} of=${disk} bs=1M count=3 seek=20 conv=notrunc status=none`,
    ]);
    await build({ nodes: 3, image: disk, kind: "disk" });
    for (const node of network.nodes) {
      network.startAgent(node);
      const device = join(network.dir, node, "disk");
      // What was on the disk before must not show through.
      execFileSync("sh", ["-c", `yes brigade | head -c 70000000 > ${device}`]);
      network.appliance.tell({ kind: "join", node, sink: { kind: "disk", device } });
    }
    for (const node of network.nodes) {
      expect((await received(node)).received).toMatchObject({ ok: true, error: null });
      execFileSync("cmp", ["-n", "67108864", disk, join(network.dir, node, "disk")]);
    }
    expect(await sentBytes()).toBeLessThan(3.2 * 2 ** 20);
  });
});

describe("a few nodes in trouble", () => {
  test("get the image also on the one that came back with nothing", async () => {
    // Slow, so that the copy is not whole before its progress, told once a second, is heard of.
    await build({ nodes: 3, rateMbit: RATE_MBIT / 4 });
    await joinInOrder(network.nodes);
    await progressOf("node2", 0.1);
    await network.end("node2");
    rmSync(join(network.dir, "node2"), { recursive: true });
    network.startAgent("node2");
    const failure = await network.appliance.report("failed");
    expect(failure).toMatchObject({ node: "node2", error: expect.stringContaining("AgentGone") });
    network.appliance.tell({ kind: "join", node: "node2", sink: network.sink("node2") });
    await expectWell(network.nodes);
    const { received: again } = await received("node2");
    // First from the one before it, then, when nobody can hold an old list with it any more, as the last of the chain.
    expect(Object.keys(again.fromBytes)).not.toContain(`${APPLIANCE}:7802`);
  });

  test("find the poisoned chunks of one of them, name it and nobody else, and are well", async () => {
    await build({ nodes: 4 });
    const { keyDigest } = await loadOrCreateIdentity(join(network.dir, "tls"));
    const hostile: HostileSetup = {
      appliance: APPLIANCE,
      address: addressOf(2),
      keyDigest,
      token: tokenOf("node2"),
      image,
      chunkRawBytes: 1 << 20,
      poisoned: [3, 7],
    };
    joinAll(["node1"]);
    await progressOf("node1", 0);
    network.startProgram("node2", "hostile_process.ts", JSON.stringify(hostile));
    await network.appliance.report("change", ({ change }) => change.node === "node2");
    network.appliance.tell({ kind: "join", node: "node2", sink: network.sink("node2") });
    await received("node2");
    joinAll(["node3"]);
    await progressOf("node3", 0);
    // It gets the poisoned bytes from node3, which passes on before it can check.
    joinAll(["node4"]);
    await expectWell(["node1", "node3", "node4"]);
    const events = network.appliance.reports.flatMap((report) =>
      report.kind === "event" ? [report.event] : [],
    );
    // From then on node3 takes the image from node1.
    expect(events.filter(({ kind }) => kind === "badChunk")).toEqual([
      { kind: "badChunk", deployment: DEPLOYMENT, node: "node3", chunk: 3, from: "node2" },
    ]);
    expect(network.log("node3")).not.toContain(tokenOf("node3"));
  });
});

describe("a machine on the network", () => {
  const steal = async (setup: Omit<ThiefSetup, "host" | "port">) => {
    const target = { host: addressOf(1), port: 7801 };
    const thief = network.startProgram("node2", "thief_process.ts", JSON.stringify({ ...target, ...setup }));
    if (!thief.stdout) throw new Error("The thief has no output");
    const [got] = await Promise.all([text(thief.stdout), once(thief, "exit")]);
    return JSON.parse(got) as { story: readonly string[]; refusal?: number };
  };

  test("gets nothing of a node without the key", async () => {
    await build({ nodes: 2 });
    const { digest } = await network.appliance.report("ready");
    joinAll(["node1"]);
    await received("node1");
    const secrets = broadcastSecrets(SECRET, DEPLOYMENT, digest);
    const broadcast = secrets.broadcast.toString("hex");
    expect(await steal({ broadcast })).toEqual({ story: ["challenge", "refuse"], refusal: 2 });
    expect(await steal({ broadcast: "00".repeat(16) })).toEqual({ story: ["refuse"], refusal: 1 });
    const { story } = await steal({ broadcast, key: secrets.key.toString("hex") });
    expect(story.at(-1)).toBe("end");
  });
});
