/** The services that carry out deployments: images, power, agents, broadcast, the deployments themselves. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BootTokens } from "#src/access/boot_tokens.ts";
import { loadOrCreateSshKey, type SshKey } from "#src/access/ssh_key.ts";
import { AgentHub } from "#src/agent/hub.ts";
import { type Identity, loadOrCreateIdentity } from "#src/agent/identity.ts";
import { Broadcasts } from "#src/broadcast/broadcasts.ts";
import type { Order } from "#src/broadcast/order.ts";
import { SourceThread } from "#src/broadcast/source_thread.ts";
import { DEPLOY_ACTIONS } from "#src/deploy/actions.ts";
import { realClock } from "#src/deploy/clock.ts";
import type { Deployment } from "#src/deploy/deployment.ts";
import { holdWith } from "#src/deploy/hold.ts";
import { Layouts } from "#src/deploy/layout/layouts.ts";
import { layoutOf } from "#src/deploy/layout_choice.ts";
import type { PhoneHome } from "#src/deploy/probes/phone_home.ts";
import { DeployService } from "#src/deploy/service.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import { giveBackMemory } from "#src/images/give_back_memory.ts";
import { imageOfLabel } from "#src/images/image_reference.ts";
import { ImageLibrary } from "#src/images/library.ts";
import { linkSpeedMbit } from "#src/net/link_speed.ts";
import { Power } from "#src/power/power.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Base, PORTS } from "./base.ts";
import { crashPoint, imageCrashPoint } from "./crash_point.ts";
import type { FabricService } from "./fabric.ts";
import { orderOfNodes, placesOf as placesInOrder } from "./fabric_order.ts";
import { watchImages } from "./image_watch.ts";
import { loadLayouts } from "./layout_files.ts";
import { type Learning, startLearning } from "./learned.ts";
import type { Leases } from "./leases.ts";
import { placesOf, serverFor } from "./network_plan.ts";
import { forgetCalls, phoneHomeOf } from "./phone_home.ts";
import { ramdiskStarts } from "./ramdisk_start.ts";
import { endSessions } from "./session_end.ts";
import { stepTools } from "./step_tools.ts";
import { startWindows, type Windows } from "./windows.ts";

/** A switch that says nothing holds a scan up for 10 s; longer is not worth it to anybody. */
const ORDER_WAIT_MS = 10_000;

export type Core = {
  readonly identity: Identity;
  readonly library: ImageLibrary;
  readonly layouts: Layouts;
  readonly power: Power;
  readonly tokens: BootTokens;
  readonly hub: AgentHub;
  /** What it logs in to nodes with. */
  readonly sshKey: SshKey;
  readonly deployments: DeployService;
  readonly phoneHome: PhoneHome;
  readonly windows: Windows;
  readonly learning: Learning;
  /** The order in which a chain would go through these nodes. */
  readonly orderOf: (nodes: readonly string[]) => ChainOrder;
};

