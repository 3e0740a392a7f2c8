/** Scans of the fabric as a person reads them. Pure. */
import type { CablingFinding } from "#src/fabric/cabling_types.ts";
import { APPLIANCE } from "#src/fabric/fabric_messages.ts";
import type { Fabric, FabricSwitch, PortRef } from "#src/fabric/graph.ts";
import { describeChange } from "#src/fabric/history_text.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import { describeGap, describeNote } from "#src/fabric/scan_news.ts";
import type { ScanRecord } from "#src/fabric/scan_record.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { naturalOrder } from "#src/value/natural_order.ts";
import { fields, seconds, table, time } from "./output.ts";

const TRIGGERS: Readonly<Record<ScanRecord["trigger"], string>> = {
  asked: "asked for",
  schedule: "on schedule",
  start: "after the start",
  deployment: "before a deployment",
  newcomer: "for a new machine",
  doubt: "for a node in doubt",
  heard: "heard, not asked",
};

/** What a scan found, who was silent and why, what is not whole. */
export function scanReport(record: ScanRecord, fabric: Fabric | undefined): string {
  const { startedAtMs, endedAtMs, read, silent, notes, gaps } = record;
  const summary = fields([
    [
      "scanned",
      `${time(startedAtMs)}, ${TRIGGERS[record.trigger]}, in ${seconds(endedAtMs - startedAtMs)} s`,
    ],
    ["switches", fabric && switchCounts(fabric, read)],
    ["links", fabric && String(fabric.links.length)],
    ["nodes", fabric && String(nodesOf(fabric).size)],
  ]);
  const silentTable =
    silent.length === 0
      ? ""
      : `\n${table(
          ["SILENT", "WHY"],
          silent.map(({ address, reason }) => [address, describeGap(reason)]),
        )}`;
  const gapTable =
    gaps.length === 0
      ? ""
      : `\n${table(
          ["SWITCH", "TABLE NOT WHOLE", "WHY"],
          gaps.map(({ switch: name, gap }) => [name, gap.table, describeGap(gap.reason)]),
        )}`;
  const said = notes.map((note) => `note: ${inertLine(describeNote(note))}\n`);
  return `${summary}${silentTable}${gapTable}${said.length === 0 ? "" : `\n${said.join("")}`}`;
}

const switchCounts = ({ switches }: Fabric, read: number): string =>
  `${switches.length}, ${read} of them read over SNMP`;

const nodesOf = ({ attachments }: Fabric): ReadonlySet<string> =>
  new Set(attachments.flatMap(({ endpoint = APPLIANCE }) => (endpoint === APPLIANCE ? [] : endpoint)));

/** Each scan with what changed against the one before. */
export const scanList = (records: readonly ScanRecord[]): string =>
  records.length === 0 ? "No scan was made yet\n" : records.map(scanWithChanges).join("");

function scanWithChanges(record: ScanRecord): string {
  const { id, trigger, startedAtMs, read, silent, changes, moreChanges } = record;
  const quiet = silent.length === 0 ? "" : `, ${silent.length} silent`;
  const head = `${time(startedAtMs)}  scan ${id}, ${TRIGGERS[trigger]}: ${read} switches read${quiet}\n`;
  const lines = changes.map((change) => `  ${inertLine(describeChange(change))}\n`);
  const more = moreChanges === 0 ? "" : `  and ${moreChanges} changes more\n`;
  return `${head}${lines.join("")}${more}${lines.length === 0 ? "  nothing changed\n" : ""}`;
}

/** What is wrong with the cabling, and what to do. */
export function findingsReport(findings: readonly CablingFinding[]): string {
  if (findings.length === 0) return "Nothing is wrong with the cabling, as far as it is seen\n";
  return findings
    .map(({ severity, text, advice, line }) => {
      const where = line === undefined ? "" : ` (line ${line})`;
      return `${severity}: ${inertLine(text)}${where}\n  fix: ${inertLine(advice)}\n`;
    })
    .join("");
}

/** One line below the tree: how old it is, and who did not answer. */
export const asOf = ({ trigger, endedAtMs, read, silent, gaps }: ScanRecord): string =>
  `As of ${time(endedAtMs)}, ${TRIGGERS[trigger]}: ${read} switches read, ${silent.length} silent, ${gaps.length} tables not whole\n`;

