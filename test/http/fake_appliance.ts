/**
 * An appliance in memory behind the real API: real node registry and event
 * log, and a deployment service that goes through the real steps as fast as
 * it is told to. Nodes whose name begins with "bad" fail in `partition`.
 */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { MemoryUserStore } from "#src/access/user.ts";
import { Users } from "#src/access/users.ts";
import type { Inventory } from "#src/agent/inventory.ts";
import { loadLayouts } from "#src/app/layout_files.ts";
import { BootTimelines } from "#src/boot/timelines.ts";
import { GroupOperations, MemoryGroupOperationStore } from "#src/deploy/group_operations.ts";
import { GroupWorkflows, MemoryGroupWorkflowStore } from "#src/deploy/group_workflows.ts";
import { MemoryLayoutStore } from "#src/deploy/layout/layout_store.ts";
import { Layouts } from "#src/deploy/layout/layouts.ts";
import type { Learned } from "#src/deploy/learned_limits.ts";
import { whyNotDhcpOption } from "#src/dhcp/node_options.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { EventLog } from "#src/events/event_log.ts";
import type { ApiServices } from "#src/http/api_services.ts";
import type { FindingView } from "#src/http/doctor_types.ts";
import { WaitingDescriptions } from "#src/http/waiting_descriptions.ts";
import type { Image } from "#src/images/catalogue.ts";
import { imageLabel } from "#src/images/image_reference.ts";
import { withTerms } from "#src/images/image_terms.ts";
import { type ImportRequest, type ImportResult, keyFor } from "#src/images/import_request.ts";
import { ImageUnreadable } from "#src/images/reader.ts";
import { MemoryFindingStore } from "#src/nodes/finding_store.ts";
import { MemoryGroupStore } from "#src/nodes/group_store.ts";
import { NodeGroups } from "#src/nodes/groups.ts";
import { Identities } from "#src/nodes/identities.ts";
import { MemoryNamingRuleStore } from "#src/nodes/naming_rule.ts";
import { NamingRules } from "#src/nodes/naming_rules.ts";
import type { MachineSaid } from "#src/nodes/node_identity.ts";
import { MemoryNodeStore } from "#src/nodes/node_store.ts";
import type { Place } from "#src/nodes/place.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import type { PowerResult } from "#src/power/result.ts";
import { StartWindow } from "#src/power/window.ts";
import type { Mac } from "#src/value/mac.ts";
import type { Attempt } from "#src/webhooks/courier.ts";
import { MemoryWebhookStore } from "#src/webhooks/webhook.ts";
import { Webhooks } from "#src/webhooks/webhooks.ts";

import { FakeDeployments } from "./fake_deployments.ts";
import { FakeFabric } from "./fake_fabric.ts";
import { FakeStepRuns } from "./fake_step_runs.ts";

export const TOKEN = "ab".repeat(32);

export const IMAGE: Image = {
  owner: "admin",
  name: "debian-12",
  version: 1,
  visibility: "public",
  digest: "cd".repeat(32),
  kind: "archive",
  rawDigest: createHash("sha256").update(Buffer.alloc(1000, "tar")).digest("hex"),
  rawBytes: 1000,
  storedBytes: 500,
  chunkCount: 1,
  createdAtMs: 1,
  entryCount: 10,
  installedBytes: 4096,
  osName: "Debian GNU/Linux",
};

const WINDOW = { inFlight: 500, perSecond: 20, maxHoldMs: 1000 };

