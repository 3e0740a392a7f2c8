/**
 * How often addresses came without a good token, and what is told of it. Pure:
 * told the time. Memory does not grow with the number of addresses.
 *
 * A good token is never refused here: somebody who guesses from the same
 * address would otherwise lock its owner out, and 256 bits are not guessed.
 */
import { TokenBucket } from "#src/value/token_bucket.ts";

const A_MINUTE = 20;
const MAX_ADDRESSES = 4096;
/** Each address makes at most one event in this time, and all of them together at most ten. */
const TELL_EVERY_MS = 60_000;
const MOST_TOLD = 10;

type Watched = { readonly bucket: TokenBucket; times: number; toldAtMs: number };

export type FailedLogin = {
  /** Wait this long: the address has failed too often. */
  readonly retryAfterSec?: number;
  /** Worth an event now: so many since the last one. */
  readonly tell?: number;
};

export class FailedLogins {
  readonly #byAddress = new Map<string, Watched>();
  readonly #events = new TokenBucket({ perSec: (MOST_TOLD * 1000) / TELL_EVERY_MS / 1000, burst: MOST_TOLD });

  /** @param nowMs monotonic */
  note(address: string, nowMs: number): FailedLogin {
    const watched = this.#watched(networkOf(address));
    watched.times++;
    const isLimited = !watched.bucket.take(nowMs);
    const tell = this.#tell(watched, nowMs);
    return {
      ...(isLimited ? { retryAfterSec: Math.ceil(60 / A_MINUTE) } : {}),
      ...(tell === undefined ? {} : { tell }),
    };
  }

  #tell(watched: Watched, nowMs: number): number | undefined {
    if (nowMs - watched.toldAtMs < TELL_EVERY_MS || !this.#events.take(nowMs)) return undefined;
    const { times } = watched;
    watched.times = 0;
    watched.toldAtMs = nowMs;
    return times;
  }

  #watched(address: string): Watched {
    const known = this.#byAddress.get(address);
    this.#byAddress.delete(address);
    const bucket = { perSec: A_MINUTE / 60, burst: A_MINUTE };
    const watched = known ?? {
      bucket: new TokenBucket(bucket),
      times: 0,
      toldAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#byAddress.set(address, watched);
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > MAX_ADDRESSES && oldest !== undefined) this.#byAddress.delete(oldest);
    return watched;
  }
}

/** One machine has a whole /64 of IPv6 to come from. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.startsWith("::ffff:")) return address;
  const [head = ""] = address.split("%");
  const groups = head.split("::")[0]?.split(":") ?? [];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
