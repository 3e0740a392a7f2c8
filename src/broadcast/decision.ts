/** What the coordinator has decided: what is to be said to whom. Pure. */
import type { UpstreamList } from "#src/agent/requests.ts";

/** Worth telling a person. */
export type Finding =
  | {
      readonly kind: "slow";
      readonly node: string;
      readonly why: "disk" | "link";
      readonly rate: number;
      readonly otherRate: number;
    }
  | { readonly kind: "distrusted"; readonly node: string }
  | { readonly kind: "leftUpstream"; readonly node: string; readonly from: string; readonly to: string };

export type Decision = {
  /** Nodes to be asked to take part now, with their lists. */
  readonly ask: ReadonlyMap<string, UpstreamList>;
  /** Lists that have changed, of nodes that take part. */
  readonly tell: ReadonlyMap<string, UpstreamList>;
  readonly findings: readonly Finding[];
};
