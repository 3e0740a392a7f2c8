/** Who takes part. */
import { measureBrigade } from "./brigade.ts";
import { measureOn, type Run } from "./crew.ts";
import { netcatChain } from "./netcat.ts";
import type { Contestant, Point } from "./point.ts";

export const BRIGADE: Contestant = { name: "Brigade", measure: measureBrigade };

const hasTree = ({ lan }: Point): boolean => (lan.edges ?? 0) > 0;

/** @param makeRun a fresh one each time, for it keeps what it started */
const peer = (name: string, makeRun: () => Run, more: Partial<Contestant> = {}): Contestant => ({
  name,
  measure: (point, image) => measureOn(point, image, makeRun()),
  ...more,
});

export const PEERS: readonly Contestant[] = [
  peer("netcat + tee chain", () => netcatChain(({ lan }) => lan.nodes)),
  peer("netcat + tee chain, told the wiring", () => netcatChain(({ lan }) => lan.nodesByFabric), {
    appliesTo: hasTree,
  }),
];
