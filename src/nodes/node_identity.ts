/** What a node is known by, beside its MACs. Pure. */
import type { Mac } from "#src/value/mac.ts";
import { isSamePlace, type Place } from "./place.ts";

export type NodeIdentity = {
  /** As its agent said; only one that can be one machine's. */
  readonly serial?: string | undefined;
  /** As its agent or its firmware said, in the spelling of `identifyingUuid`. */
  readonly uuid?: string | undefined;
  /** Where each of its cards is expected to be plugged in. */
  readonly places?: Readonly<Record<Mac, Place>> | undefined;
};

/** What a machine said of itself when its agent connected last. */
export type MachineSaid = {
  readonly serial: string;
  readonly uuid: string;
  /** Of all its network cards. */
  readonly macs: readonly Mac[];
  /** Larger: said later. 0: before this process. */
  readonly order: number;
};

/** The places of those MACs only. */
export function placesAmong(
  places: NodeIdentity["places"],
  macs: readonly Mac[],
): NodeIdentity["places"] | undefined {
  const kept = macs.flatMap((mac) => {
    const place = places?.[mac];
    return place ? [[mac, place] as const] : [];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Nothing at all is known: not stored. */
export function identityOrNone({ serial, uuid, places }: NodeIdentity): NodeIdentity | undefined {
  const hasPlaces = places !== undefined && Object.keys(places).length > 0;
  if (serial === undefined && uuid === undefined && !hasPlaces) return undefined;
  return { serial, uuid, places: hasPlaces ? places : undefined };
}

export function isSameIdentity(one: NodeIdentity | undefined, other: NodeIdentity | undefined): boolean {
  if (one?.serial !== other?.serial || one?.uuid !== other?.uuid) return false;
  const left = entriesOf(one);
  const right = entriesOf(other);
  return (
    left.length === right.length &&
    left.every(([mac, place]) => {
      const there = other?.places?.[mac];
      return there !== undefined && isSamePlace(there, place) && there.switchName === place.switchName;
    })
  );
}

const entriesOf = (identity: NodeIdentity | undefined): readonly (readonly [Mac, Place])[] =>
  Object.entries(identity?.places ?? {}) as unknown as readonly (readonly [Mac, Place])[];
