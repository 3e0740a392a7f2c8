/** Finds ports by name, and the links between switches by what they are. Pure. */
import { naturalOrder } from "#src/value/natural_order.ts";
import type { Fabric, FabricLink, FabricPort, FabricSwitch, PortRef, SwitchId } from "./graph.ts";

export type PortIndex = {
  readonly switchOf: (id: SwitchId) => FabricSwitch | undefined;
  /** What people call a switch; its id where nothing is known of it. */
  readonly nameOf: (id: SwitchId) => string;
  readonly portAt: (at: PortRef) => FabricPort | undefined;
  readonly portsOf: (id: SwitchId) => readonly FabricPort[];
};

export function indexPorts(fabric: Fabric): PortIndex {
  const switches = new Map(fabric.switches.map((one) => [one.id, one]));
  const ports = new Map(
    fabric.switches.map(({ id, ports: own }) => [id, new Map(own.map((port) => [port.name, port]))]),
  );
  return {
    switchOf: (id) => switches.get(id),
    nameOf: (id) => switches.get(id)?.name ?? id,
    portAt: ({ switch: id, port }) => (port === undefined ? undefined : ports.get(id)?.get(port)),
    portsOf: (id) => switches.get(id)?.ports ?? [],
  };
}

/** As people count; texts that count alike by their characters, so that the order never depends on the input. */
export const stableOrder = (left: string, right: string): number =>
  naturalOrder(left, right) || (left < right ? -1 : Number(left > right));

/** The same for the same port, whatever names it has. */
export const portKey = ({ switch: id, port }: PortRef): string => JSON.stringify([id, port ?? ""]);

/** The same for the same link, whichever end comes first. */
export const linkKey = ({ ends: [left, right] }: Pick<FabricLink, "ends">): string =>
  [portKey(left), portKey(right)].sort().join(" ");

/** A port for people: `sw1/49`; the switch alone where the port is not known. */
export const portName = (index: PortIndex, { switch: id, port }: PortRef): string =>
  port === undefined ? index.nameOf(id) : `${index.nameOf(id)}/${port}`;
