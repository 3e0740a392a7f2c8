/**
 * What nodes read and tell over plain HTTP beside boot files: the seed of their system, and that it runs.
 *
 * A seed may hold secrets, so it goes to the node's own address only, and while the installation that it was given for is
 * the node's last one. A call is believed by the secret in its address alone: the new system may have another address.
 */
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import type { PhoneHome } from "#src/deploy/probes/phone_home.ts";
import { readCallPath } from "#src/deploy/probes/phone_home.ts";
import { CLOUD_INIT_FILES, IGNITION_FILE, type SeedFile, seedFile } from "#src/deploy/seed/seed.ts";
import type { DeployService } from "#src/deploy/service.ts";
import type { PageReply, PageRequest } from "#src/http/node_page.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export type NodePagesOptions = {
  readonly deployments: Pick<DeployService, "installationOf" | "running" | "subscribe">;
  readonly phoneHome: PhoneHome;
  readonly nodeByName: (name: string) => Node | undefined;
  /** Whether the machine is the one at the address. */
  readonly holds: (mac: Mac, address: Ipv4) => boolean;
  readonly whyHeld: (node: string) => string | undefined;
};

const SEED_PATH = /^\/seed\/([a-z0-9.-]{1,63})\/([a-z.-]{1,20})$/;
const FILES: readonly string[] = [...CLOUD_INIT_FILES, IGNITION_FILE];
/** A call is answered when the node's state is durable; whoever calls asks again after this. */
const SAVED_WITHIN_MS = 15_000;

const NOTHING: PageReply = { status: 404, text: "Not published here\n" };

export async function nodePage(options: NodePagesOptions, request: PageRequest): Promise<PageReply> {
  const [, node, file] = SEED_PATH.exec(request.path) ?? [];
  if (node && file && isSeedFile(file)) return seedPage(options, { node, file, peer: request.peer });
  return readCallPath(request.path) ? callPage(options, request.path) : NOTHING;
}

const isSeedFile = (file: string): file is SeedFile => FILES.includes(file);

async function seedPage(
  { deployments, phoneHome, nodeByName, holds, whyHeld }: NodePagesOptions,
  asked: { readonly node: string; readonly file: SeedFile; readonly peer: Ipv4 },
): Promise<PageReply> {
  const node = nodeByName(asked.node);
  if (!node?.macs.some((mac) => holds(mac, asked.peer)))
    return refusal(`the seed of ${asked.node} goes only to the address that it got from this appliance`);
  const held = whyHeld(node.name);
  if (held !== undefined) return refusal(`${node.name} is held: ${held}`);
  const installation = await deployments.installationOf(node.name);
  const seed = installation?.deployment.request.seed;
  if (!installation || !seed) return NOTHING;
  const { deployment, progress } = installation;
  const call = { deployment: deployment.id, node: node.name, round: roundOf(progress) };
  const text = seedFile(seed, asked.file, {
    ...{ name: node.name, macs: node.macs, deployment: deployment.id, round: call.round },
    authorizedKeys: deployment.request.authorizedKeys,
    phoneHome: phoneHome.urlFor(call),
  });
  return text === undefined ? NOTHING : { status: 200, text };
}

/** `because` goes to the event log as well. */
const refusal = (because: string): PageReply => ({ status: 403, text: "Not for this address\n", because });

async function callPage({ deployments, phoneHome }: NodePagesOptions, path: string): Promise<PageReply> {
  const asked = readCallPath(path);
  const deployment = deployments.running().find(({ id }) => id === asked?.deployment);
  const progress = deployment?.nodes.find(({ node }) => node === asked?.node);
  if (!deployment || !progress) return NOTHING;
  const call = { deployment: deployment.id, node: progress.node, round: roundOf(progress) };
  if (!phoneHome.isCall(path, call)) return NOTHING;
  if (progress.state.kind === "done") return DONE;
  if (progress.state.kind !== "running" || progress.state.phase !== 3)
    return { status: 409, text: "This node does not start its system now\n" };
  const settled = leftPhase3(deployments, deployment.id, progress.node);
  phoneHome.hear(call);
  return (await settled) === "done" ? DONE : { status: 503, text: "Not noted yet; call again\n" };
}

const DONE: PageReply = { status: 200, text: "Noted\n" };

/** What was acknowledged must survive, so the call waits for the state that it leads to. */
function leftPhase3(
  deployments: NodePagesOptions["deployments"],
  deployment: Deployment["id"],
  node: string,
): Promise<NodeProgress["state"]["kind"]> {
  return new Promise((resolve) => {
    const end = (kind: NodeProgress["state"]["kind"]): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(kind);
    };
    const timer = setTimeout(() => end("running"), SAVED_WITHIN_MS);
    const unsubscribe = deployments.subscribe((change) => {
      if (change.kind !== "node" || change.deployment !== deployment || change.progress.node !== node) return;
      if (change.progress.state.kind !== "running") end(change.progress.state.kind);
    });
  });
}

/** Which journey installed it. */
const roundOf = ({ state, records }: NodeProgress): number =>
  state.kind === "running" ? state.round : (records.at(-1)?.round ?? 1);
