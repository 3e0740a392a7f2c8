/**
 * The fabric in the language of Graphviz: `brigade fabric show --dot | dot -Tsvg`. Names are never identifiers and
 * cannot end a label.
 *
 * Pure.
 * @see https://graphviz.org/doc/info/lang.html (quoted strings), https://graphviz.org/docs/attr-types/escString/
 */
import { inertLine } from "#src/value/inert_line.ts";
import { type FabricTree, treeFrom } from "./fabric_tree.ts";
import type { Attachment, Confidence, Fabric, FabricLink, FabricSwitch } from "./graph.ts";
import { speed } from "./order_text.ts";
import { linkMbit } from "./port_health.ts";
import { linkKey, stableOrder } from "./port_index.ts";
import { machineRows, namesText, portsText } from "./tree_machines.ts";

/** Longer lines of a label are cut: parsers have buffers. */
const MAX_LABEL_LINE = 200;
const LINE_STYLE: Readonly<Record<Confidence, string>> = {
  certain: "solid",
  likely: "dashed",
  inferred: "dotted",
};
const BOX_STYLE: Readonly<Record<FabricSwitch["knowledge"], string>> = {
  read: "solid",
  partial: "solid",
  silent: "dashed",
  seen: "dashed",
  inferred: "dotted",
};

/** @returns a graph that is the same for the same fabric, whatever order its parts have */
export function drawGraph(fabric: Fabric, { appliance }: { readonly appliance: string }): string {
  const seen = treeFrom(fabric, appliance);
  // From the appliance down, so that dot puts its switch at the top.
  const ids = new Map([...seen.tree.switches.keys()].map((id, number) => [id, `s${number}`]));
  const machines = Map.groupBy(fabric.attachments, ({ at }) => at.switch);
  const lines = [
    ...[...ids].map(([id, name]) => switchLine(seen, id, name)),
    ...[...ids].flatMap(([id, name]) => machineLines(seen, machines.get(id) ?? [], name)),
    ...fabric.links
      .toSorted((left, right) => stableOrder(linkKey(left), linkKey(right)))
      .map((link) => linkLine(seen, link, ids)),
  ];
  return `graph fabric {\n  node [shape=box];\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;
}

function switchLine({ index }: FabricTree, id: string, name: string): string {
  const known = index.switchOf(id);
  const label = [index.nameOf(id), ...(known?.addresses.slice(0, 1) ?? [])];
  const style = BOX_STYLE[known?.knowledge ?? "seen"];
  return `${name} [label=${quoted(label)}, style=${style}];`;
}

function machineLines({ index }: FabricTree, own: readonly Attachment[], at: string): readonly string[] {
  return machineRows(own, index).flatMap((row, number) => {
    const name = `${at}_${number}`;
    const label = row.speedMbit === undefined ? [] : [speed(row.speedMbit)];
    return [
      `${name} [label=${quoted([namesText(row), portsText(row)])}, shape=plaintext];`,
      `${at} -- ${name} [label=${quoted(label)}, style=${LINE_STYLE[row.confidence]}];`,
    ];
  });
}

/** The upper end first, for dot draws that above; a link that closes a ring moves nothing. */
function linkLine(seen: FabricTree, link: FabricLink, ids: ReadonlyMap<string, string>): string {
  const below = link.ends
    .map((end) => seen.tree.switches.get(end.switch))
    .find((at) => at?.link?.link === link);
  const [left, right] = below?.link?.ends ?? link.ends;
  const mbit = linkMbit(seen.index, link);
  const label = [
    ...(mbit === undefined ? [] : [speed(mbit)]),
    ...(link.cables.length > 1 ? [`${link.cables.length} cables`] : []),
  ];
  const attributes = [
    `label=${quoted(label)}`,
    `taillabel=${quoted([left.port ?? "?"])}`,
    `headlabel=${quoted([right.port ?? "?"])}`,
    `style=${LINE_STYLE[link.confidence]}`,
    `penwidth=${penWidth(mbit)}`,
    ...(below ? [] : ["constraint=false"]),
  ];
  return `${ids.get(left.switch)} -- ${ids.get(right.switch)} [${attributes.join(", ")}];`;
}

/** A point more for each tenfold of 1 Gbit/s. */
const penWidth = (mbit = 1000): number => Math.max(1, Math.round(Math.log10(mbit)) - 2);

/**
 * A label of lines. In a quoted string only the quote has to be escaped, and backslashes and entities act in labels.
 */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    [...inertLine(line)]
      .slice(0, MAX_LABEL_LINE)
      .join("")
      .replaceAll("\\", "\\\\")
      .replaceAll('"', '\\"')
      .replaceAll("&", "&amp;"),
  );
  return `"${escaped.join("\\n")}"`;
}