export class FakeAppliance {
  #clockMs = 1_700_000_000_000;
  readonly store = new MemoryNodeStore();
  readonly log = new EventLog({ nowMs: () => this.#clockMs });
  /** All but those of the audit, which is about who asked and not about what happened. */
  readonly events: ApplianceEvent[] = [];
  readonly audit: ApplianceEvent[] = [];
  /** By label. */
  readonly images = new Map<string, Image>([[imageLabel(IMAGE), IMAGE]]);
  readonly descriptions = new WaitingDescriptions();
  /** What `export` gives, by name. */
  readonly contents = new Map<string, Buffer>([[IMAGE.name, Buffer.alloc(IMAGE.rawBytes, "tar")]]);
  /** Names of images that `verify` finds damaged and `export` breaks off in the midst of. */
  readonly damaged = new Set<string>();
  /** What `export` gave. */
  readonly exports: Readable[] = [];
  readonly powered = new Map<string, "on" | "off">();
  readonly faults: unknown[] = [];
  readonly findings: FindingView[] = [];
  windows = { reboot: new StartWindow(WINDOW).state(), power: new StartWindow(WINDOW).state() };
  readonly learned: Learned[] = [];
  readonly stepRuns = new FakeStepRuns();
  backup: ApiServices["backup"] = async ({ secrets, images }) =>
    Readable.from([`backup ${secrets} ${images}`], { objectMode: false });
  readonly nodes: NodeRegistry;
  /** Names of layouts that `d1` installs with. */
  readonly layoutsInUse: string[] = [];
  readonly groups: NodeGroups;
  readonly groupWorkflows = new GroupWorkflows(new MemoryGroupWorkflowStore());
  readonly layouts: Layouts;
  readonly deployments: FakeDeployments;
  /** What agents said, and where cards are; tell `identities` of changes. */
  readonly said = new Map<string, MachineSaid>();
  readonly groupOperations = new GroupOperations(new MemoryGroupOperationStore());
  readonly inventories = new Map<string, Inventory>();
  readonly places = new Map<Mac, readonly Place[]>();
  readonly identities: Identities;
  readonly naming: NamingRules;
  readonly fabric = new FakeFabric();
  /** What a webhook was sent, and what comes of it. */
  readonly posted: { readonly headers: Readonly<Record<string, string>>; readonly body: string }[] = [];
  receiver: Attempt = { ok: true, status: 204 };
  readonly webhooks = new Webhooks({
    ...{ store: new MemoryWebhookStore(), record: this.log.record, nowMs: () => this.#clockMs },
    post: async (_, message) => {
      this.posted.push(message);
      return this.receiver;
    },
    // Nothing is tried again before the test is over.
    pause: () => new Promise(() => {}),
    onFault: (fault) => this.faults.push(fault),
  });
  readonly users = new Users({
    ...{ store: new MemoryUserStore(), record: this.log.record, nowMs: () => this.#clockMs },
    isFileToken: (candidate) => candidate === TOKEN,
    onFault: (fault) => this.faults.push(fault),
  });
  readonly timelines = new BootTimelines({
    byMac: (mac) => this.nodes.byMac(mac),
    byName: (name) => this.nodes.byName(name),
  });

  constructor() {
    this.log.subscribe(({ event, atMs }) => this.timelines.hear(event, atMs));
    this.log.subscribe(({ event }) => (event.kind.startsWith("api") ? this.audit : this.events).push(event));
    this.groups = new NodeGroups({
      store: new MemoryGroupStore(),
      whyNotOption: whyNotDhcpOption,
      membersOf: (group) => this.nodes.membersOf(group),
      record: this.log.record,
    });
    this.nodes = new NodeRegistry({
      store: this.store,
      whyNotOption: whyNotDhcpOption,
      isGroup: (name) => this.groups.byName(name) !== undefined,
      whyNotAddress: (address) => (address.startsWith("10.77.") ? undefined : "it is not in 10.77.0.0/16"),
      record: this.log.record,
    });
    this.layouts = new Layouts({
      ...{ bundled: loadLayouts(), store: new MemoryLayoutStore(), record: this.log.record },
      usedBy: (name) => this.layoutsInUse.filter((one) => one === name).map(() => "d1"),
    });
    this.deployments = new FakeDeployments(this);
    this.identities = new Identities({
      ...{ nodes: this.nodes, store: new MemoryFindingStore(), record: this.log.record },
      saidOf: (name) => this.said.get(name),
      places: {
        placesOf: (mac) => this.places.get(mac) ?? [],
        hasLeft: () => true,
        askedAtMs: () => 0,
        isWhole: () => true,
      },
      nowMs: () => this.#clockMs,
      askScan: () => {},
      isPinnedGroup: (group) => this.groups.byName(group)?.pinned === true,
    });
    this.naming = new NamingRules({
      ...{ nodes: this.nodes, store: new MemoryNamingRuleStore(), record: this.log.record },
      findingsOf: (name) => this.identities.ofNode(name),
      places: { placesOf: (mac) => this.places.get(mac) ?? [] },
    });
    this.log.subscribe(({ event }) => {
      if (/^nodes?[A-Z]/.test(event.kind)) this.identities.changed();
    });
  }

  tickMs(ms: number): number {
    this.#clockMs += ms;
    return this.#clockMs;
  }

  get services(): ApiServices {
    return {
      ...{ users: this.users, webhooks: this.webhooks },
      nodes: this.nodes,
      groups: this.groups,
      groupWorkflows: this.groupWorkflows,
      sshPublicKey: "ssh-ed25519 T1VSUw== brigade-appliance",
      layouts: this.layouts,
      images: { all: () => [...this.images.values()] },
      descriptions: this.descriptions,
      library: {
        import: (request) => this.#import(request),
        set: async (key, terms) => {
          const image = this.images.get(imageLabel(key));
          if (image) this.images.set(imageLabel(key), withTerms(image, terms));
          return this.images.get(imageLabel(key));
        },
        remove: async (key) => this.images.delete(imageLabel(key)),
        verify: async ({ name }) =>
          this.damaged.has(name)
            ? { ok: false, damage: [{ chunk: 0, found: "PATH is damaged" }] }
            : { ok: true, chunks: 1, bytes: 500 },
        export: async ({ name }) => this.#export(name),
        ownBytes: async () => new Map([...this.images.keys()].map((label) => [label, 200])),
      },
      deployments: this.deployments,
      fabric: this.fabric,
      power: {
        act: async (node, action) => this.#switch(node.name, action),
        reserve: async () => ({ [Symbol.dispose]: () => {} }),
      },
      windows: () => this.windows,
      stepRuns: this.stepRuns,
      learned: () => this.learned,
      events: this.log,
      timelines: this.timelines,
      record: this.log.record,
      identities: this.identities,
      naming: this.naming,
      groupOperations: this.groupOperations,
      inventoryOf: (name) => this.inventories.get(name),
      seen: ({ name }) => ({
        ...{ hasAgent: false, leasedAddress: "10.77.0.101", said: this.said.get(name) },
        placesOf: (mac) => this.places.get(mac) ?? [],
        held: this.identities.whyHeld(name),
        findings: this.identities.ofNode(name),
      }),
      status: () => ({
        version: "0.0.0-test",
        uptimeSec: 1,
        interface: "eth1",
        address: "10.77.0.1",
        agents: 0,
      }),
      backup: (choice) => this.backup(choice),
      gauges: () => ({
        pools: [{ pool: "10.77.0.100-10.77.0.199", used: 3, size: 100 }],
        dhcp: [{ message: "discover", direction: "in", count: 7 }],
      }),
      examine: async () => this.findings,
      nowMs: () => this.#clockMs,
      onFault: (fault) => this.faults.push(fault),
    };
  }

  /** Takes every upload; `IMAGE` in size and look. One that says "broken" is not an archive. */
  async #import(request: ImportRequest): Promise<ImportResult> {
    const { source, onProgress, visibility = "public", about, isTemporary } = request;
    const key = keyFor(request, [...this.images.values()]);
    if ("kind" in key) return { ok: false, problem: key };
    let text = "";
    try {
      for await (const part of source as Readable) {
        text += String(part);
        onProgress?.({ sourceBytes: text.length, rawBytes: text.length, storedBytes: 1, rawBytesPerSec: 1 });
      }
    } catch (fault) {
      return { ok: false, problem: { kind: "sourceUnreadable", detail: String(fault) } };
    }
    const bad = { kind: "badSource", stream: "file", offsetBytes: 0, found: "no archive" } as const;
    if (text === "broken") return { ok: false, problem: bad };
    const image = { ...IMAGE, ...key, visibility, about, isTemporary, rawBytes: text.length };
    this.images.set(imageLabel(image), image);
    return { ok: true, image };
  }

  #export(name: string): Readable {
    const content = this.contents.get(name) ?? Buffer.alloc(0);
    const half = content.length / 2;
    const isDamaged = this.damaged.has(name);
    function* pieces(): Generator<Buffer> {
      yield content.subarray(0, half);
      if (isDamaged) throw new ImageUnreadable(`Image "${name}" is damaged: chunk 1: PATH is damaged`);
      yield content.subarray(half);
    }
    const stream = Readable.from(pieces(), { objectMode: false });
    this.exports.push(stream);
    return stream;
  }

  #switch(node: string, action: string): PowerResult {
    if (node.startsWith("bad"))
      return { ok: false, kind: "unreachable", problem: `Cannot reach the BMC of ${node}` };
    const before = this.powered.get(node) ?? "off";
    const state = action === "status" ? before : action === "off" ? "off" : "on";
    this.powered.set(node, state);
    return { ok: true, state };
  }
}
