/**
 * MAC tables of all switches in numbers, to be compared quickly: 50 switches with 5,000 addresses each are a quarter of
 * a million entries, and each two switches are compared. Pure.
 */
import type { Mac } from "#src/value/mac.ts";
import type { Known } from "./merge_model.ts";
import { isMachine, isShared } from "./merge_names.ts";
import { wholePort } from "./merge_ports.ts";

/** No port: not learnt, or in different VLANs on different ports, which says nothing. */
export const NOWHERE = 0;
const TORN = -1;

/** Of one switch. */
export type Table = {
  /** Port number by number of the MAC; {@link NOWHERE} or below where there is none. */
  readonly portOf: Int16Array;
  readonly entries: number;
};

export class Tables {
  /** Name by port number; aggregates stand for their members. */
  readonly portNames: readonly string[][];
  /** `undefined`: the switch was not read, or shows no table. */
  readonly of: readonly (Table | undefined)[];
  /** Numbers of the switches that show one. */
  readonly shown: readonly number[];
  /** Numbers of the MACs that are a switch's own, and of no other. */
  readonly own: readonly (readonly number[])[];
  readonly macs: number;
  readonly #numbers = new Map<string, number>();
  readonly #isOwn: ReadonlySet<number>;
  readonly #ports: readonly Map<string, number>[];

  constructor(switches: readonly Known[], ownMacs: readonly (readonly Mac[])[]) {
    this.portNames = switches.map(() => [""]);
    this.#ports = switches.map(() => new Map());
    this.own = uniqueOwners(ownMacs).map((macs) => macs.map((mac) => this.#numberFor(mac)));
    this.#isOwn = new Set(this.own.flat());
    for (const { reading } of switches) for (const { mac } of reading?.learned ?? []) this.#numberFor(mac);
    this.macs = this.#numbers.size;
    this.of = switches.map((one) => this.#tableOf(one));
    this.shown = this.of.flatMap((table, at) => (table ? [at] : []));
  }

  isOwn(mac: number): boolean {
    return this.#isOwn.has(mac);
  }

  numberOf(mac: string): number | undefined {
    return this.#numbers.get(mac);
  }

  #numberFor(mac: string): number {
    const known = this.#numbers.get(mac);
    if (known !== undefined) return known;
    this.#numbers.set(mac, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  /** Number of a port of switch `at`; makes one for a name that is new. */
  portNumber(at: number, name: string): number {
    const ports = this.#ports[at];
    const known = ports?.get(name);
    if (known !== undefined) return known;
    const number = this.portNames[at]?.push(name) ?? 0;
    ports?.set(name, number - 1);
    return number - 1;
  }

  #tableOf({ index, reading, book }: Known): Table | undefined {
    if (!reading || !book || reading.learned.length === 0) return undefined;
    const portOf = new Int16Array(this.macs);
    let entries = 0;
    for (const { mac, ifIndex } of reading.learned) {
      const name = book.byIfIndex.get(ifIndex)?.name;
      if (name === undefined || !isMachine(mac) || isShared(mac)) continue;
      const port = this.portNumber(index, wholePort(book, name));
      const number = this.#numberFor(mac);
      const before = portOf[number] ?? NOWHERE;
      portOf[number] = before === NOWHERE || before === port ? port : TORN;
      entries++;
    }
    return entries === 0 ? undefined : { portOf, entries };
  }
}

/** A MAC that two switches have says nothing about where either is. */
function uniqueOwners(ownMacs: readonly (readonly Mac[])[]): readonly (readonly Mac[])[] {
  const owners = new Map<Mac, number>();
  ownMacs.forEach((macs, at) => {
    for (const mac of new Set(macs)) owners.set(mac, (owners.get(mac) ?? at) === at ? at : -1);
  });
  return ownMacs.map((macs, at) =>
    [...new Set(macs)].filter((mac) => owners.get(mac) === at && isMachine(mac)),
  );
}

/** The winner, when it has at least three of four votes: tables are stale here and there. */
export function majority(votes: ReadonlyMap<number, number>): number {
  let best = NOWHERE;
  let all = 0;
  for (const [port, count] of votes) {
    all += count;
    if (count > (votes.get(best) ?? 0) || (count === votes.get(best) && port < best)) best = port;
  }
  return (votes.get(best) ?? 0) * 4 >= all * 3 ? best : NOWHERE;
}

export const vote = (votes: Map<number, number>, port: number, count = 1): unknown =>
  votes.set(port, (votes.get(port) ?? 0) + count);
