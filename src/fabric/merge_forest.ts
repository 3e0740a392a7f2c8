/** Links that LLDP or CDP tell of, as trees: through which port one switch of a tree reaches another. Pure. */
import type { End } from "./merge_model.ts";
import { majority, NOWHERE, type Tables, vote } from "./merge_tables.ts";

type Edge = { readonly to: number; readonly port: number };

export class Forest {
  readonly #edges: readonly Edge[][];
  readonly #tree: number[];
  readonly #ringed: number[] = [];

  /** @param links the surest first; what closes a ring is left out */
  constructor(tables: Tables, links: readonly (readonly [End, End])[]) {
    const numberOf = ({ at, port }: End): number =>
      port === undefined ? NOWHERE : tables.portNumber(at, port);
    this.#edges = tables.of.map(() => []);
    this.#tree = tables.of.map((_, at) => at);
    for (const [one, other] of links) {
      if (this.#rootOf(one.at) === this.#rootOf(other.at)) {
        this.#ringed.push(one.at);
        continue;
      }
      this.#tree[this.#rootOf(one.at)] = this.#rootOf(other.at);
      this.#edges[one.at]?.push({ to: other.at, port: numberOf(one) });
      this.#edges[other.at]?.push({ to: one.at, port: numberOf(other) });
    }
  }

  #rootOf(at: number): number {
    let root = at;
    while (this.#tree[root] !== root) root = this.#tree[root] ?? root;
    return root;
  }

  /** Whether links of its tree were left out because they close a ring. */
  isRinged(at: number): boolean {
    return this.#ringed.some((ringed) => this.#rootOf(ringed) === this.#rootOf(at));
  }

  /** Each other switch of the tree of `from`, with the port of `from` towards it. */
  reach(from: number, found: (to: number, port: number) => void): void {
    for (const { to, port } of this.#edges[from] ?? []) {
      const queue = [{ at: to, before: from }];
      for (const { at, before } of queue) {
        found(at, port);
        for (const next of this.#edges[at] ?? [])
          if (next.to !== before) queue.push({ at: next.to, before: at });
      }
    }
  }

  /**
   * What one switch of a tree knows, the others know: all of a tree are on one side of a switch outside of it, and
   * that is behind one switch of the tree for all the others.
   */
  spread(toward: readonly Int16Array[]): void {
    const trees = Map.groupBy(toward.keys(), (at) => this.#rootOf(at));
    for (const [root, tree] of trees)
      for (let outside = 0; outside < toward.length; outside++)
        if (this.#rootOf(outside) !== root) {
          fillRow(toward[outside], tree);
          this.#fillTree(toward, tree, outside);
        }
  }

  #fillTree(toward: readonly Int16Array[], tree: readonly number[], outside: number): void {
    const exits = tree.filter((at) => this.#isExit(at, toward[at]?.[outside] ?? NOWHERE));
    const [exit] = exits;
    if (exit === undefined || exits.length > 1) return;
    for (const at of tree) {
      const row = toward[at];
      if (row && at !== exit && row[outside] === NOWHERE) row[outside] = row[exit] ?? NOWHERE;
    }
  }

  /** The port is none towards another switch of the tree. */
  #isExit(at: number, port: number): boolean {
    const edges = this.#edges[at] ?? [];
    return port > NOWHERE && edges.every((edge) => edge.port !== NOWHERE && edge.port !== port);
  }
}

function fillRow(row: Int16Array | undefined, tree: readonly number[]): void {
  if (!row) return;
  const votes = new Map<number, number>();
  for (const at of tree) if ((row[at] ?? NOWHERE) > NOWHERE) vote(votes, row[at] ?? NOWHERE);
  const port = majority(votes);
  for (const at of tree) if (row[at] === NOWHERE) row[at] = port;
}
