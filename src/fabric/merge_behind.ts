/**
 * Switches that nobody manages, at the edge: two machines that we know as two are not in one socket, so that something
 * without a name divides the port. Pure.
 */
import type { Attachment, Fabric, FabricLink, FabricSwitch, PortRef } from "./graph.ts";
import { stored } from "./merge_render.ts";

/** What the graph has of this; the rest of it stays. */
type Grown = Pick<Fabric, "switches" | "links" | "attachments">;

/**
 * Puts a switch behind each port of a switch that was read where MAC tables alone have two nodes or more. Machines that
 * nobody knows are no reason for one, for a node has several addresses of its own: containers, its BMC. Where LLDP says
 * that a machine is on the port, that machine is: others are inside of it. While switches that were read are in several
 * parts nothing is added: the port may lead to one of these.
 */
export function addSwitchesBehindPorts(grown: Grown): Grown {
  if (!isInOnePart(grown)) return grown;
  const { switches, links, attachments } = grown;
  const byPort = Map.groupBy(attachments, ({ at }) => JSON.stringify([at.switch, at.port]));
  const shared = [...byPort.values()].filter(isShared).flatMap((list) => list[0]?.at ?? []);
  const behind = new Map(shared.map((at) => [keyOf(at), idOf(at)]));
  const speedOf = ({ switch: id, port }: PortRef): number | undefined =>
    switches.find((one) => one.id === id)?.ports.find(({ name }) => name === port)?.speedMbit;
  return {
    switches: [...switches, ...shared.map(unnamed)].sort((left, right) => (left.id < right.id ? -1 : 1)),
    links: [...links, ...shared.map((at) => uplink(at, speedOf(at)))].sort(byEnds),
    attachments: attachments.map((one) => moved(one, behind.get(keyOf(one.at)))),
  };
}

function isInOnePart({ switches, links }: Grown): boolean {
  const read = switches.filter(({ knowledge }) => knowledge === "read" || knowledge === "partial");
  const reached = new Set(read.slice(0, 1).map(({ id }) => id));
  const hops = links.flatMap(({ ends: [one, other] }) => [
    { from: one.switch, to: other.switch },
    { from: other.switch, to: one.switch },
  ]);
  const hopsFrom = Map.groupBy(hops, ({ from }) => from);
  for (const id of reached) for (const { to } of hopsFrom.get(id) ?? []) reached.add(to);
  return read.every(({ id }) => reached.has(id));
}

const isShared = (list: readonly Attachment[]): boolean =>
  list.every(({ at, confidence }) => at.port !== undefined && confidence === "inferred") &&
  new Set(list.flatMap(({ endpoint }) => endpoint ?? [])).size > 1;

const keyOf = ({ switch: id, port }: PortRef): string => JSON.stringify([id, port]);

/** Named by the port that leads to it, so that it keeps its name while that stays. */
const idOf = ({ switch: id, port }: PortRef): string => `behind ${id} ${port}`;

const unnamed = (at: PortRef): FabricSwitch => ({
  ...{ id: idOf(at), name: idOf(at), description: "", addresses: [], macs: [], members: [], ports: [] },
  knowledge: "inferred",
});

function uplink(at: PortRef, speedMbit: number | undefined): FabricLink {
  const below: PortRef = { switch: idOf(at) };
  return stored({
    ends: at.switch < below.switch ? ([at, below] as const) : ([below, at] as const),
    cables: [],
    speedMbit,
    confidence: "inferred" as const,
    evidence: [{ source: "macTable" as const, by: at.switch }],
  });
}

/** What the port is good for is the speed of the uplink now; that of the machine nobody says. */
function moved({ speedMbit, ...rest }: Attachment, id: string | undefined): Attachment {
  return id === undefined ? stored({ ...rest, speedMbit }) : { ...rest, at: { switch: id } };
}

const byEnds = ({ ends: left }: FabricLink, { ends: right }: FabricLink): number =>
  endsKey(left) < endsKey(right) ? -1 : 1;

const endsKey = (ends: FabricLink["ends"]): string =>
  ends.map(({ switch: id, port = "" }) => `${id}\n${port}`).join("\n");
