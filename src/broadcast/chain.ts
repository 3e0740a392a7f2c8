/**
 * The members of one broadcast as they come, go and misbehave, and the lists
 * that have to be told to them. Pure: `broadcasts.ts` does the telling.
 */
import { type Member, planUpstreams } from "./plan.ts";

/** PROTOCOL.md section 3: the second bad chunk takes a node off the lists. */
const MAX_BAD_CHUNKS = 1;

type State = Member & {
  readonly listening: boolean;
  readonly reachable: boolean;
  /** Bad chunks that it had vouched for. */
  readonly badChunks: number;
};

export class Chain {
  readonly #sourceOf: (endpoint: string) => string;
  readonly #members = new Map<string, State>();
  readonly #told = new Map<string, readonly string[]>();
  #joins = 0;

  /**
   * @param sourceOf `ADDRESS:PORT` of the appliance as the node at an endpoint reaches it. Nodes that reach it
   *   by different addresses are on different networks, and do not feed each other.
   */
  constructor(sourceOf: (endpoint: string) => string) {
    this.#sourceOf = sourceOf;
  }

  get nodes(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Adds a member behind all others; one that was there before starts anew, with its bad name. */
  join(node: string, endpoint: string): void {
    const badChunks = this.#members.get(node)?.badChunks ?? 0;
    this.drop(node);
    const joined = this.#joins++;
    this.#put({ node, endpoint, joined, feeds: false, listening: false, reachable: true, badChunks });
  }

  /** The member serves now, at `endpoint`. */
  listens(node: string, endpoint: string): void {
    const member = this.#members.get(node);
    if (member) this.#put({ ...member, endpoint, listening: true });
  }

  reachable(node: string, reachable: boolean): void {
    const member = this.#members.get(node);
    if (member) this.#put({ ...member, reachable });
  }

  isListening(node: string): boolean {
    return this.#members.get(node)?.listening ?? false;
  }

  /** Its copy is not to be trusted, but its own lists still matter to it. */
  stopsFeeding(node: string): void {
    const member = this.#members.get(node);
    if (member) this.#put({ ...member, listening: false });
  }

  /** Counts a bad chunk. @returns the node that serves at `endpoint`, if it is one. */
  blame(endpoint: string): string | undefined {
    const member = [...this.#members.values()].find((other) => other.endpoint === endpoint);
    if (member) this.#put({ ...member, badChunks: member.badChunks + 1 });
    return member?.node;
  }

  drop(node: string): void {
    this.#members.delete(node);
    this.#told.delete(node);
  }

  /** The lists that differ from what was last returned, by node. */
  changes(): ReadonlyMap<string, readonly string[]> {
    const networks = Map.groupBy(this.#members.values(), ({ endpoint }) => this.#sourceOf(endpoint));
    const lists = [...networks].flatMap(([source, members]) => [...planUpstreams(members, source)]);
    const changed = new Map<string, readonly string[]>();
    for (const [node, list] of lists) {
      if (this.#told.get(node)?.join() === list.join()) continue;
      this.#told.set(node, list);
      changed.set(node, list);
    }
    return changed;
  }

  #put(state: State): void {
    const feeds = state.listening && state.reachable && state.badChunks <= MAX_BAD_CHUNKS;
    this.#members.set(state.node, { ...state, feeds });
  }
}
