import { isOnItsWay } from "#src/deploy/node_state.ts";
import { PhoneHome } from "#src/deploy/probes/phone_home.ts";
import type { DeployService } from "#src/deploy/service.ts";
import { type Base, PORTS } from "./base.ts";
import type { Leases } from "./leases.ts";
import { placesOf, serverFor } from "./network_plan.ts";

/** Where new systems of nodes call: each reaches us at our address in its own network. */
export function phoneHomeOf({ store, networks }: Base, leases: Leases): PhoneHome {
  const places = placesOf(networks);
  return new PhoneHome({
    key: store.secrets.derive("phone-home"),
    serverOf: (node) => {
      const address = leases.ofNode(node);
      return address && `http://${serverFor(places, address)}:${PORTS.bootHttp}`;
    },
  });
}

/** Calls of a node that is done, or given up, are worth nothing any more. @returns what ends it */
export const forgetCalls = (service: DeployService, phoneHome: PhoneHome): (() => void) =>
  service.subscribe((change) => {
    if (change.kind !== "node" || isOnItsWay(change.progress.state)) return;
    phoneHome.forget({ deployment: change.deployment, node: change.progress.node });
  });
