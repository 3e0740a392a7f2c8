/** Bounds what one broadcast takes of the appliance, however fast that is. */
const MAX_CHAINS = 4;
/** Fewer nodes than this are not worth another image out of the appliance. */
const MIN_NODES = 8;

export type LinkSpeeds = {
  /** The appliance's own link; undefined: not known. */
  readonly sourceMbit: number | undefined;
  /** Of the nodes; those that are not known left out. */
  readonly nodeMbit: readonly number[];
  /** Nodes that will take part. */
  readonly nodes: number;
};

/**
 * How many chains a broadcast has. Each is another image that leaves the
 * appliance, at the rate of its nodes, so there are as many as its link
 * carries at once: one when all links are alike or nothing is known.
 */
export function chainCount({ sourceMbit, nodeMbit, nodes }: LinkSpeeds): number {
  if (sourceMbit === undefined || nodeMbit.length === 0) return 1;
  const fits = Math.floor(sourceMbit / Math.max(...nodeMbit));
  return Math.max(1, Math.min(MAX_CHAINS, fits, Math.floor(nodes / MIN_NODES)));
}
