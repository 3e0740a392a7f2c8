/** At which port each machine is now, for who asks by MAC. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Attachment, Fabric, PortRef, SwitchId } from "./graph.ts";
import { portKey } from "./port_index.ts";

export type MachinePlace = {
  readonly switchId: SwitchId;
  readonly switchName: string;
  readonly port: string;
  /** Number of the stack member, where the switch says so. */
  readonly member?: number | undefined;
};

export type MachinePlaces = {
  /** None for a MAC that was not seen or of which only the switch is known; several when switches disagree. */
  readonly placesOf: (mac: Mac) => readonly MachinePlace[];
  /**
   * Whether a machine that is seen elsewhere has left a switch. Not where that switch was silent, or told not all: the
   * machine is on the way to it then, as others see it. It has when it says itself where it is, and that switch agrees.
   */
  readonly hasLeft: (mac: Mac, id: SwitchId) => boolean;
  /** Of the newest that a switch said, in Unix time; 0: none was asked. */
  readonly takenAtMs: number;
  /** Whether a switch told all that it has learnt. */
  readonly isWhole: (id: SwitchId) => boolean;
};

/** Where a MAC was seen: what was believed, and what was not. */
type Seen = { readonly believed: Attachment; readonly others: readonly PortRef[] };

/**
 * @param heardAtMs when a machine said last what it had heard of switches, in Unix time. A machine keeps its word when
 *   it is carried to another port: what switches said later counts more than that.
 */
export function machinePlaces(fabric: Fabric, heardAtMs: (endpoint: string) => number): MachinePlaces {
  const seen = seenIn(fabric);
  const render = renderer(fabric);
  const looking = switchesWithTables(fabric);
  const whole = wholeSwitches(fabric);
  const isOnTheWay = onTheWay(fabric);
  const isOld = ({ endpoint = "" }: Attachment): boolean => heardAtMs(endpoint) < fabric.takenAtMs;
  return {
    placesOf: (mac) => {
      const sight = seen.get(mac);
      if (!sight) return [];
      const { believed, others } = sight;
      if (isOnTheWay(believed)) return [];
      if (!isOwnWordOnly(believed)) return render([believed.at, ...others]);
      if (!isOld(believed)) return render([believed.at]);
      if (others.length > 0) return render(others);
      // The switch was asked since, and has not learnt it: it is off, or elsewhere.
      return render(looking.has(believed.at.switch) ? [] : [believed.at]);
    },
    hasLeft: leaving(fabric, { seen, whole }),
    takenAtMs: fabric.takenAtMs,
    isWhole: (id) => whole.has(id),
  };
}

const wholeSwitches = ({ switches }: Fabric): ReadonlySet<SwitchId> =>
  new Set(switches.flatMap(({ id, knowledge }) => (knowledge === "read" ? [id] : [])));

type Known = { readonly seen: ReadonlyMap<Mac, Seen>; readonly whole: ReadonlySet<SwitchId> };

/** Where nobody is asked over SNMP, all is the word of machines: it is as good on each switch. */
function leaving({ switches }: Fabric, { seen, whole }: Known): MachinePlaces["hasLeft"] {
  const isAsking = switches.some(({ knowledge }) => knowledge !== "seen" && knowledge !== "inferred");
  return (mac, id) => {
    if (!isAsking || whole.has(id)) return true;
    const believed = seen.get(mac)?.believed;
    return believed?.confidence === "certain" && believed.at.switch !== id;
  };
}

/**
 * While a switch is silent, the machines behind it are seen at the port that leads to it. One that says itself where it
 * is stays there.
 */
function onTheWay({ switches, attachments }: Fabric): (attachment: Attachment) => boolean {
  if (!switches.some(({ knowledge }) => knowledge === "silent")) return () => false;
  const nodesAt = Map.groupBy(
    attachments.filter(({ endpoint }) => endpoint !== undefined),
    ({ at }) => portKey(at),
  );
  const crowded = new Set(
    [...nodesAt].flatMap(([key, those]) =>
      those.some(({ endpoint }) => endpoint !== those[0]?.endpoint) ? [key] : [],
    ),
  );
  return ({ at, evidence }) =>
    crowded.has(portKey(at)) && !evidence.some(({ source }) => source === "lldp" || source === "cdp");
}

/** No switch confirms it. */
const isOwnWordOnly = ({ endpoint, evidence }: Attachment): boolean =>
  endpoint !== undefined && evidence.every(({ by }) => by === endpoint);

function seenIn({ attachments, contradictions }: Fabric): ReadonlyMap<Mac, Seen> {
  const seen = new Map<Mac, Seen>(attachments.map((believed) => [believed.mac, { believed, others: [] }]));
  for (const { kind, mac, at } of contradictions) {
    const sight = mac && kind === "macOnTwoPorts" ? seen.get(mac) : undefined;
    if (!mac || !sight) continue;
    const { believed } = sight;
    const others = at.filter((one) => one.switch !== believed.at.switch || one.port !== believed.at.port);
    seen.set(mac, { believed, others });
  }
  return seen;
}

/** Those that say which MACs they have learnt. */
const switchesWithTables = ({ attachments }: Fabric): ReadonlySet<SwitchId> =>
  new Set(
    attachments.flatMap(({ evidence }) =>
      evidence.flatMap(({ source, by }) => (source === "macTable" ? [by] : [])),
    ),
  );

function renderer({ switches }: Fabric): (refs: readonly PortRef[]) => readonly MachinePlace[] {
  const byId = new Map(switches.map((one) => [one.id, one]));
  return (refs) =>
    refs.flatMap(({ switch: switchId, port }) => {
      if (port === undefined) return [];
      const known = byId.get(switchId);
      const member = known?.ports.find(({ name }) => name === port)?.member;
      const place = { switchId, switchName: known?.name ?? switchId, port };
      return [member === undefined ? place : { ...place, member }];
    });
}
