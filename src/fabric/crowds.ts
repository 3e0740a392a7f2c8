/**
 * Keeps a graph small where switches have learnt 100,000 machines that nobody knows: of ports with many only the number
 * is kept. Pure.
 */
import type { Attachment, Fabric } from "./graph.ts";
import { portKey, stableOrder } from "./port_index.ts";

/** Of machines that nobody knows; those that have a name are all kept. */
export const MAX_STRANGERS = 4096;

/**
 * Ports with few come first: a new machine is alone on its port, and is to be found there.
 *
 * @returns the same graph while it has no more than `max`
 */
export function countCrowds(fabric: Fabric, max = MAX_STRANGERS): Fabric {
  const strangers = fabric.attachments.filter(isStranger);
  if (strangers.length <= max) return fabric;
  const crowded = crowdedPorts(strangers, max);
  return {
    ...fabric,
    attachments: fabric.attachments.filter((one) => !isStranger(one) || !crowded.has(portKey(one.at))),
    crowds: [...crowded.values()].flatMap((own) => (own[0] ? { at: own[0].at, machines: own.length } : [])),
  };
}

const isStranger = ({ endpoint }: Attachment): boolean => endpoint === undefined;

/** What is beyond the bound, by port. */
function crowdedPorts(
  strangers: readonly Attachment[],
  max: number,
): ReadonlyMap<string, readonly Attachment[]> {
  const fewFirst = [...Map.groupBy(strangers, ({ at }) => portKey(at))].sort(
    ([leftKey, left], [rightKey, right]) => left.length - right.length || stableOrder(leftKey, rightKey),
  );
  let sum = 0;
  return new Map(
    fewFirst.filter(([, own]) => {
      sum += own.length;
      return sum > max;
    }),
  );
}
