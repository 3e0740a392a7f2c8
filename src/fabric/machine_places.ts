/** At which port each machine is, for who asks by MAC. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Fabric, PortRef, SwitchId } from "./graph.ts";

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
};

export function machinePlaces({ attachments, switches, contradictions }: Fabric): MachinePlaces {
  const byId = new Map(switches.map((one) => [one.id, one]));
  const placeOf = ({ switch: switchId, port }: PortRef): readonly MachinePlace[] => {
    if (port === undefined) return [];
    const known = byId.get(switchId);
    const member = known?.ports.find(({ name }) => name === port)?.member;
    const place = { switchId, switchName: known?.name ?? switchId, port };
    return [member === undefined ? place : { ...place, member }];
  };
  const refs = new Map<Mac, PortRef[]>();
  const add = (mac: Mac, at: readonly PortRef[]): void => {
    refs.set(mac, [...(refs.get(mac) ?? []), ...at]);
  };
  for (const { mac, at } of attachments) add(mac, [at]);
  for (const { kind, mac, at } of contradictions)
    if (kind === "macOnTwoPorts" && mac !== undefined) add(mac, at);
  const places = new Map([...refs].map(([mac, at]) => [mac, withoutRepeats(at.flatMap(placeOf))] as const));
  return { placesOf: (mac) => places.get(mac) ?? [] };
}

const withoutRepeats = (places: readonly MachinePlace[]): readonly MachinePlace[] => [
  ...new Map(places.map((place) => [JSON.stringify([place.switchId, place.port]), place])).values(),
];
