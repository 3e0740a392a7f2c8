/** Links that LLDP or CDP tell of, as trees: through which port one switch of a tree reaches another. Pure. */
import type { End } from "./merge_model.ts";
import { Roots } from "./merge_roots.ts";
import { majority, NOWHERE, type Tables, vote } from "./merge_tables.ts";

/** As {@link Directions} has them. */
type Rows = readonly (Int16Array | undefined)[];

type Edge = { readonly to: number; readonly port: number };

export class Forest {
  readonly #edges: readonly Edge[][];
  readonly #roots: Roots;
  readonly #ringed: ReadonlySet<number>;

  /** @param links the surest first; what closes a ring is left out */
  constructor(tables: Tables, links: readonly (readonly [End, End])[]) {
    const numberOf = ({ at, port }: End): number =>
      port === undefined ? NOWHERE : tables.portNumber(at, port);
    this.#edges = tables.of.map(() => []);
    this.#roots = new Roots(tables.of.length);
    const ringed: number[] = [];
    for (const [one, other] of links) {
      if (this.#roots.isJoined(one.at, other.at)) {
        ringed.push(one.at);
        continue;
      }
      this.#roots.join(other.at, one.at);
      this.#edges[one.at]?.push({ to: other.at, port: numberOf(one) });
      this.#edges[other.at]?.push({ to: one.at, port: numberOf(other) });
    }
    this.#ringed = new Set(ringed.map((at) => this.#roots.rootOf(at)));
  }

  /** Whether there is a way through it. */
  isBetween(at: number): boolean {
    return (this.#edges[at]?.length ?? 0) > 1;
  }

  /** Whether links of its tree were left out because they close a ring. */
  isRinged(at: number): boolean {
    return this.#ringed.has(this.#roots.rootOf(at));
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
  spread(toward: Rows): void {
    const trees = Map.groupBy(toward.keys(), (at) => this.#roots.rootOf(at));
    const rows = toward.flatMap((row, at) => (row ? [{ row, at }] : []));
    for (const [root, tree] of trees) {
      // One alone has nobody to tell.
      if (tree.length < 2) continue;
      const members = tree.filter((at) => toward[at]);
      for (const { row, at } of rows) if (this.#roots.rootOf(at) !== root) fillRow(row, tree);
      for (let outside = 0; members.length > 0 && outside < toward.length; outside++)
        if (this.#roots.rootOf(outside) !== root) this.#fillTree(toward, members, outside);
    }
  }

  #fillTree(toward: Rows, tree: readonly number[], outside: number): void {
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

function fillRow(row: Int16Array, tree: readonly number[]): void {
  const votes = new Map<number, number>();
  for (const at of tree) if ((row[at] ?? NOWHERE) > NOWHERE) vote(votes, row[at] ?? NOWHERE);
  const port = majority(votes);
  for (const at of tree) if (row[at] === NOWHERE) row[at] = port;
}
