import { type BootConfig, chooseBoot } from "#src/boot/choice.ts";
import { firmwareOf } from "#src/boot/firmware.ts";
import { renderAutoexec } from "#src/boot/script.ts";
import { DhcpServer } from "#src/dhcp/server.ts";
import { BootHttpServer } from "#src/http/boot_server.ts";
import { describePortInUse } from "#src/net/port_holder.ts";
import { RouterAdvertiser } from "#src/net/router_advertiser.ts";
import { TftpServer } from "#src/tftp/server.ts";
import { inSubnet } from "#src/value/ipv4.ts";
import { type Base, PORTS } from "./base.ts";
import type { BootFiles } from "./boot_files.ts";
import { bootScriptFor } from "./boot_scripts.ts";
import type { Core } from "./core.ts";
import type { Leases } from "./leases.ts";

/**
 * TFTP and HTTP first, so that no machine is told of files that cannot be fetched yet; DHCP last.
 *
 * @throws {StartError} a port is taken
 */
export async function startBootServices(base: Base, core: Core, leases: Leases): Promise<DhcpServer> {
  const { settings, own, pool, files, nodes, store, record, stack, onFault } = base;
  const { identity, tokens, deployments } = core;
  const config = { serverAddress: own.address, httpPort: PORTS.bootHttp };
  const nodeByMac = nodes.byMac.bind(nodes);
  const scripts = {
    ...{ httpPort: PORTS.bootHttp, nodeByMac, record },
    agents: { port: PORTS.agents, keyDigest: identity.keyDigest },
    profileOf: deployments.bootProfileOf.bind(deployments),
    leaseOf: leases.ofMac.bind(leases),
    mint: tokens.mint.bind(tokens),
  };
  stack.use(
    await BootHttpServer.listen({
      ...{ addresses: [own.address], httpPort: PORTS.bootHttp, files, record, onFault },
      scriptFor: (mac, peer, server) => bootScriptFor(scripts, { mac, peer, server }),
      describePortInUse: (port) => describePortInUse("tcp", port),
    }),
  );
  stack.use(
    await TftpServer.listen({
      ...{ interface: own, files: withAutoexec(files, config), record, onFault },
      isClient: (address) => inSubnet(address, own.subnet),
    }),
  );
  const dhcp = await DhcpServer.listen({
    ...{ interface: own, pool, record, onFault },
    nodes: {
      byMac: nodeByMac,
      byAddress: nodes.byAddress.bind(nodes),
      isBmcAddress: nodes.isBmcAddress.bind(nodes),
      withoutAddress: nodes.withoutAddress.bind(nodes),
    },
    leases: store.leases,
    leaseSec: settings["lease-time"],
    chooseBoot: (client) => chooseBoot(client, config),
    discover: ({ mac, archCode }) => nodes.discover(mac, firmwareOf(archCode)),
    nowMs: Date.now,
  });
  stack.use(dhcp);
  advertise(base);
  return dhcp;
}

/** Newer iPXE asks for this name next to its own, and stops when there is no answer (tinkerbell #424). */
function withAutoexec(files: BootFiles, config: BootConfig): BootFiles {
  const script = Buffer.from(renderAutoexec(config));
  return new Map([...files, ["autoexec.ipxe", script], ["loaders/autoexec.ipxe", script]]);
}

/** iPXE waits 16 s for an IPv6 router before it asks for its script. Without IPv6 here, nodes only boot slower. */
function advertise({ own, stack, log, onFault }: Base): void {
  try {
    stack.use(RouterAdvertiser.listen({ interface: own, onFault }));
  } catch (fault) {
    log.say(
      `Nodes boot some seconds slower: IPv6 router solicitations cannot be answered: ${(fault as Error).message}`,
    );
  }
}
