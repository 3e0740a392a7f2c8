/** One broadcast to many real agents in which something goes wrong, as tests judge it and the bench times it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { ApplianceLink } from "./appliance_link.ts";
import type { ApplianceReport } from "./appliance_process.ts";
import type { Network } from "./network.ts";

/** The only file of the image. */
export const PAYLOAD = "payload";

export type Received = Extract<ApplianceReport, { kind: "received" }>;

/** What a node is asked to do differently from the others. */
export type Peculiar = { readonly memoryBytes?: number; readonly directory?: string };

export class FaultRun {
  readonly network: Network;
  readonly deployment: string;
  /** Nodes of the chain from the start, in its order. */
  readonly nodes: readonly string[];
  readonly imageBytes: number;
  readonly rateMbit: number;
  readonly #peculiar = new Map<string, Peculiar>();
  readonly #joined = new Set<string>();
  readonly #applianceBefore: ApplianceLink;
  readonly #eventsBefore: number;
  readonly #downBefore = new Map<string, number>();
  startedAtMs = 0;

  constructor(network: Network, deployment: string, setup: FaultSetup) {
    this.network = network;
    this.deployment = deployment;
    this.nodes = network.nodes.slice(0, setup.nodes);
    this.imageBytes = setup.imageBytes;
    this.rateMbit = setup.rateMbit;
    this.#applianceBefore = network.appliance;
    this.#eventsBefore = network.appliance.events.length;
  }

  /** What was recorded since this run began; after a crash of the appliance only what the new one did. */
  get events(): readonly ApplianceEvent[] {
    const { appliance } = this.network;
    return appliance.events.slice(appliance === this.#applianceBefore ? this.#eventsBefore : 0);
  }

  /** @param offset 0 for the first node, negative from the end */
  node(offset: number): string {
    return this.nodes.at(offset) ?? "";
  }

  make(node: string, peculiar: Peculiar): void {
    this.#peculiar.set(node, peculiar);
  }

  /** Orders nodes to take the image, in the order of the chain. */
  join(nodes: readonly string[]): void {
    if (this.#joined.size === 0) this.startedAtMs = Date.now();
    for (const node of nodes) {
      this.#joined.add(node);
      this.#downBefore.set(node, this.network.lan.bytesOf(node).down);
      this.#tellJoin(node);
    }
  }

  /** After the appliance has come back it has to be asked again, as a stored deployment does. */
  joinAgain(): void {
    for (const node of this.#joined) this.#tellJoin(node);
  }

  /** Waits until a node's port has taken `share` of the image. */
  async untilTaken(node: string, share: number): Promise<void> {
    const before = this.#downBefore.get(node) ?? 0;
    while (this.network.lan.bytesOf(node).down - before < share * this.imageBytes) await pause(10);
  }

  received(node: string, withinMs: number): Promise<Received> {
    const isIts = (report: Received): boolean =>
      report.node === node && report.deployment === this.deployment;
    return this.network.appliance.report("received", isIts, { withinMs });
  }

  /** Whether coreutils finds the same digest in the node's copy as in the file of the image. */
  isIntact(node: string, digest: string): boolean {
    const line = execFileSync("sha256sum", [join(this.directory(node), PAYLOAD)]).toString();
    return line.split(" ")[0] === digest;
  }

  async sentImages(): Promise<number> {
    const { appliance } = this.network;
    const since = appliance.reports.length;
    appliance.tell({ kind: "sent", deployment: this.deployment });
    return (await appliance.report("sentBytes", () => true, { since })).bytes / this.imageBytes;
  }

  /** The deployment ends, for those as well that are still at it. */
  end(): void {
    for (const node of this.#joined) this.network.appliance.tell({ kind: "cancel", node });
    this.network.appliance.tell({ kind: "end", deployment: this.deployment });
  }

  removeCopies(): void {
    for (const node of this.#joined) rmSync(this.directory(node), { recursive: true, force: true });
  }

  directory(node: string): string {
    return this.#peculiar.get(node)?.directory ?? join(this.network.target(node), this.deployment);
  }

  #tellJoin(node: string): void {
    const { memoryBytes = 0 } = this.#peculiar.get(node) ?? {};
    const directory = this.directory(node);
    mkdirSync(directory, { recursive: true });
    const { deployment } = this;
    this.network.appliance.tell({
      kind: "join",
      node,
      deployment,
      sink: { kind: "archive", directory },
      memoryBytes,
    });
  }
}

export type FaultSetup = {
  /** In the chain from the start; the network has more, for those that come later. */
  readonly nodes: number;
  readonly rateMbit: number;
  readonly imageBytes: number;
  /** How a cable comes and goes. */
  readonly flapping: { readonly downMs: number; readonly upMs: number; readonly times: number };
};