/** Everything that is known of one switch. */
export function switchReport(fabric: Fabric, one: FabricSwitch): string {
  const head = fields([
    ["name", one.name],
    ["id", one.id],
    ["known", one.knowledge],
    ["description", one.description],
    ["addresses", one.addresses.join(" ")],
    [one.members.length > 1 ? "stack" : "box", boxes(one)],
  ]);
  const far = farEnds(fabric, one);
  const rows = one.ports
    .filter(({ name, isUp, lag }) => isUp !== false || far.has(name) || lag !== undefined)
    .map((port) => [
      ...[port.name, port.isUp === undefined ? "" : port.isUp ? "up" : "down"],
      ...[port.speedMbit === undefined ? "" : String(port.speedMbit), port.duplex ?? ""],
      ...[port.lag ?? "", port.inErrors ? String(port.inErrors) : "", (far.get(port.name) ?? []).join(", ")],
    ]);
  const ports = table(["PORT", "LINK", "MBIT/S", "DUPLEX", "LAG", "IN ERRORS", "WHO"], rows);
  return `${head}\n${ports}`;
}

/** A single box is worth a line when something is known of it. */
const boxes = ({ members }: FabricSwitch): string =>
  members
    .map(({ number, model, serial }) => ({ number, words: `${model} ${serial}`.trim() }))
    .filter(({ words }) => words !== "" || members.length > 1)
    .map(({ number, words }) => (members.length > 1 ? `${number}: ${words || "unknown"}` : words))
    .join("; ");

type OnPort = { readonly port: string | undefined; readonly who: string };

/** Who is on each port: other switches, nodes; of machines that nobody knows the number. */
function farEnds(fabric: Fabric, one: FabricSwitch): ReadonlyMap<string, readonly string[]> {
  const all = [...neighbours(fabric, one), ...machines(fabric, one)];
  const byPort = Map.groupBy(all, ({ port }) => port ?? "");
  return new Map([...byPort].map(([port, list]) => [port, list.map(({ who }) => who)]));
}

function neighbours({ switches, links }: Fabric, { id }: FabricSwitch): readonly OnPort[] {
  const names = new Map(switches.map((other) => [other.id, other.name]));
  const nameOf = ({ switch: far, port }: PortRef): string =>
    port === undefined ? (names.get(far) ?? far) : `${names.get(far) ?? far} ${port}`;
  const sides = links.flatMap(({ ends, cables }) =>
    [ends, ...cables].flatMap(
      ([one, two]) =>
        [
          [one, two],
          [two, one],
        ] as const,
    ),
  );
  return sides
    .filter(([near]) => near.switch === id)
    .map(([near, far]) => ({ port: near.port, who: nameOf(far) }));
}

function machines({ attachments, crowds = [] }: Fabric, { id }: FabricSwitch): readonly OnPort[] {
  const here = attachments.filter(({ at }) => at.switch === id);
  const known = here
    .flatMap(({ at, endpoint }) => (endpoint === undefined ? [] : [{ port: at.port, who: endpoint }]))
    .toSorted((left, right) => naturalOrder(left.who, right.who));
  const strangers = Map.groupBy(
    here.filter(({ endpoint }) => endpoint === undefined),
    ({ at }) => at.port,
  );
  const counted = [...strangers].map(([port, list]) => ({
    port,
    who: list.length === 1 ? (list[0]?.mac ?? "") : `${list.length} machines`,
  }));
  const crowded = crowds
    .filter(({ at }) => at.switch === id)
    .map((crowd) => ({ port: crowd.at.port, who: `${crowd.machines} machines` }));
  return [...known, ...counted, ...crowded];
}

/** The nodes in their order, with their chain and where they are. */
export function orderTable({ nodes, chains, explanation }: ChainOrder): string {
  const names = new Map(explanation.visits.map((visit) => [visit.switch, visit.name]));
  const rows = nodes.map(({ node, position, chain, at, rateMbit, place }) => [
    ...[String(position + 1), node, chains.length > 1 ? String(chain + 1) : ""],
    ...[at ? (names.get(at.switch) ?? at.switch) : "", at?.port ?? ""],
    ...[rateMbit === undefined ? "" : String(rateMbit), place === "seen" ? "" : place],
  ]);
  return table(["PLACE", "NODE", "CHAIN", "SWITCH", "PORT", "MBIT/S", "KNOWN"], rows);
}
