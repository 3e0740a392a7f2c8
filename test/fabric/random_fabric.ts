/**
 * Networks that never were: trees of switches with machines, of which some switches are read, some give no answer, some
 * are of the kind that nobody can ask, some speak LLDP, and tables have holes. What a scan of them brings home is
 * computed from the truth, so that the merge can be held against it.
 */
import * as fc from "fast-check";
import type { MergeInput } from "#src/fabric/merge_model.ts";
import type { SwitchNeighbour, SwitchReading } from "#src/fabric/reading.ts";
import type { Mac } from "#src/value/mac.ts";
import {
  addressOf,
  heard,
  hears,
  hostMac,
  lag,
  macChassis,
  macPort,
  port,
  reading,
  switchMac,
  textPort,
} from "./hand_made.ts";

/** `hidden`: has neither address nor LLDP, and forwards no LLDP (IEEE 802.1D). */
export type Kind = "read" | "silent" | "hidden";

export type SwitchPlan = {
  readonly kind: Kind;
  readonly lldp: boolean;
  /** Whether other switches learn its own MAC address. */
  readonly isVisible: boolean;
  /** The switch that it hangs on: this number modulo its own, so that each plan is a tree. */
  readonly parent: number;
  /** Cables to it. */
  readonly width: 1 | 2;
  /** What its neighbours are told of its ports: name, MAC address, one MAC for all with the description to go by, or nothing of use. */
  readonly portIds: "name" | "mac" | "description" | "useless";
  /** Its machines, by VLAN. */
  readonly machines: readonly (1 | 2)[];
  /** Whether they send LLDP; they say that they are bridges, as machines with containers do. */
  readonly machinesSpeak: boolean;
  /** More than one is a stack. */
  readonly boxes: 1 | 2;
};

export type FabricPlan = {
  readonly switches: readonly SwitchPlan[];
  /** Of 100 rows of MAC tables, so many are missing. */
  readonly lostPercent: number;
  readonly seed: number;
};

export type FabricChoice = {
  readonly kinds?: readonly Kind[];
  readonly lldp?: readonly boolean[];
  readonly isVisible?: readonly boolean[];
  readonly lostPercent?: readonly number[];
  readonly portIds?: readonly SwitchPlan["portIds"][];
  readonly maxSwitches?: number;
  readonly minMachines?: number;
};

export const fabricPlans = (choice: FabricChoice = {}): fc.Arbitrary<FabricPlan> =>
  fc.record({
    switches: fc.array(
      fc.record({
        kind: fc.constantFrom(...(choice.kinds ?? (["read", "read", "read", "silent", "hidden"] as const))),
        lldp: fc.constantFrom(...(choice.lldp ?? [true, false])),
        isVisible: fc.constantFrom(...(choice.isVisible ?? [true, false])),
        parent: fc.nat({ max: 30 }),
        width: fc.constantFrom(1, 1, 2),
        portIds: fc.constantFrom(...(choice.portIds ?? (["name", "mac", "description", "useless"] as const))),
        machines: fc.array(fc.constantFrom(1, 2), { minLength: choice.minMachines ?? 0, maxLength: 4 }),
        machinesSpeak: fc.boolean(),
        boxes: fc.constantFrom(1, 2),
      }),
      { minLength: 1, maxLength: choice.maxSwitches ?? 9 },
    ),
    lostPercent: fc.constantFrom(...(choice.lostPercent ?? [0, 0, 10, 40])),
    seed: fc.nat(),
  });

/** A cable or aggregate, or the cable of a machine, at one switch. */
export type TruePort = {
  /** As the graph should name it. */
  readonly name: string;
  readonly ifIndex: number;
  /** Physical ones. */
  readonly members: readonly number[];
  /** Number of the switch at the other end. */
  readonly to?: number;
};

export type TrueMachine = {
  readonly mac: Mac;
  readonly name: string;
  readonly at: number;
  readonly port: TruePort;
  readonly vlanId: number;
};

