/** Cables that follow from MAC tables, and switches that nobody speaks of but that have to be there. Pure. */
import type { Cable, End, Known } from "./merge_model.ts";
import type { Member, Segment } from "./merge_segments.ts";

export type Inferred = {
  readonly cables: readonly Cable[];
  /** Switches that were not known before; their numbers follow on those of the others. */
  readonly added: readonly Known[];
  /** What has become of each segment: the switch that all its ports lead to, where there is one. */
  readonly middleOf: ReadonlyMap<Segment, number>;
};

/**
 * Two ports that face each other are a cable. A switch without table among them is what they all lead to; without one, more
 * than two ports or machines in between need one that nobody knows.
 *
 * @param hasMachines MAC addresses that all ports of a segment have learnt, so that they are in it
 */
export function inferCables(
  switches: readonly Known[],
  segments: readonly Segment[],
  hasMachines: (segment: Segment) => boolean,
): Inferred {
  const added: Known[] = [];
  const middleOf = new Map<Segment, number>();
  const cables = segments.flatMap((segment) => {
    const { parts, blind } = segment;
    const isCable = parts.length === 2 && !(blind.length === 0 && hasMachines(segment));
    if (blind.length !== 1 && parts.length < 2) return [];
    if (blind.length !== 1 && isCable) return faceToFace(parts);
    const [middle = switches.length + added.length] = blind.length === 1 ? blind : [];
    if (middle === switches.length + added.length) added.push(unknownSwitch(middle, switches, segment));
    middleOf.set(segment, middle);
    const outlets = blind.length === 1 ? loosePorts(parts).map(({ end }) => end) : parts.map(outletOf);
    return outlets.map((end) => cable(end, { at: middle }));
  });
  return { cables, added, middleOf };
}

const faceToFace = (parts: Segment["parts"]): readonly Cable[] => {
  const [one, other] = parts.map(outletOf);
  return one && other ? [cable(one, other)] : [];
};

type PortMember = Extract<Member, { readonly kind: "port" }>;

const loosePorts = (parts: Segment["parts"]): readonly PortMember[] =>
  parts.flatMap((part) => (part.length === 1 && part[0]?.kind === "port" ? part[0] : []));

/** Where a part goes on: at its switch without table, on a port that nobody knows, else at its port. */
function outletOf(part: readonly Member[]): End {
  const blind = part.find((member) => member.kind === "blind");
  if (blind?.kind === "blind") return { at: blind.at };
  const port = part.find((member) => member.kind === "port");
  if (port?.kind !== "port") throw new Error("A part of a segment has no member");
  return port.end;
}

function cable(one: End, other: End): Cable {
  return {
    ends: one.at < other.at ? [one, other] : [other, one],
    confidence: "inferred",
    said: [one, other]
      .filter(({ port }) => port !== undefined)
      .map(({ at }) => ({ source: "macTable", by: at })),
  };
}

/** Named by the first port that leads to it, so that it keeps its name while that stays. */
function unknownSwitch(index: number, switches: readonly Known[], { ports, blind }: Segment): Known {
  const names = [
    ...ports.map(({ at, port }) => `${switches[at]?.id} ${port}`),
    ...blind.map((at) => `${switches[at]?.id}`),
  ].sort();
  const id = `behind ${names[0]}`;
  return { index, id, name: id, mentions: [], addresses: [], isInferred: true };
}
