import { firmwareOf } from "#src/boot/firmware.ts";
import type { NetworkBoot } from "#src/dhcp/facts.ts";
import { nodeOptions } from "#src/dhcp/node_options.ts";
import { ProxyServer } from "#src/dhcp/proxy_server.ts";
import { DhcpServer } from "#src/dhcp/server.ts";
import type { DhcpServerOptions } from "#src/dhcp/server_options.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Base, PORTS } from "./base.ts";
import { knownMachine } from "./boot_services.ts";
import type { Leases } from "./leases.ts";

type Shared = Pick<DhcpServerOptions, "chooseBoot" | "discover" | "observe" | "record" | "onFault">;

/**
 * A DHCP server, or a proxy, for each interface.
 *
 * @throws {StartError} a port is taken
 */
export async function startDhcp(base: Base, leases: Leases): Promise<void> {
  const { nodes, record, observe, stack, onFault } = base;
  const shared: Shared = {
    chooseBoot: (client: NetworkBoot, serverAddress: Ipv4) =>
      base.boots.choose(client, { serverAddress, httpPort: PORTS.bootHttp }, knownMachine(base, client.mac)),
    discover: ({ mac, archCode }, uuid) => nodes.discover(mac, firmwareOf(archCode), uuid),
    ...{ record, observe, onFault },
  };
  for (const { own, mode, subnets } of base.networks) {
    if (mode === "proxy") {
      leases.use(stack.use(await ProxyServer.listen({ interface: own, ...shared })));
    } else {
      const server = stack.use(
        await DhcpServer.listen({
          ...{ interface: own, subnets, ...shared, ...authority(base) },
          moved: (mac) => leases.moved(mac, server),
        }),
      );
      leases.use(server);
    }
  }
}

const authority = ({
  nodes,
  groups,
  store,
}: Base): Pick<DhcpServerOptions, "nodes" | "leases" | "nowMs"> => ({
  nodes: {
    byMac: nodes.byMac.bind(nodes),
    byAddress: nodes.byAddress.bind(nodes),
    isBmcAddress: nodes.isBmcAddress.bind(nodes),
    optionsOf: (node) => nodeOptions(node, groups.byName.bind(groups)),
    withoutAddress: nodes.withoutAddress.bind(nodes),
  },
  leases: store.leases,
  nowMs: Date.now,
});
