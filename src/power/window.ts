/**
 * How many machines may be started at once, and how many in a second: a sliding window, so that each that is through
 * lets the next one in. Pure: the time is an argument, and whoever keeps the window asks it when to look again.
 *
 * Those who wait stand in lanes (a deployment, a power command); lanes take turns, and within a lane who came first
 * goes first, unless its power group is full.
 */

export type WindowLimits = {
  /** Started and not through yet. */
  readonly inFlight: number;
  /** Starts within any second. */
  readonly perSecond: number;
  /** A slot that nobody gave back is free after this time: longer than anything that takes one. */
  readonly maxHoldMs: number;
};

/** Machines that hang on one PDU, fuse or chassis. */
export type PowerGroup = { readonly name: string; readonly inFlight: number };

export type Ticket = {
  /** Unique among those that wait or hold a slot. */
  readonly id: string;
  readonly lane: string;
  readonly groups?: readonly PowerGroup[] | undefined;
  /** It does not start a machine, so it waits for a slot and not for the second. */
  readonly isCheap?: boolean | undefined;
};

export type LaneState = { readonly lane: string; readonly inFlight: number; readonly waiting: number };
export type WindowState = {
  readonly limits: WindowLimits;
  readonly inFlight: number;
  readonly waiting: number;
  readonly lanes: readonly LaneState[];
};

type Waiting = { readonly ticket: Ticket; readonly place: number };
/** Those that wait for the same groups, in order: only the first can be next. */
type Queue = Map<string, Waiting>;
type Held = { readonly ticket: Ticket; readonly sinceMs: number };

const SECOND_MS = 1000;
const groupsOf = ({ groups = [] }: Ticket): readonly PowerGroup[] => groups;
const queueKey = (ticket: Ticket): string =>
  JSON.stringify([ticket.isCheap === true, ...groupsOf(ticket).map(({ name }) => name)]);

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

