/** Where machines are plugged in against where they are expected. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Finding } from "./finding.ts";
import type { IdentityFacts, Machine } from "./identity_facts.ts";
import type { Node } from "./node.ts";
import { isSamePlace, type Place, placeKey, placeOf } from "./place.ts";

/** @param known findings that tell already that two nodes are one machine */
export function judgePlaces(facts: IdentityFacts, known: readonly Finding[]): readonly Finding[] {
  const expected = expectedAt(facts);
  const cards = new Set(known.flatMap((finding) => (finding.kind === "secondCard" ? [finding.other] : [])));
  return facts.machines.flatMap((machine) => [
    ...onTwoPorts(facts, machine.node),
    ...(machine.node.status === "registered"
      ? movedFindings(facts, machine.node, expected)
      : cards.has(machine.node.name)
        ? []
        : newcomers(facts, machine.node, expected)),
  ]);
}

type Expected = ReadonlyMap<string, readonly Node[]>;

/** Who is expected at each port. */
function expectedAt({ machines }: IdentityFacts): Expected {
  const registered = machines.filter(({ node }) => node.status === "registered");
  const all = registered.flatMap(({ node }) =>
    node.macs.flatMap((mac) => {
      const place = node.identity?.places?.[mac];
      return place ? [{ key: placeKey(place), node }] : [];
    }),
  );
  return new Map(
    [...Map.groupBy(all, ({ key }) => key)].map(([key, those]) => [
      key,
      [...new Set(those.map(({ node }) => node))],
    ]),
  );
}

const onTwoPorts = ({ places }: IdentityFacts, { name, macs }: Node): readonly Finding[] =>
  macs.flatMap((mac) => {
    const found = places.placesOf(mac);
    return found.length > 1 ? [{ kind: "macOnTwoPorts", node: name, mac, places: found } as const] : [];
  });

function movedFindings(facts: IdentityFacts, node: Node, expected: Expected): readonly Finding[] {
  return node.macs.flatMap((mac): readonly Finding[] => {
    const from = node.identity?.places?.[mac];
    const to = placeOf(facts.places, mac);
    if (!from || !to || isSamePlace(from, to) || !facts.places.hasLeft(mac, from.switchId)) return [];
    const other = (expected.get(placeKey(to)) ?? []).find((one) =>
      hasMoved(facts, one, { to: from, from: to }),
    );
    if (!other || other === node) return [{ kind: "moved", node: node.name, mac, from, to }];
    // Told once of the two.
    return node.name < other.name
      ? [{ kind: "cablesSwapped", node: node.name, other: other.name, place: to, otherPlace: from }]
      : [];
  });
}

type Way = { readonly from: Place; readonly to: Place };

const hasMoved = ({ places }: IdentityFacts, { macs }: Node, { from, to }: Way): boolean =>
  macs.some((mac) => {
    const place = placeOf(places, mac);
    return place !== undefined && isSamePlace(place, to) && places.hasLeft(mac, from.switchId);
  });

/** Behind a port where several are expected is something that has ports of its own: no place for a guess. */
function newcomers(facts: IdentityFacts, { name, macs }: Node, expected: Expected): readonly Finding[] {
  const place = firstPlace(facts, macs);
  const [missing, ...more] = (place && expected.get(placeKey(place))) ?? [];
  if (!place || !missing || more.length > 0) return [];
  if (missing.macs.some((mac) => facts.places.placesOf(mac).length > 0)) return [];
  return [{ kind: "newcomer", node: missing.name, other: name, place }];
}

function firstPlace({ places }: IdentityFacts, macs: readonly Mac[]): Place | undefined {
  for (const mac of macs) {
    const place = placeOf(places, mac);
    if (place) return place;
  }
  return undefined;
}

/** Where its cards are now, where that is known. */
export const placesNow = ({ places }: IdentityFacts, { node }: Machine): Readonly<Record<Mac, Place>> =>
  Object.fromEntries(
    node.macs.flatMap((mac) => {
      const place = placeOf(places, mac);
      return place ? [[mac, place] as const] : [];
    }),
  );
