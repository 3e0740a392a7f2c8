/** One of each message that is data, with the words that the manual's page has where a value stands. */
import type { AccessProblem } from "#src/access/user.ts";
import type { StartProblem } from "#src/deploy/deployment.ts";
import type { LayoutProblem } from "#src/deploy/layout/layouts.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { ImportProblem } from "#src/images/import_problem.ts";
import { describeDamage } from "#src/images/verify.ts";
import type { Finding } from "#src/nodes/finding.ts";
import type { GroupProblem } from "#src/nodes/group.ts";
import type { NodeProblem } from "#src/nodes/node_problem.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { WebhookProblem } from "#src/webhooks/webhook.ts";

/** Every number of a sample is this one, and `N` on the page. */
export const N = 4711;
const mac = "MAC" as Mac;
const address = "ADDRESS" as Ipv4;

/** A sample of each kind; a new kind does not compile until it has one. */
type Samples<T extends { readonly kind: string }> = { readonly [K in T["kind"]]: Extract<T, { kind: K }> };

export const NODE_PROBLEMS = {
  unknownNode: { kind: "unknownNode", node: "NODE" },
  badName: { kind: "badName", name: "NODE" },
  nameTaken: { kind: "nameTaken", name: "NODE" },
  noMac: { kind: "noMac", node: "NODE" },
  badMac: { kind: "badMac", mac },
  macTaken: { kind: "macTaken", mac, node: "NODE" },
  addressTaken: { kind: "addressTaken", address, node: "NODE" },
  addressUnusable: { kind: "addressUnusable", address, why: "WHY" },
  badKernelArgument: { kind: "badKernelArgument", argument: "ARGUMENT" },
  sameNode: { kind: "sameNode", node: "NODE" },
  twoMachines: { kind: "twoMachines", node: "NODE", other: "OTHER", serials: ["SERIAL", "SERIAL"] },
  notItsMac: { kind: "notItsMac", mac, node: "NODE" },
  notDiscovered: { kind: "notDiscovered", node: "NODE" },
  nodeBusy: { kind: "nodeBusy", node: "NODE", deployment: "ID" },
  unknownGroup: { kind: "unknownGroup", group: "GROUP" },
  badOption: { kind: "badOption", option: "OPTION", why: "WHY" },
} satisfies Samples<NodeProblem>;

const place = { switchId: "ID", switchName: "PO", port: "RT" };
const pair = { node: "NODE", other: "OTHER" } as const;

export const FINDINGS = {
  secondCard: { kind: "secondCard", ...pair, mac, by: "inventory" },
  boardChanged: { kind: "boardChanged", node: "NODE", what: "WORD" as "UUID", was: "TEXT", is: "TEXT" },
  cardMoved: { kind: "cardMoved", ...pair, mac, hasMore: true },
  cardsSwapped: { kind: "cardsSwapped", ...pair },
  moved: { kind: "moved", node: "NODE", mac, from: place, to: place },
  cablesSwapped: { kind: "cablesSwapped", ...pair, place, otherPlace: place },
  newcomer: { kind: "newcomer", ...pair, place },
  macOnTwoPorts: { kind: "macOnTwoPorts", node: "NODE", mac, places: [place, place] },
  shared: { kind: "shared", what: "WORD" as "UUID", value: "TEXT", nodes: ["NODES"] },
} satisfies Samples<Finding>;

export const GROUP_PROBLEMS = {
  unknownGroup: NODE_PROBLEMS.unknownGroup,
  badOption: NODE_PROBLEMS.badOption,
  badGroupName: { kind: "badGroupName", name: "GROUP" },
  groupTaken: { kind: "groupTaken", group: "GROUP" },
  groupInUse: { kind: "groupInUse", group: "GROUP", nodes: Array<string>(N).fill("NODE") },
} satisfies Samples<GroupProblem>;

export const ACCESS_PROBLEMS = {
  badUserName: { kind: "badUserName", name: "NAME" },
  userTaken: { kind: "userTaken", name: "NAME" },
  unknownUser: { kind: "unknownUser", name: "NAME" },
  unknownToken: { kind: "unknownToken", token: "ID" },
  tooMany: { kind: "tooMany", what: "users", most: N },
} satisfies Samples<AccessProblem>;

