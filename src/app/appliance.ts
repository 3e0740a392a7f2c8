/**
 * The appliance: builds every service, passes each what it needs, and ends
 * them in reverse order. Nothing is decided here but the order.
 */

import { BootArchive, type BootArchiveOptions } from "#src/boot/boot_archive.ts";
import { BootMemory } from "#src/boot/boot_memory.ts";
import { BootTimelines } from "#src/boot/timelines.ts";
import { GroupOperations } from "#src/deploy/group_operations.ts";
import { GroupWorkflows } from "#src/deploy/group_workflows.ts";
import { whyNotDhcpOption } from "#src/dhcp/node_options.ts";
import { probeOtherServers } from "#src/dhcp/other_server_probe.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { EventLog } from "#src/events/event_log.ts";
import type { Observe } from "#src/events/observation.ts";
import { ObservationCounts } from "#src/events/observation_counts.ts";
import { findInterface } from "#src/net/interface.ts";
import { NodeGroups } from "#src/nodes/groups.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import { openStore } from "#src/store/store.ts";
import { StartError } from "#src/value/start_error.ts";
import { startApi } from "./api.ts";
import type { ApplianceOptions, Base } from "./base.ts";
import { loadBootFiles } from "./boot_files.ts";
import { startBootServices } from "./boot_services.ts";
import { startCore } from "./core.ts";
import { writeCrashPoint } from "./crash_point.ts";
import { startDhcp } from "./dhcp_services.ts";
import { startFabric } from "./fabric_services.ts";
import { Leases } from "./leases.ts";
import { readOptions } from "./network_choice.ts";
import { placesOf, planNetworks, type ServedNetwork, whyNotAddress } from "./network_plan.ts";
import { requirePrivileges } from "./privilege.ts";
import { WhoIsWho } from "./who_is_who.ts";

/**
 * Starts everything. The API answers first, DHCP only after a look for other
 * servers.
 *
 * @returns what ends it all, in reverse order
 * @throws {StartError} something stands in the way; what was started is ended again
 */
export async function startAppliance(options: ApplianceOptions): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { settings, log } = options;
  requirePrivileges();
  const networks = planNetworks(options.choice.network, findInterface, {
    ...{ pool: settings.pool, leaseSec: settings["lease-time"], readOptions },
  });
  const places = placesOf(networks);
  const files = loadBootFiles(settings["boot-files"]);
  const events = new EventLog({ nowMs: Date.now });
  events.subscribe(({ event }) => log.event(event));
  const { record } = events;
  const store = await openStoreOf(options, record);
  stack.defer(() => store.close());
  const groups = new NodeGroups({
    store: store.groups,
    whyNotOption: whyNotDhcpOption,
    membersOf: (group) => nodes.membersOf(group),
    record,
  });
  const wishes = await groupWishes(store, groups);
  const nodes = new NodeRegistry({
    store: store.nodes,
    whyNotOption: whyNotDhcpOption,
    isGroup: (name) => groups.byName(name) !== undefined,
    whyNotAddress: (address) => whyNotAddress(places, address),
    record,
  });
  stack.defer(() => nodes.settled());
  const whoIsWho = stack.use(new WhoIsWho({ store, nodes, events, groups }));
  const timelines = new BootTimelines({ byMac: nodes.byMac.bind(nodes), byName: nodes.byName.bind(nodes) });
  events.subscribe(({ event, atMs }) => timelines.hear(event, atMs));
  const boots = new BootMemory({
    has: (file) => files.has(file),
    record,
    nowMs: () => performance.now(),
  });
  events.subscribe(({ event }) => tellBoots(event, { boots, timelines, nodes }));
  stack.use(BootArchive.open(archiveParts({ store, timelines, boots, nodes, log })));
  const observed = new ObservationCounts();
  const observe = observing(timelines, observed);
  const onFault = (fault: unknown): void => log.fault("A fault that was not foreseen", fault);
  await startServices({
    ...options,
    ...{ networks, files, store, groups, ...wishes, nodes, whoIsWho, events },
    record,
    observe,
    observed,
    timelines,
    boots,
    stack,
    onFault,
  });
  return stack.move();
}

