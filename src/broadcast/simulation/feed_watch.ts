/** What an upstream sees of those that it feeds. As netboot/agent/feed_watch.c does it, looking at each block. Pure. */
import type { Lagging } from "#src/agent/job_state.ts";

const SAMPLES = 12;
const LEAST_MS = 180;
const LEAST_BYTES = 512 * 1024;

type Sample = { readonly atMs: number; readonly cameBytes: number; readonly tookBytes: number };
type Watched = { readonly name: string; readonly takenBytes: () => number };

export class FeedWatch {
  #samples = new Map<Watched, readonly Sample[]>();

  /** Notes how much has come, and how much each has taken of it. */
  look(fed: readonly Watched[], atMs: number, cameBytes: number): void {
    this.#samples = new Map(
      fed.map((taker) => {
        const before = this.#samples.get(taker) ?? [];
        return [taker, [...before.slice(1 - SAMPLES), { atMs, cameBytes, tookBytes: taker.takenBytes() }]];
      }),
    );
  }

  /** All together take as much as comes, or nearly: they share one link. */
  #isFull({ ms, cameBytes }: Omit<Lagging, "address">): boolean {
    const took = [...this.#samples.values()].map((samples) => tookIn(samples, ms));
    return took.reduce((sum, bytes) => sum + bytes, 0) >= 0.75 * cameBytes;
  }

  /** The first that lags of those that are still there. */
  lagging(there: ReadonlySet<object>): Lagging | undefined {
    for (const [taker, samples] of this.#samples) {
      const lag = there.has(taker) ? lagIn(samples) : undefined;
      if (lag && !this.#isFull(lag)) return { address: taker.name, ...lag };
    }
    return undefined;
  }
}

/** Less than half of what came, at each look of the shortest time that tells; nothing at all is no lag. */
function lagIn(samples: readonly Sample[]): Omit<Lagging, "address"> | undefined {
  const last = samples.at(-1);
  for (let at = samples.length - 2; last && at >= 0; at--) {
    const [first, next] = [samples[at] ?? last, samples[at + 1] ?? last];
    const step = between(first, next);
    if (step.tookBytes <= 0 || step.tookBytes >= step.cameBytes / 2) return undefined;
    const lag = between(first, last);
    if (next !== last && lag.ms >= LEAST_MS && lag.cameBytes >= LEAST_BYTES) return lag;
  }
  return undefined;
}

function tookIn(samples: readonly Sample[], ms: number): number {
  const last = samples.at(-1);
  const first = samples.find(({ atMs }) => last && last.atMs - atMs <= ms) ?? last;
  return first && last ? between(first, last).tookBytes : 0;
}

const between = (first: Sample, last: Sample): Omit<Lagging, "address"> => ({
  ms: Math.round(last.atMs - first.atMs),
  cameBytes: last.cameBytes - first.cameBytes,
  tookBytes: last.tookBytes - first.tookBytes,
});