export const WEBHOOK_PROBLEMS = {
  badWebhookUrl: { kind: "badWebhookUrl", why: "WHY" },
  unknownWebhook: { kind: "unknownWebhook", webhook: "ID" },
  tooManyWebhooks: { kind: "tooManyWebhooks", most: N },
} satisfies Samples<WebhookProblem>;

export const START_PROBLEMS = {
  unknownImage: { kind: "unknownImage", image: "IMAGE" },
  ambiguousImage: { kind: "ambiguousImage", image: "IMAGE", labels: ["IMAGES"] },
  unsuitableImage: {
    kind: "unsuitableImage",
    image: "IMAGE",
    why: "it has no kernel (no /boot/vmlinuz-*)",
  },
  noKey: { kind: "noKey", image: "IMAGE" },
  badSeed: { kind: "badSeed", why: "the user data have N bytes, more than 65536" },
  unsuitableProbe: {
    kind: "unsuitableProbe",
    why: "the SSH host key of a disk image is not known; give --customize, or another --probe",
  },
  noNodes: { kind: "noNodes" },
  unknownNodes: { kind: "unknownNodes", nodes: ["NODES"] },
  noPower: { kind: "noPower", nodes: ["NODES"] },
  nodesBusy: { kind: "nodesBusy", nodes: [{ node: "NODE", deployment: "ID", owner: "USER", sinceMs: N }] },
  spareTwice: { kind: "spareTwice", nodes: ["NODES"] },
  protectedNodes: { kind: "protectedNodes", nodes: ["NODES"] },
  unconfirmed: { kind: "unconfirmed", nodes: N, given: "TEXT" },
  unknownStep: { kind: "unknownStep", step: "STEP", known: ["STEPS"] },
  badOperation: { kind: "badOperation", operation: "NAME", why: "WHY" },
  badSuccess: { kind: "badSuccess", wanted: N, nodes: N },
  unsuitableNode: { kind: "unsuitableNode", node: "NODE", why: "WHY" },
  badKey: { kind: "badKey", key: "KEY" },
  badTarget: { kind: "badTarget", why: "WHY" },
  badDisk: { kind: "badDisk", disk: "DISK" },
} satisfies Samples<StartProblem>;

export const IMPORT_PROBLEMS = {
  badName: { kind: "badName", name: "IMAGE" },
  versionTaken: { kind: "versionTaken", version: N },
  sourceUnreadable: { kind: "sourceUnreadable", detail: "WHY" },
  toolMissing: { kind: "toolMissing", tool: "PROGRAM", debianPackage: "PACKAGE" },
  badSource: { kind: "badSource", stream: "file", offsetBytes: N, found: "WHAT" },
  tooLarge: { kind: "tooLarge", limitBytes: N },
  bomb: { kind: "bomb", sourceBytes: N, rawBytes: N },
  noArchitecture: { kind: "noArchitecture", wanted: "ARCH", found: ["ARCHS"] },
  severalImages: { kind: "severalImages", names: ["NAMES"] },
  notBootable: { kind: "notBootable", missing: ["PART"] },
  namedMissing: { kind: "namedMissing", paths: ["PATHS"] },
  otherDigest: { kind: "otherDigest", wanted: "DIGEST", found: "DIGEST" },
  diskFull: { kind: "diskFull", directory: "DIR" },
  storeFailed: { kind: "storeFailed", detail: "WHY" },
  cancelled: { kind: "cancelled" },
} satisfies Samples<ImportProblem>;

export const LAYOUT_PROBLEMS = {
  unknownLayout: { kind: "unknownLayout", layout: "LAYOUT" },
  badLayoutName: { kind: "badLayoutName", name: "LAYOUT", wanted: "WHAT" },
  layoutTaken: { kind: "layoutTaken", layout: "LAYOUT" },
  bundledLayout: { kind: "bundledLayout", layout: "LAYOUT" },
  layoutInUse: { kind: "layoutInUse", layout: "LAYOUT", deployments: ["ID"] },
  tooManyLayouts: { kind: "tooManyLayouts", most: N },
  badLayout: { kind: "badLayout", problems: [{ line: N, column: N, path: "PLACE", wanted: "WHAT" }] },
} satisfies Samples<LayoutProblem>;

const step = { deployment: "ID", node: "NODE", step: "STEP" };

