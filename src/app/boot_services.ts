import type { KnownMachine } from "#src/boot/boot_memory.ts";
import type { BootConfig } from "#src/boot/choice.ts";
import { GRUB_CONFIG, GRUB_ENTRY, grubConfigMac, renderGrubConfig } from "#src/boot/grub_config.ts";
import { MAX_NOTICE_CHARACTERS, readNoticeName, renderNotice } from "#src/boot/notice.ts";
import { renderAutoexec, renderScript } from "#src/boot/script.ts";
import { BootHttpServer } from "#src/http/boot_server.ts";
import { describePortInUse } from "#src/net/port_holder.ts";
import { RouterAdvertiser } from "#src/net/router_advertiser.ts";
import { type RenderedFile, TftpServer } from "#src/tftp/server.ts";
import { type Ipv4, inSubnet } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type Base, PORTS } from "./base.ts";
import type { BootFiles } from "./boot_files.ts";
import { type BootScriptsOptions, bootScriptFor } from "./boot_scripts.ts";
import type { Core } from "./core.ts";
import type { Leases } from "./leases.ts";
import { placesOf, type ServedNetwork } from "./network_plan.ts";
import { type NodePagesOptions, nodePage } from "./node_pages.ts";

/**
 * TFTP and HTTP first, so that no machine is told of files that cannot be fetched yet; DHCP last.
 *
 * @throws {StartError} a port is taken
 */
export async function startBootServices(base: Base, core: Core, leases: Leases): Promise<void> {
  const { networks, files, record, observe, stack, onFault } = base;
  const scripts = scriptsOf(base, core, leases);
  const httpPort = PORTS.bootHttp;
  stack.use(
    await BootHttpServer.listen({
      ...{ addresses: networks.map(({ own }) => own.address), httpPort, files, record, observe, onFault },
      scriptFor: async (mac, peer, serverAddress) =>
        renderScript(await bootScriptFor(scripts, { mac, peer, server: serverAddress, via: "http" }), {
          ...{ httpPort, serverAddress, withoutArm64: !files.has("ramdisk/arm64/vmlinuz") },
        }),
      page: (request) => nodePage(pagesOf(base, core, leases), request),
      describePortInUse: (port) => describePortInUse("tcp", port),
    }),
  );
  for (const network of networks) {
    await startTftp(base, network, scripts);
    advertise(base, network);
  }
}

async function startTftp(base: Base, network: ServedNetwork, scripts: BootScriptsOptions): Promise<void> {
  const { files, record, observe, stack, onFault } = base;
  const { own } = network;
  const served = placesOf([network]);
  const config = { serverAddress: own.address, httpPort: PORTS.bootHttp };
  stack.use(
    await TftpServer.listen({
      ...{ interface: own, files: withEntries(files, config), record, observe, onFault },
      isClient: (address) => served.some(({ subnet }) => inSubnet(address, subnet)),
      render: async (name, peer) => {
        const mac = grubConfigMac(name);
        if (mac === undefined) return noticeOf(base, own.address, name);
        const boot = await bootScriptFor(scripts, { mac, peer, server: own.address, via: "tftp" });
        return Buffer.from(renderGrubConfig(boot));
      },
    }),
  );
}

/** What a machine in circles is told in place of a loader or script. */
function noticeOf({ boots }: Base, server: Ipv4, name: string): RenderedFile | undefined {
  const asked = readNoticeName(name);
  const because = asked && boots.noticeFor(asked.mac);
  if (because === undefined) return undefined;
  if (!asked?.isScript) return { refusal: `Brigade: ${because}`.slice(0, MAX_NOTICE_CHARACTERS) };
  return Buffer.from(renderNotice(because, { mac: asked.mac, server, httpPort: PORTS.bootHttp }));
}

const pagesOf = (
  { nodes, whoIsWho }: Base,
  { deployments, phoneHome }: Core,
  leases: Leases,
): NodePagesOptions => ({
  ...{ deployments, phoneHome },
  nodeByName: nodes.byName.bind(nodes),
  holds: leases.holds.bind(leases),
  whyHeld: (node) => whoIsWho.identities.whyHeld(node),
});

function scriptsOf(base: Base, core: Core, leases: Leases): BootScriptsOptions {
  const { nodes, record, timelines, boots } = base;
  const { identity, tokens, deployments } = core;
  return {
    ...{ nodeByMac: nodes.byMac.bind(nodes), record },
    agents: { port: PORTS.agents, keyDigest: identity.keyDigest },
    profileOf: deployments.bootProfileOf.bind(deployments),
    started: (mac, peer) => {
      // Anybody can ask for anybody's script.
      return timelines.machineAt(peer) === mac ? boots.started(mac) : undefined;
    },
    holds: leases.holds.bind(leases),
    whyHeld: (node) => base.whoIsWho.identities.whyHeld(node),
    mint: tokens.mint.bind(tokens),
  };
}

/** What the operator said about the machine, else what its agent saw. */
export function knownMachine(
  {
    nodes,
    store,
  }: { readonly nodes: Pick<Base["nodes"], "byMac">; readonly store: Pick<Base["store"], "inventories"> },
  mac: Mac,
): KnownMachine {
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
function advertise({ stack, log, onFault }: Base, { own }: ServedNetwork): void {
  try {
    stack.use(RouterAdvertiser.listen({ interface: own, onFault }));
  } catch (fault) {
    log.say(
      `Nodes boot some seconds slower: IPv6 router solicitations cannot be answered: ${(fault as Error).message}`,
    );
  }
}
