/** Who takes part. */
import { measureBrigade } from "./brigade.ts";
import { measureOn, type Run } from "./crew.ts";
import type { OrderSource } from "./learnt_order.ts";
import { udpcast, uftp } from "./multicast.ts";
import { netcatChain } from "./netcat.ts";
import type { Contestant, Point } from "./point.ts";
import { clushTree, taktukChain } from "./shells.ts";
import { aria2 } from "./torrent.ts";
import { curlFromNginx } from "./web.ts";

export const brigade = (order: OrderSource): Contestant => ({
  name: "Brigade",
  measure: (point, image) => measureBrigade(point, image, order),
});

const hasTree = ({ lan }: Point): boolean => (lan.edges ?? 0) > 0;

/** @param makeRun a fresh one each time, for it keeps what it started */
const peer = (name: string, makeRun: () => Run, more: Partial<Contestant> = {}): Contestant => ({
  name,
  measure: (point, image) => measureOn(point, image, makeRun()),
  ...more,
});

/** The source's link is shared by all nodes, so time grows with their number and the efficiency is known from less. */
const ONE_BY_ONE = { shareOfImage: 1 / 16 } as const;

export const PEERS: readonly Contestant[] = [
  peer("netcat + tee chain", () => netcatChain(({ lan }) => lan.nodes)),
  peer("netcat + tee chain, told the wiring", () => netcatChain(({ lan }) => lan.nodesByFabric), {
    appliesTo: hasTree,
  }),
  peer("udpcast", udpcast),
  peer("uftp", uftp),
  peer("taktuk chain", taktukChain),
  peer("clush tree", clushTree, ONE_BY_ONE),
  peer("aria2 (BitTorrent)", aria2),
  peer("curl from nginx", curlFromNginx, ONE_BY_ONE),
];