export class StartWindow {
  readonly #limits: WindowLimits;
  /** By lane in the order of their turns, then by what they wait for. */
  readonly #lanes = new Map<string, Map<string, Queue>>();
  /** In the order in which they were let in. */
  readonly #held = new Map<string, Held>();
  readonly #inGroup = new Map<string, number>();
  /** When the last ones started, at most as many as may within a second; oldest first. */
  #startsMs: number[] = [];
  #waiting = 0;
  #nextPlace = 0;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  /** Stands in line. */
  ask(ticket: Ticket): void {
    const lane = kept(this.#lanes, ticket.lane, () => new Map<string, Queue>());
    const queue = kept(lane, queueKey(ticket), (): Queue => new Map());
    queue.set(ticket.id, { ticket, place: this.#nextPlace++ });
    this.#waiting++;
  }

  /** Has a slot at once, whatever the limits say: it was started before anybody could ask. */
  take(ticket: Ticket, nowMs: number): void {
    this.#hold(ticket, nowMs);
  }

  /** Leaves the line, or gives its slot back. Once or more often is the same. */
  leave(id: string): void {
    const held = this.#held.get(id);
    if (held) this.#release(held);
    else this.#leaveLine(id);
  }

  /** Lets in whoever may start now. @returns their tickets in order. @param nowMs monotonic */
  admit(nowMs: number): readonly Ticket[] {
    this.#forgetLost(nowMs);
    const admitted: Ticket[] = [];
    for (let next = this.#next(nowMs); next; next = this.#next(nowMs)) {
      this.#leaveLine(next.id);
      this.#endTurn(next.lane);
      this.#hold(next, nowMs);
      if (!next.isCheap) this.#noteStart(nowMs);
      admitted.push(next);
    }
    return admitted;
  }

  /** When `admit`, which was just asked at `nowMs`, may let somebody in although nobody left meanwhile. */
  nextMs(nowMs: number): number | undefined {
    if (this.#waiting === 0) return undefined;
    const [oldest] = this.#held.values();
    const lostMs = oldest ? oldest.sinceMs + this.#limits.maxHoldMs : Number.POSITIVE_INFINITY;
    const rateMs = this.#rateFreeMs();
    // What is not in the future lets nobody in who has not come in: those wait for somebody of their group to leave.
    const isRateInTheWay = this.#held.size < this.#limits.inFlight && rateMs > nowMs;
    const atMs = Math.min(lostMs, isRateInTheWay ? rateMs : Number.POSITIVE_INFINITY);
    return Number.isFinite(atMs) ? atMs : undefined;
  }

  state(): WindowState {
    const lanes = new Map<string, { inFlight: number; waiting: number }>();
    const of = (lane: string) => kept(lanes, lane, () => ({ inFlight: 0, waiting: 0 }));
    for (const { ticket } of this.#held.values()) of(ticket.lane).inFlight++;
    for (const { ticket } of this.#everyone()) of(ticket.lane).waiting++;
    return {
      limits: this.#limits,
      inFlight: this.#held.size,
      waiting: this.#waiting,
      lanes: [...lanes].map(([lane, counts]) => ({ lane, ...counts })),
    };
  }

  *#everyone(): Generator<Waiting> {
    for (const lane of this.#lanes.values()) for (const queue of lane.values()) yield* queue.values();
  }

  #next(nowMs: number): Ticket | undefined {
    if (this.#held.size >= this.#limits.inFlight) return undefined;
    const mayStart = this.#rateFreeMs() <= nowMs;
    for (const lane of this.#lanes.values()) {
      const first = this.#firstOf(lane, mayStart);
      if (first) return first.ticket;
    }
    return undefined;
  }

  #firstOf(lane: Map<string, Queue>, mayStart: boolean): Waiting | undefined {
    let first: Waiting | undefined;
    for (const queue of lane.values()) {
      const [head] = queue.values();
      if (!head || (first && first.place < head.place)) continue;
      if ((mayStart || head.ticket.isCheap) && this.#hasRoomFor(head.ticket)) first = head;
    }
    return first;
  }

  #hasRoomFor(ticket: Ticket): boolean {
    return groupsOf(ticket).every(({ name, inFlight }) => (this.#inGroup.get(name) ?? 0) < inFlight);
  }

  #noteStart(nowMs: number): void {
    const within = this.#startsMs.filter((startMs) => startMs + SECOND_MS > nowMs);
    this.#startsMs = [...within, nowMs].slice(-this.#limits.perSecond);
  }

  /** When the next start fits into the second. */
  #rateFreeMs(): number {
    const [first = 0] = this.#startsMs;
    return this.#startsMs.length < this.#limits.perSecond ? 0 : first + SECOND_MS;
  }

  /** Behind the lanes that wait as well. */
  #endTurn(lane: string): void {
    const queues = this.#lanes.get(lane);
    if (!queues) return;
    this.#lanes.delete(lane);
    this.#lanes.set(lane, queues);
  }

  #leaveLine(id: string): void {
    for (const [lane, queues] of this.#lanes) {
      for (const [key, queue] of queues) {
        if (!queue.delete(id)) continue;
        this.#waiting--;
        if (queue.size === 0) queues.delete(key);
        if (queues.size === 0) this.#lanes.delete(lane);
        return;
      }
    }
  }

  #hold(ticket: Ticket, nowMs: number): void {
    this.#held.set(ticket.id, { ticket, sinceMs: nowMs });
    for (const { name } of groupsOf(ticket)) this.#inGroup.set(name, (this.#inGroup.get(name) ?? 0) + 1);
  }

  #release({ ticket }: Held): void {
    this.#held.delete(ticket.id);
    for (const { name } of groupsOf(ticket)) {
      const left = (this.#inGroup.get(name) ?? 1) - 1;
      if (left > 0) this.#inGroup.set(name, left);
      else this.#inGroup.delete(name);
    }
  }

  #forgetLost(nowMs: number): void {
    for (const held of [...this.#held.values()]) {
      if (held.sinceMs + this.#limits.maxHoldMs > nowMs) return;
      this.#release(held);
    }
  }
}
