/**
 * The fabric as a tree for the terminal: the appliance's switch at the top, then what hangs below each port.
 *
 * Pure; every name comes out inert.
 */
import { type FabricTree, treeFrom } from "./fabric_tree.ts";
import type { Attachment, Confidence, Crowd, Fabric, FabricSwitch, SwitchId } from "./graph.ts";
import { speed } from "./order_text.ts";
import { linkFaults, linkMbit } from "./port_health.ts";
import { portName, stableOrder } from "./port_index.ts";
import type { TreeSwitch } from "./spanning_tree.ts";
import { type TreeNode, treeLines } from "./tree_lines.ts";
import { machineRows, namesText, portsText } from "./tree_machines.ts";

/** That a switch has its address in a table is what is known of most machines. */
const MACHINE_CONFIDENCE: Readonly<Record<Confidence, string>> = { certain: "", likely: "", inferred: "~" };
const LEGEND = "~ by MAC tables alone";

export type TreeTextOptions = {
  /** Name of the appliance as an endpoint of the fabric. */
  readonly appliance: string;
  /** Characters in a line; without it 100, never fewer than 40. */
  readonly width?: number | undefined;
  /** Draws with ASCII characters alone, for terminals and logs that have no others. */
  readonly ascii?: boolean | undefined;
};

/** @returns lines that end in a newline; one for each thing that is wrong at the end */
export function drawTree(fabric: Fabric, { appliance, width = 100, ascii = false }: TreeTextOptions): string {
  const seen = treeFrom(fabric, appliance);
  const trees = treesOf(seen, { fabric, appliance });
  const rings = seen.tree.unused.map(
    ({ ends }) => `closes a ring: ${ends.map((end) => portName(seen.index, end)).join(" - ")}`,
  );
  const notes = [...rings.sort(stableOrder), ...fabric.contradictions.map(({ text }) => text)];
  const roots = [
    ...(trees.length === 0 ? [{ text: "No switch is known.", below: [] }] : trees),
    ...notes.map((text): TreeNode => ({ text: `! ${text}`, below: [] })),
  ];
  if (
    fabric.attachments.some(({ confidence, endpoint }) => confidence === "inferred" && endpoint !== undefined)
  )
    roots.push({ text: LEGEND, below: [] });
  return roots.flatMap((root) => treeLines(root, { width, ascii }).map((line) => `${line}\n`)).join("");
}

type Drawn = { readonly fabric: Fabric; readonly appliance: string };

/** From the ends of the branches up, without recursion: a hostile fabric may be as deep as it has switches. */
function treesOf(seen: FabricTree, { fabric, appliance }: Drawn): readonly TreeNode[] {
  const machines = Map.groupBy(fabric.attachments, ({ at }) => at.switch);
  const crowds = Map.groupBy(fabric.crowds ?? [], ({ at }) => at.switch);
  const below = new Map<SwitchId, { readonly port: string; readonly node: TreeNode }[]>();
  const roots: { readonly at: TreeSwitch; readonly node: TreeNode }[] = [];
  for (const at of [...seen.tree.switches.values()].reverse()) {
    const own = machines.get(at.id) ?? [];
    const hanging = (below.get(at.id) ?? []).sort((left, right) => stableOrder(left.port, right.port));
    const node = {
      text: switchText(
        seen,
        at,
        own.find(({ endpoint }) => endpoint === appliance),
      ),
      below: [
        ...machineNodes(
          seen,
          own.filter(({ endpoint }) => endpoint !== appliance),
          crowds.get(at.id) ?? [],
        ),
        ...hanging.map((one) => one.node),
      ],
    };
    if (!at.above) roots.push({ at, node });
    else {
      const beside = below.get(at.above.id) ?? [];
      beside.push({ port: `${at.link?.ends[0].port ?? ""} ${seen.index.nameOf(at.id)}`, node });
      below.set(at.above.id, beside);
    }
  }
  const far = ({ at }: { readonly at: TreeSwitch }): number => Number(!seen.isReached(at.id));
  return roots
    .reverse()
    .toSorted((left, right) => far(left) - far(right))
    .map(({ node }) => node);
}

const KNOWLEDGE: Readonly<Record<FabricSwitch["knowledge"], string>> = {
  read: "",
  partial: "read in part",
  silent: "did not answer",
  seen: "not read",
  inferred: "not seen, MAC tables want one here",
};
const CONFIDENCE: Readonly<Record<Confidence, string>> = {
  certain: "",
  likely: "one side says so",
  inferred: "by MAC tables",
};

function switchText(seen: FabricTree, at: TreeSwitch, appliance: Attachment | undefined): string {
  const { index } = seen;
  const known = index.switchOf(at.id);
  const facts = [
    ...(known && known.members.length > 1 ? [`stack of ${known.members.length}`] : []),
    known ? KNOWLEDGE[known.knowledge] : KNOWLEDGE.seen,
    ...(appliance
      ? [
          joined([
            `appliance at ${appliance.at.port ?? "a port that nobody knows"}`,
            mbitText(appliance.speedMbit ?? index.portAt(appliance.at)?.speedMbit),
          ]),
        ]
      : []),
    ...linkTexts(seen, at),
  ];
  return joined([`${wayText(at)}${index.nameOf(at.id)}`, ...facts]);
}

/** `49 - 1 `: the port of the switch above, then its own. */
const wayText = ({ link }: TreeSwitch): string =>
  link ? `${link.ends.map(({ port }) => port ?? "?").join(" - ")} ` : "";

function linkTexts({ index, faultsOf }: FabricTree, { id, link }: TreeSwitch): readonly string[] {
  if (!link) return [];
  const { cables, confidence } = link.link;
  const faults = linkFaults(faultsOf, link.link).map(({ kind }) =>
    kind === "lossy" ? "lossy" : "half duplex",
  );
  return [
    mbitText(linkMbit(index, link.link)),
    cables.length > 1 ? `${cables.length} cables` : "",
    // Of a switch that was not read only one side can say anything.
    confidence === "likely" && !isAnswered(index.switchOf(id)) ? "" : CONFIDENCE[confidence],
    ...new Set(faults),
  ];
}

const isAnswered = (known: FabricSwitch | undefined): boolean =>
  known?.knowledge === "read" || known?.knowledge === "partial";

function machineNodes(
  { index }: FabricTree,
  machines: readonly Attachment[],
  crowds: readonly Crowd[],
): readonly TreeNode[] {
  const rows = machineRows(machines, index).map((row) =>
    joined([
      `${namesText(row)} ${portsText(row)}`,
      mbitText(row.speedMbit),
      row.ports.length === 1 && row.names.length > 1 ? "over a switch that nobody sees" : "",
      MACHINE_CONFIDENCE[row.confidence],
    ]),
  );
  const others =
    machines.filter(({ endpoint }) => endpoint === undefined).length +
    crowds.reduce((sum, crowd) => sum + crowd.machines, 0);
  const rest = others === 0 ? [] : [others === 1 ? "1 other machine" : `${others} other machines`];
  return [...rows, ...rest].map((text) => ({ text, below: [] }));
}

const mbitText = (mbit: number | undefined): string => (mbit === undefined ? "" : speed(mbit));
const joined = (parts: readonly string[]): string => parts.filter((part) => part !== "").join(", ");
