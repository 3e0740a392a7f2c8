/**
 * Where machines are plugged in: what LLDP says, else the one port without a switch behind it that has learnt the MAC
 * address. Ports towards other switches have learnt the addresses of everything behind those. Pure.
 */
import type { Mac } from "#src/value/mac.ts";
import type { Attachment, Confidence, Evidence } from "./graph.ts";
import type { Plug } from "./merge_claims.ts";
import { uniqueEvidence } from "./merge_links.ts";
import type { EndpointBook } from "./merge_machines.ts";
import { type End, type Known, type Notes, portId, refOf } from "./merge_model.ts";
import { isMachine, isShared } from "./merge_names.ts";
import { macOnTwoPorts } from "./merge_notes.ts";
import { ownMacsOf } from "./merge_own_macs.ts";
import { wholePort } from "./merge_ports.ts";
import { stored } from "./merge_render.ts";
import { isAggregate } from "./merge_rings.ts";
import type { Roots } from "./merge_roots.ts";
import { cableSpeed } from "./merge_speed.ts";

export type Edges = {
  readonly switches: readonly Known[];
  readonly plugs: readonly Plug[];
  readonly endpoints: EndpointBook;
  /** `${switch}\n${port}` of all ports that a switch is behind. */
  readonly uplinks: ReadonlySet<string>;
  /** Of machines that no port has: what is in between. */
  readonly inside: (mac: Mac) => End | undefined;
  /** How many tables say that a machine is not on that port. */
  readonly doubts: (mac: Mac, end: End) => number;
  /** Switches that known links join. */
  readonly trees: Roots;
};

/** One reason to think that a MAC address is at a port. */
type Sight = {
  readonly at: End;
  readonly by: "switch" | "machine" | "table";
  readonly plug?: Plug | undefined;
  /** MAC addresses on that port: the fewer, the nearer. */
  readonly crowd: number;
  /** Switches whose tables point elsewhere. */
  readonly doubts: number;
};

export function attachmentsOf(edges: Edges, notes: Notes): readonly Attachment[] {
  const sights = new Map<Mac, Sight[]>();
  const add = (mac: Mac, sight: Sight): void => {
    const known = sights.get(mac);
    if (known) known.push(sight);
    else sights.set(mac, [sight]);
  };
  const tables = edges.switches.map((one) => tableOf(one, edges.uplinks));
  for (const plug of edges.plugs) {
    const mac = macOf(plug, tables, edges);
    if (mac) add(mac, { at: plug.at, by: plug.by, plug, crowd: 0, doubts: 0 });
  }
  const own = new Set(ownMacsOf(edges.switches).flat());
  tables.forEach((table, at) => {
    for (const [port, macs] of table)
      for (const mac of macs)
        if (!own.has(mac) && !isShared(mac)) {
          const end = { at, port };
          add(mac, { at: end, by: "table", crowd: macs.size, doubts: edges.doubts(mac, end) });
        }
  });
  for (const mac of edges.endpoints.byMac.keys()) {
    const at = sights.has(mac) || own.has(mac) ? undefined : edges.inside(mac);
    if (at) add(mac, { at, by: "table", crowd: 0, doubts: 0 });
  }
  return [...sights]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([mac, all]) => attachmentOf(edges, mac, all.toSorted(bySurety), notes));
}

/** MAC addresses by name of the port, of ports without a switch behind them. */
function tableOf(
  { reading, book, index }: Known,
  uplinks: ReadonlySet<string>,
): ReadonlyMap<string, Set<Mac>> {
  const table = new Map<string, Set<Mac>>();
  for (const { mac, ifIndex } of reading?.learned ?? []) {
    const name = book?.byIfIndex.get(ifIndex)?.name;
    if (name === undefined || !isMachine(mac)) continue;
    const port = wholePort(book, name);
    if (uplinks.has(portId(index, port))) continue;
    const macs = table.get(port);
    if (macs) macs.add(mac);
    else table.set(port, new Set([mac]));
  }
  return table;
}

