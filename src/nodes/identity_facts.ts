/** All that is known of who is who, laid out so that each question takes one look. Pure. */
import type { Mac } from "#src/value/mac.ts";
import { identifyingSerial, identifyingUuid } from "./identity_words.ts";
import type { Node } from "./node.ts";
import type { MachineSaid } from "./node_identity.ts";
import type { SeenPlaces } from "./place.ts";

export type IdentitySources = {
  /** In a steady order. */
  readonly nodes: readonly Node[];
  /** What the agent of a node said last. */
  readonly saidOf: (node: string) => MachineSaid | undefined;
  readonly places: SeenPlaces;
};

/** A node beside what it shows. */
export type Machine = {
  readonly node: Node;
  readonly said: MachineSaid | undefined;
  /** What its agent said, where that identifies; else what is recorded. */
  readonly serial: string | undefined;
  readonly uuid: string | undefined;
};

export type IdentityFacts = {
  readonly machines: readonly Machine[];
  readonly byName: ReadonlyMap<string, Machine>;
  readonly byMac: ReadonlyMap<Mac, Machine>;
  /** By the serial number that is recorded. */
  readonly bySerial: ReadonlyMap<string, readonly Machine[]>;
  /** How many agents list a MAC. */
  readonly listed: ReadonlyMap<Mac, number>;
  readonly places: SeenPlaces;
};

export function identityFacts({ nodes, saidOf, places }: IdentitySources): IdentityFacts {
  const machines = nodes.map((node): Machine => {
    const said = saidOf(node.name);
    const serial = identifyingSerial(said?.serial) ?? node.identity?.serial;
    return { node, said, serial, uuid: identifyingUuid(said?.uuid) ?? node.identity?.uuid };
  });
  const listed = new Map<Mac, number>();
  for (const { said } of machines)
    for (const mac of new Set(said?.macs)) listed.set(mac, (listed.get(mac) ?? 0) + 1);
  const recorded = machines.filter(({ node }) => node.identity?.serial !== undefined);
  return {
    machines,
    byName: new Map(machines.map((machine) => [machine.node.name, machine])),
    byMac: new Map(machines.flatMap((machine) => machine.node.macs.map((mac) => [mac, machine] as const))),
    bySerial: Map.groupBy(recorded, ({ node }) => node.identity?.serial ?? ""),
    listed,
    places,
  };
}