const openStoreOf = ({ settings }: ApplianceOptions, record: Base["record"]): Promise<Base["store"]> =>
  openStore(settings.data, (skipped) => record({ kind: "storedRowSkipped", ...skipped }), {
    keptRuns: settings["keep-step-runs"],
    reach: writeCrashPoint(),
  });

/** What groups want of deployments, without groups that are gone. */
async function groupWishes(
  store: Base["store"],
  groups: NodeGroups,
): Promise<Pick<Base, "groupWorkflows" | "groupOperations">> {
  const isGroup = (name: string): boolean => groups.byName(name) !== undefined;
  const groupWorkflows = new GroupWorkflows(store.groupWorkflows);
  await groupWorkflows.keepOnly(isGroup);
  const groupOperations = new GroupOperations(store.groupOperations);
  await groupOperations.keepOnly(isGroup);
  return { groupWorkflows, groupOperations };
}

const observing =
  (timelines: BootTimelines, observed: ObservationCounts): Observe =>
  (seen) => {
    observed.hear(seen);
    timelines.observe(seen, Date.now());
  };

/** What boots there were, and who had which address, before this process. */
function archiveParts({
  store,
  timelines,
  boots,
  nodes,
  log,
}: Pick<Base, "store" | "timelines" | "boots" | "nodes" | "log">): BootArchiveOptions {
  for (const { address, mac, state } of store.leases.all())
    if (state === "bound") timelines.restoreHolder(address, mac);
  return {
    ...{ timelines, boots, store: store.boots, nowMs: () => performance.now(), wallMs: Date.now },
    isNode: (mac) => nodes.byMac(mac) !== undefined,
    onFault: (fault) => log.fault("Boots could not be stored", fault),
  };
}

/** What shows whether loaders work. */
function tellBoots(
  event: ApplianceEvent,
  { boots, timelines, nodes }: Pick<Base, "boots" | "timelines" | "nodes">,
): void {
  if (event.kind === "agentConnected")
    for (const mac of nodes.byName(event.node)?.macs ?? []) boots.settled(mac);
  const mac = event.kind === "fileSent" ? timelines.machineAt(event.peer) : undefined;
  if (mac !== undefined && event.kind === "fileSent") boots.fetched(mac, event.file);
}

async function startServices(base: Base): Promise<void> {
  // While it listens the rest starts; it must not count as unhandled when that fails first.
  const alone = requireNoOtherDhcp(base);
  alone.catch(() => {});
  const leases = new Leases(base.nodes);
  const fabric = startFabric(base, leases);
  const core = await startCore(base, leases, fabric);
  await startApi(base, core, { leases, fabric });
  await alone;
  await startBootServices(base, core, leases);
  await startDhcp(base, leases);
  core.deployments.resume();
  for (const network of base.networks) base.log.say(describeNetwork(network));
}

/** @throws {StartError} another DHCP server answers, and nobody said that this is meant so */
async function requireNoOtherDhcp({ settings, networks }: Base): Promise<void> {
  if (settings["allow-other-dhcp"]) return;
  const alone = networks.filter(({ mode }) => mode === "authoritative");
  await Promise.all(alone.map(({ own }) => requireNoOtherOn(own)));
}

async function requireNoOtherOn({ name, address }: ServedNetwork["own"]): Promise<void> {
  const others = await probeOtherServers({ interface: name, address });
  if (others.length === 0) return;
  const names = others.map(({ server }) => server).join(", ");
  throw new StartError(
    `Cannot serve DHCP on "${name}": another DHCP server answers there (${names}); switch it off, serve beside it with --interface ${name}=proxy, or say --allow-other-dhcp`,
  );
}

function describeNetwork({ own, mode, subnets }: ServedNetwork): string {
  const where = `"${own.name}" (${own.address}/${own.subnet.prefixBits})`;
  if (mode === "proxy")
    return `Serving ${where} beside another DHCP server, which gives the addresses; unknown machines boot from their disks`;
  const pools = subnets.map(({ pool }) => `${pool.first} to ${pool.last}`).join(", ");
  return `Serving ${where}; machines without a fixed address get ${pools}, and unknown ones boot from their disks`;
}
