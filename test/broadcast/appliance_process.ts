/**
 * The appliance's side of broadcasts as a process of its own, so that tests
 * can put it into a network namespace and kill it. Tasks come as lines of JSON
 * on stdin, reports go as lines of JSON to stdout.
 */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AgentHub } from "#src/agent/hub.ts";
import type { Admission, AgentChange } from "#src/agent/hub_options.ts";
import { loadOrCreateIdentity } from "#src/agent/identity.ts";
import type { Inventory } from "#src/agent/inventory.ts";
import type { RunResult } from "#src/agent/job_specs.ts";
import type { Hello, Received } from "#src/agent/messages.ts";
import type { Sink } from "#src/agent/requests.ts";
import { Broadcasts } from "#src/broadcast/broadcasts.ts";
import type { JoinProgress } from "#src/broadcast/join.ts";
import { NOWHERE, type Place } from "#src/broadcast/order.ts";
import { BroadcastSource } from "#src/broadcast/source.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { Verify } from "#src/value/verify.ts";
import { APPLIANCE } from "./lan.ts";
import { type MemoryImage, makeImage, memoryReader } from "./memory_image.ts";

export type ApplianceSetup = {
  readonly dir: string;
  /** File that is the raw stream of the image. */
  readonly image: string;
  readonly kind: "archive" | "disk";
  readonly chunkRawBytes: number;
  readonly keyDigest: string;
  readonly nodes: readonly string[];
};

/** Without a deployment it is {@link DEPLOYMENT}. */
export type ApplianceTask =
  | {
      readonly kind: "join";
      readonly node: string;
      readonly sink: Sink;
      readonly verify?: Verify;
      readonly memoryBytes?: number;
      readonly deployment?: string;
      /** Switches from the appliance's own down to the node's, where they are known. */
      readonly path?: readonly string[];
    }
  | { readonly kind: "run"; readonly node: string; readonly id: string; readonly script: string }
  | { readonly kind: "cancel"; readonly node: string }
  | { readonly kind: "sent" | "end"; readonly deployment?: string };

export type ApplianceReport =
  | {
      readonly kind: "ready";
      readonly storedBytes: number;
      readonly rawDigest: string;
      readonly digest: string;
    }
  | { readonly kind: "change"; readonly change: AgentChange; readonly atMs: number }
  | { readonly kind: "inventory"; readonly node: string; readonly inventory: Inventory }
  | {
      readonly kind: "progress";
      readonly deployment: string;
      readonly node: string;
      readonly progress: JoinProgress;
    }
  | {
      readonly kind: "received";
      readonly deployment: string;
      readonly node: string;
      readonly received: Received;
      readonly atMs: number;
    }
  | { readonly kind: "ran"; readonly id: string; readonly result: RunResult }
  | { readonly kind: "failed"; readonly deployment?: string; readonly node: string; readonly error: string }
  | { readonly kind: "sentBytes"; readonly deployment: string; readonly bytes: number }
  | { readonly kind: "event"; readonly event: ApplianceEvent };

export const DEPLOYMENT = "d1";
export const SECRET: Uint8Array = Buffer.from("the secret of the data directory");
const PORTS = { agents: 7800, source: 7802 } as const;

const tell = (report: ApplianceReport): void => {
  process.stdout.write(`${JSON.stringify(report)}\n`);
};
const record = (event: ApplianceEvent): void => tell({ kind: "event", event });

/** Token or session is whose it says, also after a restart: both are digests of the node's name. */
function admission(nodes: readonly string[]): (hello: Hello) => Promise<Admission> {
  const sessionOf = (node: string): string => hash("sha256", `session of ${node}`);
  return async ({ token, session }) => {
    const isHis = (node: string): boolean =>
      session === undefined ? token === hash("sha256", `token of ${node}`) : session === sessionOf(node);
    const node = nodes.find(isHis);
    return node === undefined
      ? { ok: false, reason: "unknown token" }
      : { ok: true, node, session: sessionOf(node) };
  };
}

async function serve(setup: ApplianceSetup, image: MemoryImage) {
  const identity = await loadOrCreateIdentity(join(setup.dir, "tls"));
  const admit = admission(setup.nodes);
  const hub = await AgentHub.listen({
    ...{ address: APPLIANCE, port: PORTS.agents, identity, admit, record },
    onInventory: (node, inventory) => tell({ kind: "inventory", node, inventory }),
  });
  const images = memoryReader(image);
  const source = await BroadcastSource.listen({ address: APPLIANCE, port: PORTS.source, images, record });
  const sourceEndpoint = `${APPLIANCE}:${PORTS.source}`;
  const sourceOf = (): string => sourceEndpoint;
  const broadcasts = new Broadcasts({
    ...{ hub, source, sourceOf, secret: SECRET, record },
    orderOf: () => ({ placeOf: (node) => places.get(node) ?? NOWHERE, count: 0 }),
  });
  return { hub, broadcasts };
}

/** Who tells nodes to join knows how they are wired: that is their order. */
const places = new Map<string, Place>();

async function main(setup: ApplianceSetup): Promise<void> {
  const image = makeImage(readFileSync(setup.image), setup);
  const { hub, broadcasts } = await serve(setup, image);
  hub.watch((change) => tell({ kind: "change", change, atMs: Date.now() }));
  const { digest, rawDigest, manifest, storedBytes } = image;
  tell({ kind: "ready", storedBytes: manifest.length + storedBytes, rawDigest, digest });

  const stops = new Map<string, AbortController>();
  const stopOf = (node: string): AbortSignal => {
    const stop = new AbortController();
    stops.set(node, stop);
    return stop.signal;
  };
  const failed = (node: string, deployment?: string) => (fault: unknown) =>
    tell({ kind: "failed", node, ...(deployment === undefined ? {} : { deployment }), error: String(fault) });

  const join_ = async ({
    node,
    sink,
    verify,
    memoryBytes = 0,
    deployment = DEPLOYMENT,
    path = [],
  }: Extract<ApplianceTask, { kind: "join" }>): Promise<void> => {
    if (!places.has(node)) places.set(node, { position: places.size, path });
    const received = await broadcasts.join(
      { deployment, node, imageDigest: image.digest, sink, verify, memoryBytes },
      {
        signal: stopOf(node),
        onProgress: (progress) => tell({ kind: "progress", deployment, node, progress }),
      },
    );
    tell({ kind: "received", deployment, node, received, atMs: Date.now() });
  };
  const run = async ({ node, id, script }: Extract<ApplianceTask, { kind: "run" }>): Promise<void> => {
    const request = { id, script, args: [], env: {}, timeLimitMs: 60_000 };
    tell({ kind: "ran", id, result: await hub.run(node, request, { signal: stopOf(node) }) });
  };

  const tellSent = async (deployment: string): Promise<void> =>
    tell({ kind: "sentBytes", deployment, bytes: await broadcasts.sentBytes(deployment) });

  createInterface(process.stdin).on("line", (line) => {
    const task = JSON.parse(line) as ApplianceTask;
    switch (task.kind) {
      case "join":
        join_(task).catch(failed(task.node, task.deployment ?? DEPLOYMENT));
        return;
      case "run":
        run(task).catch(failed(task.node));
        return;
      case "cancel":
        stops.get(task.node)?.abort(new Error("cancelled"));
        return;
      case "sent":
        void tellSent(task.deployment ?? DEPLOYMENT);
        return;
      case "end":
        void broadcasts.end(task.deployment ?? DEPLOYMENT);
        return;
    }
  });
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? "{}") as ApplianceSetup);