/** A machine that says no MAC address of its own has the only one on its port. */
function macOf(
  plug: Plug,
  tables: readonly ReadonlyMap<string, ReadonlySet<Mac>>[],
  { endpoints }: Edges,
): Mac | undefined {
  if (plug.mac) return plug.mac;
  const onPort = plug.at.port === undefined ? undefined : tables[plug.at.at]?.get(plug.at.port);
  const [mac] = onPort ?? [];
  if (onPort?.size === 1) return mac;
  const own = plug.endpoint === undefined ? [] : (endpoints.macsOf.get(plug.endpoint) ?? []);
  return own.length === 1 ? own[0] : undefined;
}

const SURETY = { switch: 0, machine: 1, table: 2 } as const;

const bySurety = (left: Sight, right: Sight): number =>
  SURETY[left.by] - SURETY[right.by] ||
  left.doubts - right.doubts ||
  left.crowd - right.crowd ||
  left.at.at - right.at.at ||
  ((left.at.port ?? "") < (right.at.port ?? "") ? -1 : 1);

function attachmentOf(edges: Edges, mac: Mac, sights: readonly Sight[], notes: Notes): Attachment {
  const { switches, endpoints } = edges;
  const believed = sights.find(({ at }) => at.port !== undefined) ?? sights[0];
  if (!believed) throw new Error("An attachment has no sight");
  const others = otherPorts(edges, believed.at, sights);
  if (others.length > 0) notes.push(macOnTwoPorts(switches, mac, [believed.at, ...others]));
  const agreeing = sights.filter(({ at }) => isSamePlace(switches, at, believed.at));
  const plugs = agreeing.flatMap(({ plug }) => plug ?? []);
  return stored({
    endpoint: plugs.find(({ endpoint }) => endpoint !== undefined)?.endpoint ?? endpoints.byMac.get(mac),
    mac,
    nic: plugs.find(({ nic }) => nic !== undefined)?.nic,
    at: refOf(switches, believed.at),
    speedMbit: plugs.find(({ speedMbit }) => speedMbit)?.speedMbit ?? speedAt(switches, believed.at),
    confidence: confidenceOf(agreeing),
    evidence: evidenceOf(switches, agreeing),
  });
}

const speedAt = (switches: readonly Known[], at: End): number | undefined => cableSpeed(switches, [at, at]);

function otherPorts(edges: Edges, believed: End, sights: readonly Sight[]): readonly End[] {
  const { switches } = edges;
  const others = sights
    .map(({ at }) => at)
    .filter((at) => at.port !== undefined && !isSamePlace(switches, at, believed))
    .filter((at) => cannotBoth(edges, at, believed));
  const byKey = new Map(others.map((end) => [portId(end.at, wholeOf(switches, end)), end]));
  return [...byKey.values()];
}

/**
 * A machine is behind both ports where one may lead to the other, by a link that nobody told of, and where both are
 * aggregates of two switches that act as one (MLAG, MC-LAG, vPC).
 */
const cannotBoth = ({ switches, trees }: Edges, one: End, other: End): boolean =>
  trees.isJoined(one.at, other.at) &&
  !(one.at !== other.at && isAggregate(switches, one) && isAggregate(switches, other));

const wholeOf = (switches: readonly Known[], { at, port }: End): string =>
  port === undefined ? "" : wholePort(switches[at]?.book, port);

const isSamePlace = (switches: readonly Known[], left: End, right: End): boolean =>
  left.at === right.at &&
  (left.port === undefined ||
    right.port === undefined ||
    wholeOf(switches, left) === wholeOf(switches, right));

function confidenceOf(sights: readonly Sight[]): Confidence {
  const kinds = new Set(sights.map(({ by }) => by));
  if (kinds.has("machine") && kinds.size > 1) return "certain";
  return kinds.has("machine") || kinds.has("switch") ? "likely" : "inferred";
}

const evidenceOf = (switches: readonly Known[], sights: readonly Sight[]): readonly Evidence[] =>
  uniqueEvidence(
    sights.map(({ at, by, plug }) => ({
      source: plug?.source ?? "macTable",
      by: by === "machine" ? (plug?.endpoint ?? "") : (switches[at.at]?.id ?? ""),
    })),
  );
