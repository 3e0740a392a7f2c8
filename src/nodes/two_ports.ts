/** One MAC on two ports: two machines, or one whose cable was moved a moment ago. Only time tells them apart. Pure. */
import type { Finding } from "./finding.ts";
import type { KnownFinding } from "./finding_store.ts";
import type { SeenPlaces } from "./place.ts";

/**
 * Switches keep a MAC for 300 s after its last frame unless told otherwise (IEEE 802.1Q, ageing time), and with its
 * cable moved it is on both ports until then. The rest is for clocks and slow scans.
 */
export const PROVEN_AFTER_MS = 330_000;
/** A bond that uses its second cable seldom, and is accepted, must not be news each time. */
const CALM_SCANS = 3;

export type TwoPorts = Extract<Finding, { readonly kind: "macOnTwoPorts" }>;
export type KnownTwoPorts = KnownFinding & { readonly finding: TwoPorts };

export const isTwoPorts = (known: KnownFinding): known is KnownTwoPorts =>
  known.finding.kind === "macOnTwoPorts";

/** When a scan that still shows it proves that no moved cable is behind it, in Unix time. */
export const provenFromMs = ({ sinceMs }: KnownFinding): number => sinceMs + PROVEN_AFTER_MS;

/** Whether the switches of both ports told later than that all they had learnt, and the MAC was on two of them no more. */
export function isOver({ finding, sinceMs }: KnownTwoPorts, places: SeenPlaces): boolean {
  const ports = places.placesOf(finding.mac).length;
  if (ports > 1) return true;
  // Nobody is asked: all is what machines say themselves.
  if (places.askedAtMs() === 0) return ports === 1;
  return places.askedAtMs() > sinceMs && isWhole(finding, places);
}

const isWhole = ({ places: ports }: TwoPorts, { isWhole: isWholeAt }: SeenPlaces): boolean =>
  ports.every(({ switchId }) => isWholeAt(switchId));

type Counted = { readonly scans: number; readonly lastMs: number };

/** How many scans one after the other have seen a MAC on one port again, by finding. */
export class CalmScans {
  readonly #byKey = new Map<string, Counted>();

  /**
   * Counts each scan once, whatever number of times it is called.
   *
   * @param isThere whether the MAC is on both ports now
   * @returns whether it is calm for so long that it would be news again
   */
  isLong({ key, finding }: KnownTwoPorts, places: SeenPlaces, isThere: boolean): boolean {
    const askedAtMs = places.askedAtMs();
    const before = isThere ? undefined : this.#byKey.get(key);
    if (!before) this.#byKey.set(key, { scans: 0, lastMs: askedAtMs });
    else if (askedAtMs > before.lastMs && isCalm(finding, places))
      this.#byKey.set(key, { scans: before.scans + 1, lastMs: askedAtMs });
    return (this.#byKey.get(key)?.scans ?? 0) >= CALM_SCANS;
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}

const isCalm = (finding: TwoPorts, places: SeenPlaces): boolean =>
  places.placesOf(finding.mac).length === 1 && isWhole(finding, places);
