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
import { APPLIANCE, addressOf, Network, type NetworkOptions, tokenOf } from "./network.ts";
import type { ThiefSetup } from "./thief_process.ts";

const IMAGE_BYTES = 40_000_000;
/** The image takes about 2 s at this rate: long enough to have a middle. */
const RATE_MBIT = 160;

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

describe("six nodes", () => {
  test("get the same image, which leaves the appliance once", async () => {
    await build();
    const { storedBytes, rawDigest } = await network.appliance.report("ready");
    joinAll(network.nodes);
    await expectWell(network.nodes);
    const last = await received("node6");
    expect(last.received.rawDigest).toBe(rawDigest);
    expect(Object.keys(last.received.fromBytes)).toEqual([`${addressOf(5)}:7801`]);
    expect((await sentBytes()) / storedBytes).toBeLessThan(1.05);
  });

  test.each(["SIGKILL", "SIGSTOP"] as const)(
    "but one, which gets %s in the middle, get the image",
    async (signal) => {
      await build();
      const { storedBytes } = await network.appliance.report("ready");
      joinAll(network.nodes);
      await progressOf("node3", 0.3);
      network.signal("node3", signal);
      await expectWell(network.nodes.filter((node) => node !== "node3"));
      expect((await sentBytes()) / storedBytes).toBeLessThan(1.1);
      network.appliance.tell({ kind: "cancel", node: "node3" });
      await network.appliance.report("failed", ({ node }) => node === "node3");
    },
  );

  test("go on when the appliance crashes in the middle, and each result comes once", async () => {
    await build();
    joinAll(network.nodes);
    await progressOf("node6", 0.3);
    const startMs = Date.now();
    await network.crashAppliance();
    for (const node of network.nodes) {
      const back = await network.appliance.report("change", ({ change }) => change.node === node, 5000);
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

describe("three nodes", () => {
  test("are joined by a late fourth, which takes all of it from its neighbour", async () => {
    await build({ nodes: 4 });
    const { storedBytes } = await network.appliance.report("ready");
    joinAll(["node1", "node2", "node3"]);
    await expectWell(["node1", "node2", "node3"]);
    joinAll(["node4"]);
    await expectWell(["node4"]);
    expect((await sentBytes()) / storedBytes).toBeLessThan(1.05);
  });

  test("find the poisoned chunks of one of them, name it, and are well", async () => {
    await build({ nodes: 3 });
    const { keyDigest } = await loadOrCreateIdentity(join(network.dir, "tls"));
    const hostile: HostileSetup = {
      appliance: APPLIANCE,
      address: addressOf(2),
      keyDigest,
      token: tokenOf("node2"),
      image,
      poisoned: [3, 7],
    };
    network.startProgram("node2", "hostile_process.ts", JSON.stringify(hostile));
    await network.appliance.report("change", ({ change }) => change.node === "node2");
    joinAll(["node1"]);
    network.appliance.tell({ kind: "join", node: "node2", sink: network.sink("node2") });
    joinAll(["node3"]);
    await expectWell(["node1", "node3"]);
    const events = network.appliance.reports.flatMap((report) =>
      report.kind === "event" ? [report.event] : [],
    );
    expect(events.filter(({ kind }) => kind === "badChunk")).toEqual([
      { kind: "badChunk", deployment: DEPLOYMENT, node: "node3", chunk: 3, from: "node2" },
      { kind: "badChunk", deployment: DEPLOYMENT, node: "node3", chunk: 7, from: "node2" },
    ]);
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