const call = { who: "USER", role: "ROLE", method: "METHOD", path: "PATH", status: N };

export const EVENTS = {
  leaseGiven: { kind: "leaseGiven", mac, address, node: "NODE" },
  leaseRefused: { kind: "leaseRefused", mac, because: "WHY" },
  leaseNotStored: { kind: "leaseNotStored", mac, address, because: "WHY" },
  addressDeclined: { kind: "addressDeclined", mac, address },
  addressInUse: { kind: "addressInUse", mac, address, holder: mac, setAside: true },
  foreignDhcpServer: { kind: "foreignDhcpServer", server: address, offered: address },
  loaderFailed: { kind: "loaderFailed", mac, file: "FILE", next: "OTHER" },
  bootsInCircles: { kind: "bootsInCircles", mac, times: N, file: "FILE" },
  loaderOffered: { kind: "loaderOffered", mac, file: "FILE", firmware: "FIRMWARE" },
  // The protocol's name is one of two; the page has PROTOCOL.
  fileSent: { kind: "fileSent", peer: "PEER" as Ipv4, file: "FILE", via: "tftp", bytes: N, tookMs: N },
  bootScriptSent: { kind: "bootScriptSent", mac, node: "NODE", profile: "PROFILE" },
  packetRejected: { kind: "packetRejected", protocol: "tftp", peer: "PEER", problem: "WHY" },
  agentConnected: { kind: "agentConnected", node: "NODE", address, resumed: true },
  agentLost: { kind: "agentLost", node: "NODE", because: "WHY" },
  tokenRefused: { kind: "tokenRefused", peer: "PEER", mac, because: "REASON" },
  deploymentStarted: {
    kind: "deploymentStarted",
    deployment: "ID",
    image: "IMAGE",
    nodes: N,
    resumed: false,
  },
  deploymentCancelled: { kind: "deploymentCancelled", deployment: "ID" },
  stepStarted: { kind: "stepStarted", ...step, attempt: N },
  stepFinished: { kind: "stepFinished", ...step, tookMs: N },
  stepFailed: { kind: "stepFailed", ...step, attempt: N, why: "WHY" },
  nodeDeployed: { kind: "nodeDeployed", deployment: "ID", node: "NODE", tookMs: N },
  nodeFailed: { kind: "nodeFailed", ...step, why: "WHY" },
  deploymentEnded: { kind: "deploymentEnded", deployment: "ID", ok: N, failed: N, succeeded: true },
  nodePaused: { kind: "nodePaused", ...step },
  nodeContinued: { kind: "nodeContinued", ...step },
  pausedNodeLost: { kind: "pausedNodeLost", ...step, why: "WHY" },
  nodesJoined: { kind: "nodesJoined", deployment: "ID", nodes: ["NODES"] },
  spareTookPlace: { kind: "spareTookPlace", deployment: "ID", node: "NODE", replaces: "NODE" },
  sparesReleased: { kind: "sparesReleased", deployment: "ID", nodes: ["NODES"] },
  badChunk: { kind: "badChunk", deployment: "ID", node: "NODE", chunk: N, from: "PEER" },
  nodeSlow: {
    kind: "nodeSlow",
    deployment: "ID",
    node: "NODE",
    why: "disk",
    rate: N * 1e6,
    otherRate: N * 1e6,
  },
  nodeDistrusted: { kind: "nodeDistrusted", deployment: "ID", node: "NODE" },
  upstreamLeft: { kind: "upstreamLeft", deployment: "ID", node: "NODE", from: "NODE", to: "NODE" },
  imageUnreadable: { kind: "imageUnreadable", image: "DIGEST", peer: "PEER", problem: "WHY" },
  powerCommanded: {
    kind: "powerCommanded",
    node: "NODE",
    action: "ACTION",
    ok: false,
    detail: "PROBLEM",
    tookMs: N,
  },
  nodeDiscovered: { kind: "nodeDiscovered", node: "NODE", mac },
  imageImported: { kind: "imageImported", image: "IMAGE", bytes: N, tookMs: N },
  nodeAdded: { kind: "nodeAdded", node: "NODE" },
  nodeChanged: { kind: "nodeChanged", node: "NODE" },
  nodeRemoved: { kind: "nodeRemoved", node: "NODE" },
  nodesImported: { kind: "nodesImported", added: N, updated: N },
  nodesMerged: { kind: "nodesMerged", node: "NODE", other: "OTHER" },
  nodeSplit: { kind: "nodeSplit", node: "NODE", other: "OTHER", macs: [mac] },
  nodeReplaced: { kind: "nodeReplaced", node: "NODE", other: "OTHER" },
  nodeMacsSwapped: { kind: "nodeMacsSwapped", node: "NODE", other: "OTHER" },
  nodesAccepted: { kind: "nodesAccepted", nodes: ["NODES"] },
  nodesNamed: { kind: "nodesNamed", nodes: ["NODES"] },
  machineNotNamed: { kind: "machineNotNamed", node: "NODE", problem: "WHY" },
  identityDoubt: { kind: "identityDoubt", nodes: ["NODES"], problem: "FOUND", settle: "COMMAND" },
  identitySettled: { kind: "identitySettled", nodes: ["NODES"], problem: "FOUND" },
  nodeHeld: { kind: "nodeHeld", deployment: "ID", node: "NODE", step: "STEP", because: "WHY" },
  layoutAdded: { kind: "layoutAdded", layout: "LAYOUT" },
  layoutRemoved: { kind: "layoutRemoved", layout: "LAYOUT" },
  groupAdded: { kind: "groupAdded", group: "GROUP" },
  groupChanged: { kind: "groupChanged", group: "GROUP" },
  groupRemoved: { kind: "groupRemoved", group: "GROUP" },
  userAdded: { kind: "userAdded", user: "USER", role: "ROLE" },
  userChanged: { kind: "userChanged", user: "USER", role: "ROLE", disabled: false },
  userRemoved: { kind: "userRemoved", user: "USER" },
  tokenCreated: { kind: "tokenCreated", token: "ID", user: "USER" },
  tokenRevoked: { kind: "tokenRevoked", token: "ID", user: "USER" },
  accessDenied: { kind: "accessDenied", peer: "PEER", times: N },
  apiCalled: { kind: "apiCalled", ...call },
  apiRefused: { kind: "apiRefused", ...call },
  apiCallsCounted: { kind: "apiCallsCounted", who: "USER", times: N },
  webhookAdded: { kind: "webhookAdded", webhook: "ID" },
  webhookRemoved: { kind: "webhookRemoved", webhook: "ID" },
  webhookFailed: { kind: "webhookFailed", webhook: "ID", because: "WHY" },
  webhookDelivers: { kind: "webhookDelivers", webhook: "ID", failed: N },
  webhookDropped: { kind: "webhookDropped", webhook: "ID", times: N },
  fabricScanned: {
    ...{ kind: "fabricScanned", switches: N, read: N, silent: N, links: N, nodes: N, gaps: N, tookMs: N },
  },
  fabricScanFailed: { kind: "fabricScanFailed", problem: "WHY" },
  fabricScanCut: { kind: "fabricScanCut", because: "WHY" },
  switchSilent: { kind: "switchSilent", address, because: "WHY" },
  switchAnswers: { kind: "switchAnswers", address },
  switchTableCut: { kind: "switchTableCut", table: "TABLE", address, because: "WHY" },
  nodeRewired: { kind: "nodeRewired", node: "NODE", mac, from: "PORT", to: "PORT" },
  fabricContradiction: { kind: "fabricContradiction", contradiction: "ring", problem: "WHAT" },
  backupTaken: { kind: "backupTaken", secrets: true, images: false },
  imageDamaged: {
    kind: "imageDamaged",
    image: "IMAGE",
    problem: describeDamage("IMAGE", { chunk: N, found: "WHY" }),
  },
  imageChanged: { kind: "imageChanged", image: "IMAGE" },
  imageRemoved: { kind: "imageRemoved", image: "IMAGE" },
  storeFailed: { kind: "storeFailed", problem: "Cannot save the end of ID: WHY" },
  storedRowSkipped: { kind: "storedRowSkipped", table: "TABLE", row: "ROW", problem: "WHY" },
} satisfies Samples<ApplianceEvent>;

/** As the page writes it. */
export const shown = (sentence: string): string =>
  sentence
    .replaceAll(new Date(N).toISOString(), "TIME")
    .replaceAll(String(N), "N")
    .replaceAll(/\btftp\b/g, "PROTOCOL");
