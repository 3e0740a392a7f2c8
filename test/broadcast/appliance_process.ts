/**
 * The appliance's side of broadcasts as a process of its own, so that tests
 * can put it into a network namespace and kill it. Tasks come as lines of JSON
 * on stdin, reports go as lines of JSON to stdout.
 */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Admission, type AgentChange, AgentHub } from "#src/agent/hub.ts";
import { loadOrCreateIdentity } from "#src/agent/identity.ts";
import type { RunResult } from "#src/agent/job_specs.ts";
import type { Hello, Received } from "#src/agent/messages.ts";
import type { Sink } from "#src/agent/requests.ts";
import { Broadcasts } from "#src/broadcast/broadcasts.ts";
import type { JoinProgress } from "#src/broadcast/join.ts";
import { BroadcastSource } from "#src/broadcast/source.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { makeImage, memoryReader } from "./memory_image.ts";

export type ApplianceSetup = {
  readonly dir: string;
  /** File that is the raw stream of the image. */
  readonly image: string;
  readonly kind: "archive" | "disk";
  readonly keyDigest: string;
  readonly nodes: readonly string[];
};

export type ApplianceTask =
  | { readonly kind: "join"; readonly node: string; readonly sink: Sink; readonly memoryBytes?: number }
  | { readonly kind: "run"; readonly node: string; readonly id: string; readonly script: string }
  | { readonly kind: "cancel"; readonly node: string }
  | { readonly kind: "sent" | "end" };

export type ApplianceReport =
  | {
      readonly kind: "ready";
      readonly storedBytes: number;
      readonly rawDigest: string;
      readonly digest: string;
    }
  | { readonly kind: "change"; readonly change: AgentChange; readonly atMs: number }
  | { readonly kind: "progress"; readonly node: string; readonly progress: JoinProgress }
  | { readonly kind: "received"; readonly node: string; readonly received: Received; readonly atMs: number }
  | { readonly kind: "ran"; readonly id: string; readonly result: RunResult }
  | { readonly kind: "failed"; readonly node: string; readonly error: string }
  | { readonly kind: "sentBytes"; readonly bytes: number }
  | { readonly kind: "event"; readonly event: ApplianceEvent };

export const DEPLOYMENT = "d1";
export const SECRET: Uint8Array = Buffer.from("the secret of the data directory");
const APPLIANCE = "10.88.0.1";
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

async function main(setup: ApplianceSetup): Promise<void> {
  const image = makeImage(readFileSync(setup.image), { kind: setup.kind });
  const identity = await loadOrCreateIdentity(join(setup.dir, "tls"));
  const admit = admission(setup.nodes);
  const hub = await AgentHub.listen({ address: APPLIANCE, port: PORTS.agents, identity, admit, record });
  const images = memoryReader(image);
  const source = await BroadcastSource.listen({ address: APPLIANCE, port: PORTS.source, images, record });
  const sourceEndpoint = `${APPLIANCE}:${PORTS.source}`;
  const broadcasts = new Broadcasts({ hub, source, sourceOf: () => sourceEndpoint, secret: SECRET, record });
  hub.watch((change) => tell({ kind: "change", change, atMs: Date.now() }));
  const { digest, rawDigest, manifest, storedBytes } = image;
  tell({ kind: "ready", storedBytes: manifest.length + storedBytes, rawDigest, digest });

  const stops = new Map<string, AbortController>();
  const stopOf = (node: string): AbortSignal => {
    const stop = new AbortController();
    stops.set(node, stop);
    return stop.signal;
  };
  const failed = (node: string) => (fault: unknown) => tell({ kind: "failed", node, error: String(fault) });

  const join_ = async ({
    node,
    sink,
    memoryBytes = 0,
  }: Extract<ApplianceTask, { kind: "join" }>): Promise<void> => {
    const received = await broadcasts.join(
      { deployment: DEPLOYMENT, node, imageDigest: image.digest, sink, memoryBytes },
      { signal: stopOf(node), onProgress: (progress) => tell({ kind: "progress", node, progress }) },
    );
    tell({ kind: "received", node, received, atMs: Date.now() });
  };
  const run = async ({ node, id, script }: Extract<ApplianceTask, { kind: "run" }>): Promise<void> => {
    const request = { id, script, args: [], env: {}, timeLimitMs: 60_000 };
    tell({ kind: "ran", id, result: await hub.run(node, request, { signal: stopOf(node) }) });
  };

  createInterface(process.stdin).on("line", (line) => {
    const task = JSON.parse(line) as ApplianceTask;
    switch (task.kind) {
      case "join":
        join_(task).catch(failed(task.node));
        return;
      case "run":
        run(task).catch(failed(task.node));
        return;
      case "cancel":
        stops.get(task.node)?.abort(new Error("cancelled"));
        return;
      case "sent":
        void broadcasts.sentBytes(DEPLOYMENT).then((bytes) => tell({ kind: "sentBytes", bytes }));
        return;
      case "end":
        void broadcasts.end(DEPLOYMENT);
        return;
    }
  });
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? "{}") as ApplianceSetup);
