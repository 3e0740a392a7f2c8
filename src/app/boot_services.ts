import type { KnownMachine } from "#src/boot/boot_memory.ts";
import type { BootConfig } from "#src/boot/choice.ts";
import { firmwareOf } from "#src/boot/firmware.ts";
import { GRUB_CONFIG, GRUB_ENTRY, grubConfigMac, renderGrubConfig } from "#src/boot/grub_config.ts";
import { renderAutoexec, renderScript } from "#src/boot/script.ts";
import { nodeOptions } from "#src/dhcp/node_options.ts";
import { DhcpServer } from "#src/dhcp/server.ts";
import { BootHttpServer } from "#src/http/boot_server.ts";
import { describePortInUse } from "#src/net/port_holder.ts";
import { RouterAdvertiser } from "#src/net/router_advertiser.ts";
import { TftpServer } from "#src/tftp/server.ts";
import { inSubnet } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type Base, PORTS } from "./base.ts";
import type { BootFiles } from "./boot_files.ts";
import { type BootScriptsOptions, bootScriptFor } from "./boot_scripts.ts";
import type { Core } from "./core.ts";
import type { Leases } from "./leases.ts";

/**
 * TFTP and HTTP first, so that no machine is told of files that cannot be fetched yet; DHCP last.
 *
 * @throws {StartError} a port is taken
 */
export async function startBootServices(base: Base, core: Core, leases: Leases): Promise<DhcpServer> {
  const { settings, own, pool, files, nodes, groups, store, record, observe, boots, stack, onFault } = base;
  const config = { serverAddress: own.address, httpPort: PORTS.bootHttp };
  const nodeByMac = nodes.byMac.bind(nodes);
  const scripts = scriptsOf(base, core, leases);
  stack.use(
    await BootHttpServer.listen({
      ...{ addresses: [own.address], httpPort: PORTS.bootHttp, files, record, observe, onFault },
      scriptFor: async (mac, peer, server) =>
        renderScript(await bootScriptFor(scripts, { mac, peer, server, via: "http" }), {
          ...config,
          serverAddress: server,
        }),
      describePortInUse: (port) => describePortInUse("tcp", port),
    }),
  );
  stack.use(
    await TftpServer.listen({
      ...{ interface: own, files: withEntries(files, config), record, observe, onFault },
      isClient: (address) => inSubnet(address, own.subnet),
      render: async (name, peer) => {
        const mac = grubConfigMac(name);
        if (mac === undefined) return undefined;
        const boot = await bootScriptFor(scripts, { mac, peer, server: own.address, via: "tftp" });
        return Buffer.from(renderGrubConfig(boot));
      },
    }),
  );
  const dhcp = await DhcpServer.listen({
    ...{ interface: own, record, observe, onFault },
    subnets: [
      {
        ...{ subnet: own.subnet, server: own.address, pool, isLocal: true },
        leaseSec: settings["lease-time"],
      },
    ],
    nodes: {
      byMac: nodeByMac,
      byAddress: nodes.byAddress.bind(nodes),
      isBmcAddress: nodes.isBmcAddress.bind(nodes),
      optionsOf: (node) => nodeOptions(node, groups.byName.bind(groups)),
      withoutAddress: nodes.withoutAddress.bind(nodes),
    },
    leases: store.leases,
    chooseBoot: (client, serverAddress) =>
      boots.choose(client, { ...config, serverAddress }, knownMachine(base, client.mac)),
    discover: ({ mac, archCode }) => nodes.discover(mac, firmwareOf(archCode)),
    nowMs: Date.now,
  });
  stack.use(dhcp);
  advertise(base);
  return dhcp;
}

function scriptsOf(base: Base, core: Core, leases: Leases): BootScriptsOptions {
  const { nodes, record, timelines, boots } = base;
  const { identity, tokens, deployments } = core;
  return {
    ...{ nodeByMac: nodes.byMac.bind(nodes), record },
    agents: { port: PORTS.agents, keyDigest: identity.keyDigest },
    profileOf: deployments.bootProfileOf.bind(deployments),
    started: (mac, peer) => {
      // Anybody can ask for anybody's script.
      if (timelines.machineAt(peer) === mac) boots.started(mac);
    },
    leaseOf: leases.ofMac.bind(leases),
    mint: tokens.mint.bind(tokens),
  };
}

/** What the operator said about the machine, else what its agent saw. */
function knownMachine({ nodes, store }: Base, mac: Mac): KnownMachine {
  const node = nodes.byMac(mac);
  const seen = node && store.inventories.byNode(node.name);
  const model = seen && `${seen.dmi.vendor} ${seen.dmi.product}`.trim();
  return { secureBoot: node?.secureBoot ?? seen?.secureBoot ?? false, model: model || undefined };
}

/** The first that a loader asks for, which leads it to the machine's own script: GRUB, and newer iPXE, which stops without (tinkerbell #424). */
function withEntries(files: BootFiles, config: BootConfig): BootFiles {
  const script = Buffer.from(renderAutoexec(config));
  return new Map([
    ...files,
    ["autoexec.ipxe", script],
    ["loaders/autoexec.ipxe", script],
    ["loaders/arm64/autoexec.ipxe", script],
    [GRUB_CONFIG, Buffer.from(GRUB_ENTRY)],
  ]);
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
