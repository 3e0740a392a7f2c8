/** Live bars of a deployment: nodes per phase, what goes through the wires, what is left. */
import { MultiBar, type SingleBar } from "cli-progress";
import { PHASES, type Watched } from "./deployment_report.ts";
import { duration, size } from "./output.ts";

/** The rate is that of the last seconds, or it says nothing about what is left. */
const RATE_WINDOW_MS = 5000;

export class DeploymentBars {
  readonly #bars: MultiBar;
  readonly #byPhase: readonly SingleBar[];
  readonly #rate: RateMeter;

  constructor(terminal: NodeJS.WriteStream, nodeCount: number, nowMs: () => number) {
    this.#rate = new RateMeter(nowMs);
    this.#bars = new MultiBar({
      format: "{phase} [{bar}] {value}/{total} nodes{note}",
      stream: terminal,
      hideCursor: true,
      stopOnComplete: false,
      emptyOnZero: true,
    });
    const width = Math.max(...PHASES.map(({ name }) => name.length));
    this.#byPhase = PHASES.map(({ name }) =>
      this.#bars.create(nodeCount, 0, { phase: name.padEnd(width), note: "" }),
    );
  }

  show(watched: Watched): void {
    const { writtenBytes, totalBytes } = bytesOf(watched);
    const bytesPerSec = this.#rate.at(writtenBytes);
    for (const [index, { phase }] of PHASES.entries()) {
      const note = phase === 2 ? sendNote({ writtenBytes, totalBytes, bytesPerSec }) : "";
      this.#byPhase[index]?.update(nodesThrough(watched, phase), { note });
    }
  }

  stop(): void {
    this.#bars.stop();
  }
}

/** Nodes that have this phase behind them. */
export const nodesThrough = ({ nodes }: Watched, phase: number): number =>
  [...nodes.values()].filter(
    ({ state }) => state.kind === "done" || (state.kind === "running" && state.phase > phase),
  ).length;

type Bytes = { readonly writtenBytes: number; readonly totalBytes: number };

/** Of all nodes together, as unpacked on their disks. Nodes that failed wait for nothing. */
export function bytesOf({ nodes, deployment }: Watched): Bytes {
  let writtenBytes = 0;
  let totalBytes = 0;
  for (const { state, broadcast } of nodes.values()) {
    if (state.kind === "failed" || state.kind === "cancelled" || state.kind === "spare") continue;
    const isThrough = state.kind === "done" || state.phase === 3;
    writtenBytes += isThrough ? deployment.imageRawBytes : (broadcast?.writtenRawBytes ?? 0);
    totalBytes += deployment.imageRawBytes;
  }
  return { writtenBytes, totalBytes };
}

/** `, 42 %, 118.0 MB/s, 35 s left`; nothing before the first byte and after the last. */
export function sendNote({
  writtenBytes,
  totalBytes,
  bytesPerSec,
}: Bytes & { readonly bytesPerSec: number }): string {
  if (writtenBytes === 0 || writtenBytes >= totalBytes) return "";
  const percent = Math.floor((100 * writtenBytes) / totalBytes);
  const left =
    bytesPerSec > 0 ? `, ${duration(((totalBytes - writtenBytes) / bytesPerSec) * 1000)} left` : "";
  return `, ${percent} %, ${size(bytesPerSec)}/s${left}`;
}

/** Bytes per second over the last seconds. */
export class RateMeter {
  readonly #nowMs: () => number;
  #samples: readonly { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  at(bytes: number): number {
    const nowMs = this.#nowMs();
    const recent = this.#samples.filter(({ atMs }) => atMs > nowMs - RATE_WINDOW_MS);
    this.#samples = [...recent, { atMs: nowMs, bytes }];
    const first = this.#samples[0];
    if (!first || first.atMs === nowMs) return 0;
    return Math.max(0, ((bytes - first.bytes) * 1000) / (nowMs - first.atMs));
  }
}