export type TrueSwitch = SwitchPlan & { readonly number: number; readonly ports: readonly TruePort[] };

export class TrueFabric {
  readonly switches: readonly TrueSwitch[];
  readonly machines: readonly TrueMachine[];
  readonly #plan: FabricPlan;

  constructor(plan: FabricPlan) {
    this.#plan = plan;
    const ports: TruePort[][] = plan.switches.map(() => []);
    const plug = (at: number, width: number, to?: number): TruePort => {
      const all = ports[at] ?? [];
      const used = all.reduce((sum, { members }) => sum + members.length, 0);
      const members = Array.from({ length: width }, (_, index) => used + index + 1);
      const ifIndex = width === 1 ? used + 1 : 1000 + used;
      const made = {
        name: width === 1 ? `p${used + 1}` : `po${used}`,
        ifIndex,
        members,
        ...(to === undefined ? {} : { to }),
      };
      all.push(made);
      return made;
    };
    plan.switches.forEach(({ parent, width }, at) => {
      // Machines first on every other switch, so that ports of two ends do not have the same number.
      if (at % 2 === 1) plug(at, 1);
      if (at === 0) return;
      plug(at, width, parent % at);
      plug(parent % at, width, at);
    });
    this.machines = plan.switches.flatMap(({ machines }, at) =>
      machines.map((vlanId, index) => {
        const number = at * 16 + index + 1;
        return { mac: hostMac(number), name: `n${number}`, at, port: plug(at, 1), vlanId };
      }),
    );
    this.switches = plan.switches.map((one, number) => ({ ...one, number, ports: ports[number] ?? [] }));
  }

  /** Nobody can tell from tables alone where each switch is. */
  get hasHoles(): boolean {
    return this.#plan.lostPercent > 0 || this.switches.some(({ isVisible }) => !isVisible);
  }

