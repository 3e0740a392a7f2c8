import { Type } from "@fastify/type-provider-typebox";
import type { Node, PowerSettings } from "#src/nodes/node.ts";
import type { NodePatch } from "#src/nodes/node_patch.ts";
import { describeNodeProblem, type NodeProblem } from "#src/nodes/node_problem.ts";
import type { NodeResult } from "#src/nodes/registry.ts";
import { powerSettingsFault } from "#src/power/settings_check.ts";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { NodeCreate, NodeUpdate, NodeView, type PowerInput } from "./api_types.ts";
import { readNodeSet } from "./deployment_request.ts";
import { nextLink, pageOf, pageQuery } from "./paging.ts";
import { ApiProblem, notFound } from "./problem.ts";
import { NodeSetText } from "./text_bounds.ts";
import { nodeView } from "./views.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });
/** Those of a node set only; names of it that are no nodes are left out. */
const Wanted = Type.Object(
  { nodes: Type.Optional(NodeSetText), ...pageQuery },
  { additionalProperties: false },
);
const DEFAULT_IPMI_PORT = 623;

export function nodeRoutes(api: Api, services: ApiServices): void {
  const { nodes } = services;
  const view = (node: Node): NodeView =>
    nodeView(node, { ...services.seen(node), deployment: services.deployments.deploymentOf(node.name) });

  api.get(
    "/nodes",
    { schema: { querystring: Wanted, response: { 200: Type.Array(NodeView) } } },
    async ({ query: { nodes: text, ...page }, url }, reply) => {
      const wanted = text === undefined ? undefined : new Set(readNodeSet(services, text));
      const { items, next } = pageOf(
        nodes.all().filter(({ name }) => wanted?.has(name) ?? true),
        page,
      );
      if (next !== undefined) reply.header("link", nextLink(url, next));
      return items.map(view);
    },
  );

  api.get("/nodes/:name", { schema: { params: Params, response: { 200: NodeView } } }, async (request) =>
    view(knownNode(services, request.params.name)),
  );

  api.post(
    "/nodes",
    { schema: { body: NodeCreate, response: { 201: NodeView } } },
    async ({ body }, reply) => {
      const { name, kernelArguments = [], secureBoot, groups, dhcpOptions, protected: guarded } = body;
      const power = body.power && readPower(body.power, undefined);
      const address = body.address === undefined ? undefined : readAddress(body.address);
      const settings = {
        ...{ address, power, kernelArguments, secureBoot, groups, dhcpOptions },
        ...(guarded ? { protected: true } : {}),
      };
      const added = await nodes.add({ name, macs: body.macs.map(readMac), ...settings });
      return reply.code(201).send(view(changed(added)));
    },
  );

  api.patch(
    "/nodes/:name",
    { schema: { params: Params, body: NodeUpdate, response: { 200: NodeView } } },
    async ({ params, body }) => {
      const node = knownNode(services, params.name);
      if (body.name ?? body.macs ?? body.address !== undefined) refuseBusy(services, node.name, "change");
      return view(changed(await nodes.update(node.name, readPatch(body, node))));
    },
  );

  api.delete(
    "/nodes/:name",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      refuseBusy(services, knownNode(services, params.name).name, "remove");
      changed(await nodes.remove(params.name));
      return reply.code(204).send(null);
    },
  );
}

export function knownNode({ nodes }: Pick<ApiServices, "nodes">, name: string): Node {
  const node = nodes.byName(name);
  if (!node) throw notFound("node", name, "node list");
  return node;
}

/** A deployment counts on names, MACs and addresses staying what they are. */
function refuseBusy({ deployments }: ApiServices, name: string, what: string): void {
  const id = deployments.deploymentOf(name);
  if (id === undefined) return;
  throw new ApiProblem(
    409,
    "nodesBusy",
    `Cannot ${what} "${name}": it is being installed by ${id}; wait for it or run "brigade deployment cancel ${id}"`,
  );
}

function changed(result: NodeResult): Node {
  if (result.ok) return result.node;
  throw new ApiProblem(statusOf(result.problem), result.problem.kind, describeNodeProblem(result.problem));
}

const CONFLICTS: ReadonlySet<NodeProblem["kind"]> = new Set([
  ...(["nameTaken", "macTaken", "addressTaken", "nodeBusy", "twoMachines", "notDiscovered"] as const),
]);

export function statusOf({ kind }: NodeProblem): number {
  if (kind === "unknownNode") return 404;
  return CONFLICTS.has(kind) ? 409 : 400;
}

function readPatch(body: NodeUpdate, node: Node): NodePatch {
  return {
    name: body.name,
    kernelArguments: body.kernelArguments,
    secureBoot: body.secureBoot,
    groups: body.groups,
    dhcpOptions: body.dhcpOptions,
    pinned: body.pinned,
    protected: body.protected,
    macs: body.macs?.map(readMac),
    address: typeof body.address === "string" ? readAddress(body.address) : body.address,
    power: body.power ? readPower(body.power, node.power) : body.power,
  };
}

export function readMac(text: string): Mac {
  const mac = parseMac(text);
  if (mac !== undefined) return mac;
  const detail = `Cannot read MAC ${JSON.stringify(text)}: wants twelve hex digits, like 52:54:00:77:00:01`;
  throw new ApiProblem(400, "badMac", detail);
}

export function readAddress(text: string): Ipv4 {
  const address = parseIpv4(text);
  if (address !== undefined) return address;
  const detail = `Cannot read address ${JSON.stringify(text)}: wants four numbers, like 10.77.0.11`;
  throw new ApiProblem(400, "badAddress", detail);
}

/** A password that is not said stays, but only with the BMC that it was given for: nobody can have it sent elsewhere. */
export function readPower(input: PowerInput, before: PowerSettings | undefined): PowerSettings {
  const settings = input.driver === "command" ? input : { ...ipmiWithPassword(input, before) };
  const fault = powerSettingsFault(settings);
  if (fault !== undefined) throw new ApiProblem(400, "badPower", `Cannot use power settings: ${fault}`);
  return settings;
}

function ipmiWithPassword(
  input: Extract<PowerInput, { driver: "ipmi" }>,
  before: PowerSettings | undefined,
): PowerSettings {
  const { driver, address, port = DEFAULT_IPMI_PORT, user, password } = input;
  if (password !== undefined) return { driver, address, port, user, password };
  const same =
    before?.driver === "ipmi" && before.address === address && before.port === port && before.user === user;
  if (same) return before;
  const detail = `Cannot use BMC ${address} without a password: give it with --bmc-password-file`;
  throw new ApiProblem(400, "noPassword", detail);
}
