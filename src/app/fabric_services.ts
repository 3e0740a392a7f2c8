/** What learns of the wiring: the appliance's own ears, the thread that makes graphs, the scans. */

import { realClock } from "#src/deploy/clock.ts";
import { APPLIANCE, type Witnesses } from "#src/fabric/fabric_messages.ts";
import { FabricThread } from "#src/fabric/fabric_thread.ts";
import type { ListeningMachine } from "#src/fabric/heard.ts";
import { LldpListener } from "#src/fabric/lldp_listener.ts";
import { linkSpeedMbit } from "#src/net/link_speed.ts";
import { withLowerInterfaces } from "#src/net/lower_interfaces.ts";
import type { Base } from "./base.ts";
import { FabricService } from "./fabric.ts";
import type { Leases } from "./leases.ts";
import { NewcomerScans } from "./newcomer_scans.ts";

/** Who stands where changes with these. */
const CHANGES: ReadonlySet<string> = new Set([
  ...["nodeAdded", "nodeChanged", "nodeRemoved", "nodesImported", "nodeDiscovered"],
  ...["nodesMerged", "nodeSplit", "nodeReplaced", "nodeMacsSwapped", "nodesNamed"],
]);

/** Never fails the start: without ears or switches chains go by name. */
export function startFabric(base: Base, leases: Pick<Leases, "ofMac">): FabricService {
  const { choice, store, record, events, stack, onFault, log } = base;
  const thread = stack.use(new FabricThread());
  const cards = ownCards(base);
  const listener = stack.use(
    new LldpListener({
      interfaces: cards,
      onChange: () => service.heard(),
      onDeaf: (name, fault) => log.say(`Cannot listen for LLDP on "${name}": ${(fault as Error).message}`),
    }),
  );
  const service = stack.use(
    new FabricService({
      ...{ choice: choice.fabric, thread, store: store.fabric, record, onFault },
      witnesses: () =>
        witnesses({ ...base, leases }, { name: APPLIANCE, nics: cards, lldp: listener.frames() }),
      onGraph: (fabric) => base.whoIsWho.seeFabric(fabric),
      wallMs: Date.now,
      nowMs: () => performance.now(),
    }),
  );
  const newcomers = stack.use(
    new NewcomerScans({
      clock: realClock,
      isWanted: () => choice.fabric.prefixes.length > 0 && base.whoIsWho.naming.all().length > 0,
      scan: () => service.scan("newcomer"),
    }),
  );
  const doubts = stack.use(
    new NewcomerScans({
      clock: realClock,
      isWanted: () => choice.fabric.prefixes.length > 0,
      scan: () => service.scan("doubt"),
    }),
  );
  base.whoIsWho.scanBy(() => doubts.seen());
  const unsubscribe = events.subscribe(({ event }) => {
    if (CHANGES.has(event.kind)) service.heard();
    if (event.kind === "nodeDiscovered") newcomers.seen();
    // Before the nodes have booted it is there.
    if (event.kind === "deploymentStarted") void service.refresh(0);
  });
  stack.defer(unsubscribe);
  return service;
}

type Card = ListeningMachine["nics"][number] & { readonly index: number };

/** Those that are served, and the cards below them: all speak with the MAC of the upper one. */
function ownCards({ networks }: Base): readonly Card[] {
  return networks.flatMap(({ own }) =>
    withLowerInterfaces(own).map(({ name, index }) => ({
      ...{ name, index, mac: own.mac },
      speedMbit: linkSpeedMbit({ name, mac: own.mac }),
    })),
  );
}

type Listened = Pick<Base, "nodes" | "store"> & { readonly leases: Pick<Leases, "ofMac"> };

function witnesses({ nodes, store, leases }: Listened, appliance: ListeningMachine): Witnesses {
  const machines: ListeningMachine[] = [];
  const endpoints = nodes.all().map(({ name, macs: own, address }) => {
    const { nics = [], lldp = [] } = store.inventories.byNode(name) ?? {};
    if (nics.length > 0) machines.push({ name, nics, lldp });
    const macs = [...new Set([...own, ...nics.map(({ mac }) => mac)])];
    const addresses = [address, ...macs.map((mac) => leases.ofMac(mac))].filter((one) => one !== undefined);
    return { name, macs, addresses };
  });
  const own = { name: APPLIANCE, macs: [...new Set(appliance.nics.map(({ mac }) => mac))] };
  return { machines: [appliance, ...machines], endpoints: [own, ...endpoints] };
}
