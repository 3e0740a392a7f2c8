/**
 * Whether somebody else has an address that was just offered: which offers are asked about, and whose answer
 * counts. RFC 5227 section 2.1.1.
 *
 * Pure: the caller says what time it is (monotonic, in ms), sends and hears. Answers come from anybody, so they
 * count only for what is asked about now, and once.
 */
import type { ArpPacket } from "#src/net/arp.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { TokenBucket } from "#src/value/token_bucket.ts";

/** Somebody else answers for an offer. */
export type FoundHolder = { readonly mac: Mac; readonly address: Ipv4; readonly holder: Mac };

/** A rack that is switched on is asked about in part: the wire has better to do. */
const ASKED = { perSec: 200, burst: 200 };
export const MAX_OPEN = 512;
/** RFC 5227 section 1.1: 1 to 2 s between probes and 2 s after the last. A machine that was not there then may come later. */
export const ANSWER_MS = 2000;

export class OfferProbes {
  readonly #own: Mac;
  readonly #bucket = new TokenBucket(ASKED);
  /** Oldest first. */
  readonly #open = new Map<Ipv4, { readonly mac: Mac; readonly endsAtMs: number }>();

  /** `own`: our card, whose answers say nothing. */
  constructor(own: Mac) {
    this.#own = own;
  }

  isIdle(nowMs: number): boolean {
    for (const [address, { endsAtMs }] of this.#open) {
      if (endsAtMs > nowMs) break;
      this.#open.delete(address);
    }
    return this.#open.size === 0;
  }

  /** @returns whether a probe is to be sent; a repeated offer within the time of the first needs none. */
  ask(mac: Mac, address: Ipv4, nowMs: number): boolean {
    if (!this.isIdle(nowMs) && this.#open.get(address)?.mac === mac) return false;
    if (this.#open.size >= MAX_OPEN || !this.#bucket.take(nowMs)) return false;
    this.#open.delete(address);
    this.#open.set(address, { mac, endsAtMs: nowMs + ANSWER_MS });
    return true;
  }

  /** @returns who has the address, where this packet says so. */
  hear({ sender: { mac: holder, address } }: ArpPacket, nowMs: number): FoundHolder | undefined {
    const asked = this.#open.get(address);
    if (!asked || asked.endsAtMs <= nowMs) return undefined;
    if (holder === this.#own || holder === asked.mac || !isOfOneCard(holder)) return undefined;
    this.#open.delete(address);
    return { mac: asked.mac, address, holder };
  }
}

/** Neither zero nor a group address. */
const isOfOneCard = (mac: Mac): boolean =>
  mac !== "00:00:00:00:00:00" && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
