/** A network of agents on which one fault after the other is tried, each with a broadcast of its own. */
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FaultRun, type FaultSetup, PAYLOAD } from "./fault_run.ts";
import { type Fault, LATE_NODES } from "./faults.ts";
import { Network } from "./network.ts";

/** Copies go to memory, so that 32 nodes do not share a disk. */
const PARENT_DIR = "/dev/shm";
const CHUNKS = 32;

export type Trial = {
  /** From the first order until the last of those whose time counts has reported. */
  readonly othersSec: number;
  /** The same for those that get it late. */
  readonly lateSec: number;
  readonly sentImages: number;
  /** What must not be; empty when all is well. */
  readonly problems: readonly string[];
};

export class FaultTrials implements AsyncDisposable {
  readonly network: Network;
  readonly #setup: FaultSetup;
  readonly #dir: string;
  readonly #digest: string;
  #deployments = 0;

  private constructor(
    network: Network,
    setup: FaultSetup,
    image: { readonly dir: string; readonly digest: string },
  ) {
    this.network = network;
    this.#setup = setup;
    this.#dir = image.dir;
    this.#digest = image.digest;
  }

  /** All agents of the chain are connected. */
  static async begin(setup: FaultSetup): Promise<FaultTrials> {
    const image = makeImageFile(setup.imageBytes);
    const network = await Network.build({
      nodes: setup.nodes + LATE_NODES,
      rateMbit: setup.rateMbit,
      image: image.path,
      chunkRawBytes: Math.ceil(setup.imageBytes / CHUNKS),
      parentDir: PARENT_DIR,
    });
    await network.startAgents(network.nodes.slice(0, setup.nodes));
    return new FaultTrials(network, setup, image);
  }

  async try(fault: Fault): Promise<Trial> {
    const run = new FaultRun(this.network, `d${++this.#deployments}`, this.#setup);
    const [lost, late] = [fault.lost?.(run) ?? [], fault.late?.(run) ?? []];
    try {
      await fault.prepare?.(run);
      run.join(run.nodes);
      await fault.strike?.(run, this.#setup);
      return await this.#judge(run, fault, { lost, late });
    } finally {
      run.end();
      await fault.mend?.(run);
      run.removeCopies();
      await this.network.startAgents([...lost, ...late]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]();
    rmSync(this.#dir, { recursive: true });
  }

  async #judge(
    run: FaultRun,
    fault: Fault,
    { lost, late }: { readonly lost: readonly string[]; readonly late: readonly string[] },
  ): Promise<Trial> {
    const others = run.nodes.filter((node) => !lost.includes(node) && !late.includes(node));
    const othersDone = await this.#finish(run, others);
    const lateDone = await this.#finish(run, late);
    const special = await fault.problem?.(run);
    return {
      othersSec: othersDone.seconds,
      lateSec: lateDone.seconds,
      sentImages: await run.sentImages(),
      problems: [...othersDone.problems, ...lateDone.problems, ...(special === undefined ? [] : [special])],
    };
  }

  async #finish(
    run: FaultRun,
    nodes: readonly string[],
  ): Promise<{ readonly seconds: number; readonly problems: readonly string[] }> {
    const limitMs = 60_000 + (20 * this.#setup.imageBytes * 8) / (this.#setup.rateMbit * 1000);
    const reports = await Promise.all(nodes.map((node) => run.received(node, limitMs)));
    const failed = reports.filter(({ received }) => !received.ok);
    const spoilt = reports.filter(({ received, node }) => received.ok && !run.isIntact(node, this.#digest));
    return {
      seconds: (Math.max(run.startedAtMs, ...reports.map(({ atMs }) => atMs)) - run.startedAtMs) / 1000,
      problems: [
        ...failed.map(({ node, received }) => `${node} failed: ${received.error}`),
        ...spoilt.map(({ node }) => `${node} has another file than the image`),
      ],
    };
  }
}

/** A tar with one file that does not compress. */
function makeImageFile(sizeBytes: number): {
  readonly dir: string;
  readonly path: string;
  readonly digest: string;
} {
  const dir = mkdtempSync(join(PARENT_DIR, "brigade-image-"));
  const root = join(dir, "root");
  mkdirSync(root);
  writeFileSync(join(root, PAYLOAD), randomBytes(sizeBytes));
  const digest = createHash("sha256")
    .update(readFileSync(join(root, PAYLOAD)))
    .digest("hex");
  const path = join(dir, "image.tar");
  execFileSync("tar", ["-C", root, "-cf", path, PAYLOAD]);
  return { dir, path, digest };
}