/** @throws {StartError} a port is taken or a file cannot be read */
export async function startCore(base: Base, leases: Leases, fabric: FabricService): Promise<Core> {
  const { settings, store, record, stack } = base;
  const directory = join(settings.data, "images");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const library = openLibrary(base, directory, () => deployments?.imagesInUse() ?? []);
  const layouts = startLayouts(base, () => deployments?.running() ?? []);
  const sshKey = loadOrCreateSshKey(settings.data);
  const windows = startWindows({
    ...{ settings, nodes: base.nodes },
    deploymentOf: (node) => deployments?.deploymentOf(node),
  });
  const power = new Power({ record, window: windows.power });
  const learning = await startLearning(base);
  const identity = await loadOrCreateIdentity(join(settings.data, "tls"));
  let deployments: DeployService | undefined;
  const tokens = new BootTokens({
    store: store.tokens,
    record,
    // Wall time at the start, then a clock that nobody sets: the lives of tokens survive restarts and jumps alike.
    nowMs: () => Math.round(performance.timeOrigin + performance.now()),
    deploymentOf: (node) => deployments?.deploymentOf(node),
  });
  const opened = Promise.withResolvers<void>();
  const hub = await startHub(base, { identity, tokens, fabric, opened: opened.promise });
  const source = await startSource(base, directory);
  const nodesOf = (id: string): readonly string[] => nodesIn(deployments?.running() ?? [], id);
  const orderOf = orderedBy(base, { hub, fabric });
  const broadcasts = startBroadcasts(base, {
    ...{ hub, source },
    // What is older than an hour is not waited for long: an order is a hint, and never a condition.
    orderOf: async (deployment) => {
      await fabric.refresh(ORDER_WAIT_MS);
      return placesInOrder(orderOf(nodesOf(deployment)));
    },
  });
  const phoneHome = phoneHomeOf(base, leases);
  deployments = await openDeployments(base, {
    ...{ hub, broadcasts, power, tokens, leases, layouts, sshKey, phoneHome, windows, learning },
    keyDigest: identity.keyDigest,
    isIdle: () => deployments?.running().length === 0,
    releaseImages: async () => {
      await source.release();
      giveBackMemory();
    },
  });
  const service = deployments;
  stack.defer(() => service.stop());
  stack.defer(endSessions({ service, tokens, after: realClock.after, onFault: base.onFault }));
  stack.defer(forgetCalls(service, phoneHome));
  stack.defer(windows.follow(service));
  opened.resolve();
  reportGarbage(base, await library.collectGarbage());
  void watchImages(base, library).catch(base.onFault);
  const nodeServices = { power, tokens, hub, sshKey, phoneHome, windows, learning };
  return { identity, library, layouts, deployments, orderOf, ...nodeServices };
}

const nodesIn = (running: readonly Deployment[], id: string): readonly string[] =>
  running.find((one) => one.id === id)?.nodes.map(({ node }) => node) ?? [];

const startLayouts = ({ store, record }: Base, running: () => readonly Deployment[]): Layouts =>
  new Layouts({
    ...{ bundled: loadLayouts(), store: store.layouts, record },
    usedBy: (name) =>
      running()
        .filter(({ request }) => layoutOf(request) === name)
        .map(({ id }) => id),
  });

const openLibrary = ({ store }: Base, directory: string, inUse: () => Iterable<string>): ImageLibrary =>
  new ImageLibrary({
    ...{ directory, inUse },
    catalogue: store.images,
    nowMs: Date.now,
    reach: imageCrashPoint(),
  });

const orderedBy =
  ({ store, networks }: Base, { hub, fabric }: { hub: AgentHub; fabric: FabricService }): Core["orderOf"] =>
  (nodes) =>
    orderOfNodes(nodes, {
      fabric: fabric.known()?.fabric,
      inventoryOf: store.inventories.byNode,
      bootMacOf: (node) => hub.agentOf(node)?.bootMac,
      sourceMbit: sourceMbitOf(networks),
    });

type HubParts = {
  readonly identity: Identity;
  readonly tokens: BootTokens;
  readonly fabric: Pick<FabricService, "heard">;
  /** Resolves when the deployments are known; before that nobody can say whose token is good. */
  readonly opened: Promise<void>;
};

async function startHub(base: Base, { identity, tokens, fabric, opened }: HubParts): Promise<AgentHub> {
  const { store, record, observe, onFault, whoIsWho } = base;
  const [address, ...moreAddresses] = addressesOf(base);
  const hub = await AgentHub.listen({
    address,
    port: PORTS.agents,
    ...{ identity, record, observe },
    admit: async (hello, peer) => {
      await opened;
      return tokens.admit(hello, peer);
    },
    onInventory: (node, inventory) => {
      void store.inventories.save(node, inventory).catch(onFault);
      whoIsWho.identities.changed();
      fabric.heard();
    },
    inventoryOf: store.inventories.byNode,
  });
  base.stack.use(hub);
  for (const more of moreAddresses) await hub.listenAt(more);
  return hub;
}

/** Ours on each network; there is at least one. */
const addressesOf = ({ networks }: Base): readonly [Ipv4, ...Ipv4[]] => {
  const [first, ...more] = networks.map(({ own }) => own.address);
  return [first ?? ("127.0.0.1" as Ipv4), ...more];
};

