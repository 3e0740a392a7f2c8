/**
 * Who says what of whom: the words of LLDP and CDP, told apart into those between switches and those on machines at
 * the edge. Pure.
 */
import type { Mac } from "#src/value/mac.ts";
import { crowdOf } from "./merge_crowd.ts";
import { type HeardSwitch, heardSwitches } from "./merge_frames.ts";
import { knownSwitches, type Place } from "./merge_known.ts";
import { type EndpointBook, endpointBook, endpointOf, isNoSwitch, machineMac } from "./merge_machines.ts";
import type { Claim, End, Known, MergeInput } from "./merge_model.ts";
import { chassisKey, macOfId, namesDiffer } from "./merge_names.ts";
import { groupReadings } from "./merge_readings.ts";
import { type Draft, SwitchFinder } from "./merge_switches.ts";
import type { SwitchNeighbour, SwitchReading } from "./reading.ts";

/** A machine on a port, by LLDP or CDP. */
export type Plug = {
  readonly at: End;
  readonly endpoint?: string | undefined;
  readonly mac?: Mac | undefined;
  readonly nic?: string | undefined;
  readonly speedMbit?: number | undefined;
  readonly source: "lldp" | "cdp";
  /** `switch`: the switch hears the machine; `machine`: the other way round. */
  readonly by: "switch" | "machine";
};

export type Claims = {
  readonly switches: readonly Known[];
  readonly claims: readonly Claim[];
  readonly plugs: readonly Plug[];
  readonly endpoints: EndpointBook;
  /** Numbers of switches that say the same chassis id and are two all the same. */
  readonly twice: readonly (readonly [number, number])[];
  /** Some were left out, of so many that nobody has read; number of the switch or name of the machine that names most. */
  readonly crowd?: { readonly seen: number; readonly loudest: number | string } | undefined;
};

type Spoken = { readonly near: Draft; readonly reading: SwitchReading; readonly neighbour: SwitchNeighbour };
type SpokenOfSwitch = Spoken & { readonly far: Draft };

export function gatherClaims(input: MergeInput): Claims {
  const { groups, twice } = groupReadings(input.readings);
  const finder = new SwitchFinder(groups, input.silent);
  const endpoints = endpointBook(input.endpoints);
  const spoken = spokenOf(finder);
  const machines = new Set(spoken.filter((one) => isAtTheEdge(finder, endpoints, one)));
  const ofSwitches = addSwitches(
    finder,
    spoken.filter((one) => !machines.has(one)),
  );
  const heardFrom = addHeard(finder, endpoints, input);
  const crowd = crowdOf(finder.drafts, [
    ...ofSwitches.map(({ near, far }) => ({ by: near, far })),
    ...heardFrom.map(({ heard, far }) => ({ by: heard.endpoint, far })),
  ]);
  const isKept = ({ far }: { readonly far: Draft }): boolean => !crowd?.dropped.has(far);
  const { switches, place } = knownSwitches(finder.drafts.filter((far) => isKept({ far })));
  return {
    switches,
    claims: ofSwitches.filter(isKept).map((one) => claimOf(one, place)),
    plugs: [
      ...[...machines].map((one) => plugOfSwitch(one, endpoints, place)),
      ...heardFrom.filter(isKept).map((one) => plugOfMachine(one, place)),
    ],
    endpoints,
    twice: twice.map(([one, other]) => [place.ofGroup(one), place.ofGroup(other)]),
    crowd: crowd && { seen: crowd.seen, loudest: numbered(crowd.loudest, place) },
  };
}

const numbered = (witness: Draft | string, place: Place): number | string =>
  typeof witness === "string" ? witness : place.of(witness);

type HeardFrom = HeardSwitch & { readonly far: Draft };

function addHeard(finder: SwitchFinder, endpoints: EndpointBook, input: MergeInput): readonly HeardFrom[] {
  const heard = heardSwitches(input.heard).filter(({ neighbour }) => !endpointOf(endpoints, neighbour));
  return inOrder(heard).map((one) => ({ ...one, far: finder.add(one.neighbour) }));
}