  /** The port of a switch on the way to another one. */
  portToward(from: number, to: number): TruePort | undefined {
    return this.switches[from]?.ports.find(
      (one) => one.to !== undefined && (one.to === to || this.#isBehind(one.to, to, from)),
    );
  }

  #isBehind(at: number, wanted: number, before: number): boolean {
    return (this.switches[at]?.ports ?? []).some(
      ({ to }) => to !== undefined && to !== before && (to === wanted || this.#isBehind(to, wanted, at)),
    );
  }

  /** Numbers of the switches on the way, without both ends. */
  between(from: number, to: number): readonly number[] {
    const next = this.portToward(from, to)?.to;
    return next === undefined || next === to ? [] : [next, ...this.between(next, to)];
  }

  /** What a scan brings home. */
  scan(): MergeInput {
    return {
      readings: this.switches.filter(({ kind }) => kind === "read").map((one) => this.#readingOf(one)),
      heard: this.machines.flatMap((machine) => this.#heardBy(machine)),
      silent: this.switches
        .filter(({ kind }) => kind === "silent")
        .map(({ number }) => ({ address: addressOf(number + 1), reason: "noAnswer" })),
      endpoints: this.machines.map(({ name, mac }) => ({ name, macs: [mac] })),
    };
  }

  #readingOf(one: TrueSwitch): SwitchReading {
    const physical = one.ports.flatMap(({ members }) => members);
    const wide = one.ports.filter(({ members }) => members.length > 1);
    return reading(one.number + 1, {
      ownMacs: [switchMac(one.number + 1), ...physical.map((index) => portMac(one.number, index))],
      members:
        one.boxes === 1
          ? []
          : [1, 2].map((number) => ({ number, model: "M", serial: `${one.number}-${number}` })),
      ports: [
        ...physical.map((index) =>
          port(index, {
            ...(one.boxes === 1 ? {} : { member: 1 + (index % 2) }),
            mac: one.portIds === "mac" ? portMac(one.number, index) : switchMac(one.number + 1),
            aliases: [describe(one.number, index)],
          }),
        ),
        ...wide.map(({ ifIndex, name, members }) =>
          port(ifIndex, { name, kind: "lag", speedMbit: 1000 * members.length }),
        ),
      ],
      lags: wide.map(({ ifIndex, members }) => lag(ifIndex, ...members)),
      neighbours: one.ports.flatMap((own) => this.#heardOn(one, own)),
      learned: this.learnedBy(one.number),
      arp: this.switches
        .filter(({ kind, isVisible }) => kind === "silent" && isVisible)
        .map(({ number }) => ({ address: addressOf(number + 1), mac: switchMac(number + 1) })),
    });
  }

  #heardOn(one: TrueSwitch, own: TruePort): readonly SwitchNeighbour[] {
    if (own.to === undefined) return this.#machinesHeardOn(one, own);
    const other = this.switches[own.to];
    const theirs = other?.ports.find(({ to }) => to === one.number);
    if (!other || !theirs || !speaks(one) || !speaks(other)) return [];
    return own.members.map((ifIndex, index) =>
      hears(
        ifIndex,
        other.number + 1,
        theirs.members[index] ?? 0,
        portIdOf(other, theirs.members[index] ?? 0),
      ),
    );
  }

  #machinesHeardOn(one: TrueSwitch, own: TruePort): readonly SwitchNeighbour[] {
    const machine = this.machines.find(({ at, port: plugged }) => at === one.number && plugged === own);
    if (!machine || !speaks(one) || !one.machinesSpeak) return [];
    const { mac, name } = machine;
    const said = {
      chassisId: macChassis(mac),
      portId: macPort(mac),
      portDescription: "eth0",
      systemName: name,
    };
    return [hears(own.ifIndex, 0, 0, { ...said, addresses: [] })];
  }

  learnedBy(at: number): SwitchReading["learned"] {
    const own = this.switches
      .filter(({ number, kind, isVisible }) => number !== at && isVisible && kind !== "hidden")
      .map(({ number }) => ({ mac: switchMac(number + 1), port: this.portToward(at, number), vlanId: 1 }));
    const machines = this.machines.map(({ mac, at: where, port: plugged, vlanId }) => ({
      mac,
      vlanId,
      port: where === at ? plugged : this.portToward(at, where),
    }));
    return [...own, ...machines].flatMap(({ mac, port: where, vlanId }) =>
      where && !this.#isLost(`${at} ${mac}`) ? { mac, vlanId, ifIndex: where.ifIndex } : [],
    );
  }

  #isLost(row: string): boolean {
    let hash = this.#plan.seed | 0;
    for (let index = 0; index < row.length; index++)
      hash = Math.imul(hash ^ row.charCodeAt(index), 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    return ((hash ^ (hash >>> 13)) >>> 0) % 100 < this.#plan.lostPercent;
  }

  #heardBy({ name, mac, at, port: plugged }: TrueMachine): MergeInput["heard"] {
    const one = this.switches[at];
    if (!one || !speaks(one)) return [];
    const host = Number.parseInt(mac.slice(9).replaceAll(":", ""), 16);
    const index = plugged.members[0] ?? 0;
    const { portId, portDescription } = {
      portId: textPort(`p${index}`),
      portDescription: "",
      ...portIdOf(one, index),
    };
    return [heard(name, { host, number: at + 1, far: index }, { portId, portDescription })];
  }
}

const speaks = ({ kind, lldp }: SwitchPlan): boolean => kind !== "hidden" && lldp;

/** Other than the numbers of switches and machines have. */
const portMac = (number: number, index: number): Mac => switchMac(0x10000 + number * 256 + index);
const describe = (number: number, index: number): string => `Switch ${number + 1} Port ${index}`;

function portIdOf({ number, portIds }: TrueSwitch, index: number): Partial<SwitchNeighbour> {
  switch (portIds) {
    case "name":
      return { portDescription: describe(number, index) };
    case "mac":
      return { portId: macPort(portMac(number, index)) };
    case "description":
      return { portId: macPort(switchMac(number + 1)), portDescription: describe(number, index) };
    case "useless":
      return { portId: macPort(switchMac(number + 1)) };
  }
}