async function startSource(base: Base, directory: string): Promise<SourceThread> {
  const { record, onFault, stack } = base;
  const [address, ...moreAddresses] = addressesOf(base);
  const port = PORTS.broadcast;
  const source = stack.use(await SourceThread.listen({ address, port, directory, record, onFault }));
  for (const more of moreAddresses) await source.listenAt(more, port);
  return source;
}

function startBroadcasts(
  { networks, store, record, stack }: Base,
  {
    hub,
    source,
    orderOf,
  }: {
    readonly hub: AgentHub;
    readonly source: SourceThread;
    /** By deployment. */
    readonly orderOf: (deployment: string) => Promise<Order>;
  },
): Broadcasts {
  const places = placesOf(networks);
  return stack.use(
    new Broadcasts({
      hub,
      source,
      sourceOf: (endpoint) =>
        `${serverFor(places, (endpoint.split(":")[0] ?? "") as Ipv4)}:${PORTS.broadcast}`,
      orderOf,
      sourceMbit: sourceMbitOf(networks),
      secret: store.secrets.derive("broadcast"),
      record,
    }),
  );
}

const sourceMbitOf = (networks: Base["networks"]): number | undefined =>
  slowestMbit(networks.map(({ own }) => linkSpeedMbit(own)));

/** One that is not known may be slow. */
const slowestMbit = (speeds: readonly (number | undefined)[]): number | undefined =>
  speeds.some((mbit) => mbit === undefined) ? undefined : Math.min(...speeds.flatMap((mbit) => mbit ?? []));

type DeployParts = Pick<
  Core,
  "hub" | "power" | "tokens" | "layouts" | "sshKey" | "phoneHome" | "windows" | "learning"
> & {
  readonly broadcasts: Broadcasts;
  readonly leases: Leases;
  readonly keyDigest: string;
  /** No deployment runs. */
  readonly isIdle: () => boolean;
  /** Gives back the memory of hot chunks. */
  readonly releaseImages: () => Promise<void>;
};

function openDeployments(base: Base, parts: DeployParts): Promise<DeployService> {
  const { nodes, whoIsWho, store, record, settings, groupWorkflows, groupOperations } = base;
  const { broadcasts, leases } = parts;
  const nodeByName = nodes.byName.bind(nodes);
  return DeployService.open({
    store: store.deployments,
    actions: DEPLOY_ACTIONS,
    hold: holdWith({
      whyHeld: (node) => whoIsWho.identities.whyHeld(node),
      askScan: () => whoIsWho.askScan(),
      record,
    }),
    tools: stepTools({
      ...{ ...parts, nodeByName, addressOf: (node) => leases.ofNode(node) },
      lastHostKeyOf: store.deployments.lastHostKeyOf,
      loginAddressOf: (node) => leases.provenOfNode(node)?.address,
      ramdiskStart: ramdiskStarts(base, parts),
    }),
    imageByName: (label) => imageOfLabel(store.images.all(), label),
    // A node that is just becoming part of another cannot be taken.
    nodeByName: (name) => (nodes.isChanging(name) ? undefined : nodeByName(name)),
    workflowsOf: (node) => groupWorkflows.ofGroups(nodeByName(node)?.groups ?? []),
    disksOf: (node) => store.inventories.byNode(node)?.disks,
    memoryOf: (node) => store.inventories.byNode(node)?.memBytes,
    record,
    sentBytes: (deployment) => broadcasts.sentBytes(deployment),
    endBroadcast: async (deployment) => {
      await broadcasts.end(deployment);
      if (parts.isIdle()) await parts.releaseImages();
    },
    operationsOf: (node) => groupOperations.ofGroups(nodeByName(node)?.groups ?? []),
    confirmAbove: settings["confirm-above"],
    admit: parts.windows.admitWith(parts.power),
    learnedLimitSec: parts.learning.limitSec,
    afterSave: crashPoint(),
  });
}

function reportGarbage({ log }: Base, garbage: Awaited<ReturnType<ImageLibrary["collectGarbage"]>>): void {
  const { manifests, chunks, bytes, unreadable } = garbage;
  if (manifests + chunks > 0)
    log.say(`Removed what an unfinished import had left: ${chunks} chunks, ${bytes} bytes`);
  for (const image of unreadable)
    log.say(`Image ${image} is damaged: its manifest cannot be read; import it again`);
}