function spokenOf({ drafts }: SwitchFinder): readonly Spoken[] {
  return drafts.flatMap((near) => {
    const reading = near.group?.readings[0];
    return reading ? reading.neighbours.map((neighbour) => ({ near, reading, neighbour })) : [];
  });
}

/** A switch that was read or asked is one, whatever its neighbours make of it. */
function isAtTheEdge(finder: SwitchFinder, endpoints: EndpointBook, { near, neighbour }: Spoken): boolean {
  const draft = finder.find(neighbour, near);
  if (draft?.group) return false;
  return endpointOf(endpoints, neighbour) !== undefined || (!draft?.silent && isNoSwitch(neighbour));
}

/** LLDP before CDP, and surer ids before weaker ones, so that those find what these have named. */
function addSwitches(finder: SwitchFinder, spoken: readonly Spoken[]): readonly SpokenOfSwitch[] {
  const added: SpokenOfSwitch[] = [];
  const overLldp = new Map<Draft, Map<number | undefined, SpokenOfSwitch[]>>();
  for (const one of inOrder(spoken)) {
    const ports = overLldp.get(one.near) ?? new Map<number | undefined, SpokenOfSwitch[]>();
    const twins = ports.get(one.neighbour.ifIndex) ?? [];
    const isLldp = one.neighbour.protocol === "lldp";
    const twin = isLldp ? undefined : sameOverLldp(twins, one);
    if (twin) twin.far.mentions.push(one.neighbour);
    const spokenOf = { ...one, far: twin?.far ?? finder.add(one.neighbour, one.near) };
    added.push(spokenOf);
    if (!isLldp) continue;
    twins.push(spokenOf);
    overLldp.set(one.near, ports.set(one.neighbour.ifIndex, twins));
  }
  return added;
}

/** Two protocols on one port mostly hear one switch; their ids have nothing in common. */
function sameOverLldp(twins: readonly SpokenOfSwitch[], one: Spoken): SpokenOfSwitch | undefined {
  const name = one.neighbour.systemName || one.neighbour.chassisId.text;
  const [twin] = twins;
  const isOne = one.neighbour.ifIndex !== undefined && new Set(twins.map(({ far }) => far)).size === 1;
  return isOne && twin && !namesDiffer(twin.neighbour.systemName, name) ? twin : undefined;
}

type OfNeighbour = { readonly neighbour: SwitchNeighbour };
const inOrder = <One extends OfNeighbour>(all: readonly One[]): readonly One[] =>
  all
    .map((one) => ({ one, key: strength(one) }))
    .sort((left, right) => (left.key < right.key ? -1 : Number(left.key > right.key)))
    .map(({ one }) => one);

const strength = ({ neighbour }: OfNeighbour): string =>
  [
    neighbour.protocol === "lldp" ? 0 : 1,
    macOfId(neighbour.chassisId) ? 0 : 1,
    chassisKey(neighbour.chassisId, neighbour.systemName),
    neighbour.systemName,
    neighbour.portId.text,
    neighbour.portDescription,
    neighbour.addresses.join(" "),
  ].join("\n");

function claimOf({ near, reading, neighbour, far }: SpokenOfSwitch, place: Place): Claim {
  return {
    near: { at: place.of(near), port: place.nearPort(near, neighbour) },
    far: { at: place.of(far), port: place.farPort(far, neighbour) },
    source: neighbour.protocol,
    takenAtMs: reading.takenAtMs,
  };
}

const plugOfSwitch = ({ near, neighbour }: Spoken, endpoints: EndpointBook, place: Place): Plug => ({
  at: { at: place.of(near), port: place.nearPort(near, neighbour) },
  endpoint: endpointOf(endpoints, neighbour),
  mac: machineMac(neighbour),
  source: neighbour.protocol,
  by: "switch",
});

const plugOfMachine = ({ heard, neighbour, far }: HeardFrom, place: Place): Plug => ({
  at: { at: place.of(far), port: place.farPort(far, neighbour) },
  endpoint: heard.endpoint,
  mac: heard.nicMac,
  nic: heard.nic,
  speedMbit: heard.speedMbit,
  source: "lldp",
  by: "machine",
});
