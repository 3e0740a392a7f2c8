import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ADMIN_TOKEN_FILE, loadOrCreateAdminToken } from "#src/access/admin_token.ts";
import { Users } from "#src/access/users.ts";
import { apiServer, listenApi } from "#src/http/api_server.ts";
import type { FabricApi } from "#src/http/api_services.ts";
import { WaitingDescriptions } from "#src/http/waiting_descriptions.ts";
import { describePortInUse } from "#src/net/port_holder.ts";
import { type BackupParts, makeBackup } from "#src/store/backup/make_backup.ts";
import { postGuarded } from "#src/webhooks/post.ts";
import { Webhooks } from "#src/webhooks/webhooks.ts";
import type { Base } from "./base.ts";
import type { Core } from "./core.ts";
import { examineServing } from "./doctor_serving.ts";
import type { FabricService } from "./fabric.ts";
import type { Leases } from "./leases.ts";

/** @throws {StartError} the port is taken, or the token cannot be read or made */
export async function startApi(
  base: Base,
  core: Core,
  { leases, fabric }: { readonly leases: Leases; readonly fabric: FabricService },
): Promise<void> {
  const { settings, store, groups, nodes, events, timelines, record, stack, networks, log, onFault } = base;
  const { identities, naming } = base.whoIsWho;
  const { library, layouts, deployments, power, hub } = core;
  const startedAtMs = performance.now();
  const users = new Users({
    ...{ store: store.users, record, onFault, nowMs: Date.now },
    isFileToken: loadOrCreateAdminToken(settings.data).matches,
  });
  await users.dropExpired();
  const webhooks = base.stack.use(
    new Webhooks({
      ...{ store: store.webhooks, record, onFault, nowMs: Date.now, post: postGuarded },
      pause: (ms, signal) => sleep(ms, undefined, { signal }),
    }),
  );
  events.subscribe((logged) => webhooks.hear(logged));
  const api = apiServer({
    ...{ users, webhooks },
    ...{ groups, layouts, groupWorkflows: base.groupWorkflows, sshPublicKey: core.sshKey.publicKey },
    ...{ nodes, identities, naming, library, deployments, power, events, timelines, record, onFault },
    images: store.images,
    groupOperations: base.groupOperations,
    inventoryOf: (node) => store.inventories.byNode(node),
    descriptions: new WaitingDescriptions(),
    fabric: fabricApi(fabric, core),
    seen: ({ name }) => ({
      ...{ leasedAddress: leases.ofNode(name), hasAgent: hub.agentOf(name) !== undefined },
      secureBootSeen: store.inventories.byNode(name)?.secureBoot,
      said: store.inventories.byNode(name)?.dmi,
      placesOf: (mac) => identities.placesOf(mac),
      held: identities.whyHeld(name),
      findings: identities.ofNode(name),
    }),
    status: () => ({
      version: base.version,
      uptimeSec: Math.floor((performance.now() - startedAtMs) / 1000),
      interface: networks.map(({ own }) => own.name).join(", "),
      address: networks.map(({ own }) => own.address).join(", "),
      agents: hub.agents().length,
    }),
    windows: core.windows.state,
    stepRuns: store.stepRuns,
    learned: () => core.learning.limits.all(),
    backup: (choice) => makeBackup(backupParts(base), choice),
    gauges: () => ({
      pools: leases.pools().map(({ first, last, addresses, free }) => ({
        ...{ pool: `${first}-${last}`, used: addresses - free, size: addresses },
      })),
      dhcp: base.observed.all(),
    }),
    examine: () => examineServing(base, leases),
    nowMs: Date.now,
  });
  stack.defer(() => api.close());
  const { address, port } = settings.api;
  await listenApi(api, { address, port, describePortInUse: (taken) => describePortInUse("tcp", taken) });
  log.say(`API on http://${address}:${port}; its token is in ${join(settings.data, ADMIN_TOKEN_FILE)}`);
}

const backupParts = ({ settings, store, version }: Base): BackupParts => ({
  ...{ dir: settings.data, version, copyDatabase: store.copyDatabase, nowMs: Date.now },
});

const fabricApi = (fabric: FabricService, { orderOf }: Core): FabricApi => ({
  known: () => fabric.known(),
  running: () => fabric.running(),
  failure: () => fabric.failure(),
  whyNotScan: (seeds) => fabric.whyNotScan(seeds),
  // Its failure is an event, and what the next look at the state says.
  begin: (seeds) => void fabric.scan("asked", seeds).catch(() => undefined),
  cancel: () => fabric.cancel(),
  history: (count) => fabric.history(count),
  order: orderOf,
  check: (expected, unexpected) => fabric.check(expected, unexpected),
  refresh: (waitMs) => fabric.refresh(waitMs),
});
