/**
 * The order in which a chain goes through the nodes: depth first over the switches from the appliance's port, so that
 * every link between switches carries the stream at most once in each direction. What is faster comes first; what is
 * slow, lossy or at half duplex comes last. Within a switch nodes of equal speed go by name, as people count, and not
 * by port: names are what people read in lists and reports. Islands that are not connected to the appliance come behind
 * the others, each kept together; nodes that nobody saw come last, by name. A fabric that knows nothing gives the order
 * of the names.
 *
 * Pure.
 */
import { cutChains } from "./chain_cuts.ts";
import { countCrossings, mostCrossings } from "./crossings.ts";
import { type FabricTree, treeFrom } from "./fabric_tree.ts";
import type { Fabric, FabricLink, SwitchId } from "./graph.ts";
import { known, speedOr, UNKNOWN_MBIT } from "./known_rate.ts";
import { type NodePlace, placesOfNodes } from "./node_places.ts";
import { explainVisits } from "./order_explain.ts";
import { branchesOf, type Leaf, type Walk, walk } from "./order_tree.ts";
import type { ChainOrder, ChainOrderOptions, OrderExplanation, OrderedChain } from "./order_types.ts";
import { mbitLeft, usualMbit } from "./port_health.ts";
import { linkKey, stableOrder } from "./port_index.ts";
import type { Stop } from "./stream_rates.ts";

/** What Ethernet, IP and TCP leave of a link's rate for content: measured between 0.94 and 0.956. */
const TCP_SHARE = 0.95;
/** Longer paths are cut: nothing that is built is deeper, and a hostile fabric must not cost memory. */
const MAX_PATH = 64;

/**
 * Orders nodes for a chain.
 *
 * @returns each asked node once. The same for the same fabric and nodes, in whatever order they are given.
 */
export function chainOrder(fabric: Fabric, options: ChainOrderOptions): ChainOrder {
  const seen = treeFrom(fabric, options.appliance);
  const places = placesOfNodes({ ...options, ...seen });
  const rateOf = ratesOfNodes(seen, places, options);
  const leaves = places.flatMap(({ node, at }): readonly Leaf[] =>
    at ? [{ node, at, rateMbit: rateOf(node) }] : [],
  );
  const walked = walk(branchesOf(seen.tree, leaves, { ...seen, rateOf: rateInto(seen) }));
  const unknown = places.flatMap(({ node, place }) => (place === "unknown" ? node : []));
  const stops: readonly Stop[] = [
    ...walked.leaves,
    ...unknown.map((node) => ({ node, rateMbit: rateOf(node) })),
  ];
  const cuts = cutChains(seen, stops, { ...options, sourceMbit: sourceMbit(seen, options) });
  const placeOf = new Map(places.map((place) => [place.node, place]));
  const pathOf = paths(seen);
  return {
    nodes: stops.map(({ node, at, rateMbit }, position) => ({
      ...{ node, position, path: at ? pathOf(at.switch) : [], at },
      chain: cuts.findLastIndex(({ first }) => first <= position),
      place: placeOf.get(node)?.place ?? "unknown",
      rateMbit: known(rateMbit),
    })),
    chains: cuts.map(({ first, count, stream }): OrderedChain => {
      const rateMbit = known(stream.lastMbit);
      const expectedMBps = rateMbit === undefined ? undefined : (rateMbit * TCP_SHARE) / 8;
      return { first, count, rateMbit, expectedMBps, bounds: stream.bounds };
    }),
    explanation: explain(seen, { places, walked, unknown }),
  };
}

type Rate = (node: string) => number;

/** Of the nodes' own links; where nobody says, what most of the others have. */
function ratesOfNodes(
  { index, faultsOf }: FabricTree,
  places: readonly NodePlace[],
  { linkMbitOf }: ChainOrderOptions,
): Rate {
  const speeds = new Map(
    places.map(({ node, at, attachment }) => {
      const said = linkMbitOf?.(node) ?? attachment?.speedMbit ?? (at && index.portAt(at)?.speedMbit);
      return [node, speedOr(said, 0) || undefined];
    }),
  );
  const usual = usualMbit(speeds.values()) ?? UNKNOWN_MBIT;
  const rates = new Map(
    places.map(({ node, at }) => [node, mbitLeft(speeds.get(node) ?? usual, at ? faultsOf(at) : [])]),
  );
  return (node) => rates.get(node) ?? usual;
}

const rateInto =
  ({ rateOf }: FabricTree) =>
  ({ link }: { readonly link?: { readonly link: FabricLink } | undefined }): number =>
    link ? rateOf(link.link) : UNKNOWN_MBIT;

/** What leaves the appliance at most; {@link UNKNOWN_MBIT}: not known. */
function sourceMbit({ appliance, index }: FabricTree, options: ChainOrderOptions): number {
  const [first] = appliance;
  const said = options.sourceMbit ?? first?.speedMbit ?? (first && index.portAt(first.at)?.speedMbit);
  return speedOr(said, UNKNOWN_MBIT);
}

/** The path of each switch, made once. */
function paths({ tree }: FabricTree): (id: SwitchId) => readonly SwitchId[] {
  const made = new Map<SwitchId, readonly SwitchId[]>();
  return (id) => {
    const path = made.get(id) ?? pathTo(tree.switches.get(id)).slice(0, MAX_PATH);
    made.set(id, path);
    return path;
  };
}

function pathTo(at: ReturnType<FabricTree["tree"]["switches"]["get"]>): SwitchId[] {
  const path: SwitchId[] = [];
  for (let next = at; next; next = next.above) path.push(next.id);
  return path.reverse();
}

type Explained = {
  readonly places: readonly NodePlace[];
  readonly walked: Walk;
  readonly unknown: readonly string[];
};

function explain(seen: FabricTree, { places, walked, unknown }: Explained): OrderExplanation {
  const { index, appliance, tree } = seen;
  const [first] = appliance;
  const switches = new Map(places.map(({ node, at }) => [node, at?.switch]));
  const byName = places.flatMap(({ node }) => switches.get(node) ?? []);
  const here = walked.leaves.map(({ at }) => at.switch);
  return {
    appliance: first && {
      at: first.at,
      switchName: index.nameOf(first.at.switch),
      speedMbit: first.speedMbit ?? index.portAt(first.at)?.speedMbit,
    },
    visits: explainVisits(seen, walked),
    unknown,
    guessed: places.flatMap(({ node, place, at }) =>
      place === "guessed" && at ? { node, switch: at.switch, name: index.nameOf(at.switch) } : [],
    ),
    unused: tree.unused
      .toSorted((left, right) => stableOrder(linkKey(left), linkKey(right)))
      .map(({ ends }) => ends),
    mostCrossings: {
      here: mostCrossings(countCrossings(seen, here)),
      byName: mostCrossings(countCrossings(seen, byName)),
    },
  };
}
