/** Holds a graph against the network that it was made of. */
import type { Fabric, FabricLink, PortRef } from "#src/fabric/graph.ts";
import { switchMac } from "./hand_made.ts";
import type { TrueFabric, TrueMachine } from "./random_fabric.ts";

/** Sentences on what the graph says that is not so; empty: nothing. */
export function untruths(truth: TrueFabric, fabric: Fabric): readonly string[] {
  const judge = new Judge(truth);
  return [
    ...fabric.links.flatMap((link) => judge.link(link)),
    ...judge.unknownSwitches(fabric),
    ...judge.attachments(fabric),
    ...judge.twice(fabric),
  ];
}

/** `p1@0 p2@1`, for comparing sets. */
export const linksOfTruth = (truth: TrueFabric): readonly string[] =>
  truth.switches
    .flatMap(({ number, ports }) =>
      ports.map(({ name, to }) => {
        if (to === undefined || to < number) return "";
        return [`${name}@${number}`, `${truth.portToward(to, number)?.name}@${to}`].sort().join(" ");
      }),
    )
    .filter((text) => text !== "")
    .sort();

export const linksOfGraph = (truth: TrueFabric, fabric: Fabric): readonly string[] =>
  fabric.links
    .map(({ ends }) =>
      ends
        .map((end) => `${end.port}@${numberOf(truth, end.switch)}`)
        .sort()
        .join(" "),
    )
    .sort();

const numberOf = (truth: TrueFabric, id: string): number | undefined =>
  truth.switches.find(({ number }) => id === switchMac(number + 1) || id === `10.0.0.${number + 1}`)?.number;

class Judge {
  readonly #truth: TrueFabric;

  constructor(truth: TrueFabric) {
    this.#truth = truth;
  }

  #isBlind(at: number): boolean {
    return this.#truth.switches[at]?.kind !== "read" || this.#truth.learnedBy(at).length === 0;
  }

  link({ ends }: FabricLink): readonly string[] {
    const [one, other] = [numberOf(this.#truth, ends[0].switch), numberOf(this.#truth, ends[1].switch)];
    if (one === undefined || other === undefined) return [];
    const passed = this.#truth.between(one, other).filter((at) => !this.#isBlind(at));
    if (passed.length > 0) return [`link ${say(ends)} passes over ${passed.join(", ")}, which were read`];
    return [...this.#port(ends[0], one, other), ...this.#port(ends[1], other, one)].map(
      (why) => `link ${say(ends)}: ${why}`,
    );
  }

  #port({ port }: PortRef, at: number, toward: number): readonly string[] {
    const name = this.#truth.portToward(at, toward)?.name;
    const isTold = port !== undefined && this.#truth.switches[at]?.kind === "read";
    return isTold && port !== name ? [`the port of ${at} is ${name}`] : [];
  }

  /** All that leads to one has to end in one piece of what nobody read; behind one port alone there have to be machines. */
  unknownSwitches({ switches, links, attachments }: Fabric): readonly string[] {
    return switches
      .filter(({ knowledge }) => knowledge === "inferred")
      .flatMap(({ id }) => {
        const fars = links.flatMap(({ ends: [one, other] }) =>
          one.switch === id ? other : other.switch === id ? one : [],
        );
        const pieces = new Set(fars.map((far) => this.#pieceBehind(far)));
        const isNeeded = fars.length > 1 || attachments.filter(({ at }) => at.switch === id).length > 1;
        const isRight = pieces.size === 1 && !pieces.has(undefined) && isNeeded;
        return isRight ? [] : [`switch "${id}" is not there: ${fars.map((far) => say([far])).join(", ")}`];
      });
  }

  /** The smallest number of the switches without reading that hang together behind a port. */
  #pieceBehind({ switch: id, port }: PortRef): number | undefined {
    const at = numberOf(this.#truth, id);
    if (at === undefined) return undefined;
    if (this.#isBlind(at)) return this.#piece(at);
    const far = this.#truth.switches[at]?.ports.find(({ name }) => name === port)?.to;
    return far === undefined || !this.#isBlind(far) ? undefined : this.#piece(far);
  }

  #piece(at: number): number {
    const seen = new Set([at]);
    for (const one of seen)
      for (const { to } of this.#truth.switches[one]?.ports ?? [])
        if (to !== undefined && this.#isBlind(to)) seen.add(to);
    return Math.min(...seen);
  }

  attachments({ attachments, switches }: Fabric): readonly string[] {
    const inferred = new Set(
      switches.filter(({ knowledge }) => knowledge === "inferred").map(({ id }) => id),
    );
    return attachments.flatMap(({ mac, at }) => {
      const machine = this.#truth.machines.find((one) => one.mac === mac);
      if (!machine) return [`${mac} is no machine`];
      const isRight = inferred.has(at.switch) ? this.#isBlind(machine.at) : this.#isAt(machine, at);
      return isRight ? [] : [`${mac} is on ${machine.port.name} of ${machine.at} and not on ${say([at])}`];
    });
  }

  #isAt(machine: TrueMachine, { switch: id, port }: PortRef): boolean {
    const number = numberOf(this.#truth, id) ?? -1;
    const isRead = this.#truth.switches[number]?.kind === "read";
    if (number === machine.at) return port === undefined || !isRead || port === machine.port.name;
    // What is behind switches that nobody read is at the port, or at the first of these. Where tables have holes, nobody
    // may know that there is a switch.
    const passed = [...this.#truth.between(number, machine.at), machine.at];
    const isOnTheWay = port === undefined || port === this.#truth.portToward(number, machine.at)?.name;
    return isOnTheWay && (this.#truth.hasHoles || passed.every((one) => this.#isBlind(one)));
  }

  twice({ links, attachments }: Fabric): readonly string[] {
    const macs = attachments.map(({ mac }) => mac);
    return [
      ...(new Set(macs).size < macs.length ? ["a MAC address is attached twice"] : []),
      ...links
        .filter(({ ends: [one, other] }) => one.switch === other.switch)
        .map(({ ends }) => `loop ${say(ends)}`),
      ...(new Set(links.map(({ ends }) => say(ends))).size < links.length ? ["a link is there twice"] : []),
    ];
  }
}

const say = (ends: readonly PortRef[]): string =>
  ends.map((end) => `${end.switch} ${end.port ?? "?"}`).join(" - ");
