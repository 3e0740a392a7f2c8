/** Where the asked nodes are plugged in, as far as anybody saw them. Pure. */
import type { Attachment, Fabric, PortRef, SwitchId } from "./graph.ts";
import type { ChainOrderOptions, PlaceKnowledge } from "./order_types.ts";
import { portKey, stableOrder } from "./port_index.ts";
import { CONFIDENCE_RANK } from "./spanning_tree.ts";

export type NodePlace = {
  readonly node: string;
  readonly place: PlaceKnowledge;
  /** Undefined: unknown. */
  readonly at?: PortRef | undefined;
  readonly attachment?: Attachment | undefined;
};

/** All places that machines of one name are seen at, the best known and fastest first. */
export function attachmentsByEndpoint({ attachments }: Fabric): ReadonlyMap<string, readonly Attachment[]> {
  const known = attachments.filter(({ endpoint }) => endpoint !== undefined);
  const byName = Map.groupBy(known, ({ endpoint = "" }) => endpoint);
  return new Map([...byName].map(([name, own]) => [name, own.toSorted(bestFirst)]));
}

const bestFirst = (left: Attachment, right: Attachment): number =>
  CONFIDENCE_RANK[left.confidence] - CONFIDENCE_RANK[right.confidence] ||
  (right.speedMbit ?? 0) - (left.speedMbit ?? 0) ||
  stableOrder(portKey(left.at), portKey(right.at)) ||
  stableOrder(left.mac, right.mac);

export type PlaceOptions = Pick<ChainOrderOptions, "nodes" | "macOf"> & {
  readonly attachments: ReadonlyMap<string, readonly Attachment[]>;
  /** Whether a switch is connected to the appliance's; a card there goes before others. */
  readonly isReached: (id: SwitchId) => boolean;
};

/** @returns each node once, in the order of the names */
export function placesOfNodes({ nodes, macOf, attachments, isReached }: PlaceOptions): readonly NodePlace[] {
  const places = [...new Set(nodes)].sort(stableOrder).map((node): NodePlace => {
    const own = attachments.get(node) ?? [];
    const mac = macOf?.(node);
    const best = own.find((one) => one.mac === mac) ?? own.find(({ at }) => isReached(at.switch)) ?? own[0];
    return best ? { node, place: "seen", at: best.at, attachment: best } : { node, place: "unknown" };
  });
  return places.map((place, at) => (place.at ? place : (guess(places, at) ?? place)));
}

/** A node between two that stand on one switch stands there too, most likely: people name them as they mount them. */
function guess(places: readonly NodePlace[], at: number): NodePlace | undefined {
  const node = places[at]?.node ?? "";
  const before = seenBeside(places, at, -1);
  const behind = seenBeside(places, at, 1);
  if (before === undefined || before !== behind) return undefined;
  return { node, place: "guessed", at: { switch: before } };
}

/** How far one looks for a neighbour of the same kind of name that was seen. */
const MAX_STEPS = 64;

function seenBeside(places: readonly NodePlace[], from: number, step: 1 | -1): SwitchId | undefined {
  const kind = kindOf(places[from]?.node ?? "");
  for (let at = from + step; Math.abs(at - from) <= MAX_STEPS; at += step) {
    const other = places[at];
    if (!other || kindOf(other.node) !== kind) return undefined;
    if (other.place === "seen") return other.at?.switch;
  }
  return undefined;
}

const kindOf = (name: string): string => name.replaceAll(/\d+/g, "#");
