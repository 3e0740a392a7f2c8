/** The nodes of a cabling file against where they are seen. Pure. */

import type { Resolved } from "./cabling_resolve.ts";
import type { CablingFact, CablingFinding, ExpectedNode } from "./cabling_types.ts";
import type { CheckContext } from "./check_context.ts";
import { finding } from "./check_text.ts";
import type { Attachment, PortRef } from "./graph.ts";

/** A place of the file, and the port that it means. */
type Wanted = { readonly entry: ExpectedNode; readonly found: Extract<Resolved, { ok: true }> };

/** @param unexpected whether places that the file does not have are told too */
export function checkNodes(context: CheckContext, unexpected: boolean): readonly CablingFinding[] {
  const byNode = Map.groupBy(context.expected.nodes, ({ node }) => node);
  return [...byNode].flatMap(([node, entries]) => checkNode(context, { node, entries, unexpected }));
}

type Asked = {
  readonly node: string;
  readonly entries: readonly ExpectedNode[];
  readonly unexpected: boolean;
};

function checkNode(context: CheckContext, { node, entries, unexpected }: Asked): readonly CablingFinding[] {
  const resolved = entries.map((entry) => ({ entry, found: context.resolve(entry.at) }));
  const wanted = resolved.filter((one): one is Wanted => one.found.ok);
  const seen = context.attachments.get(node) ?? [];
  const elsewhere = seen.filter((one) => !wanted.some(({ found }) => isAt(context, one.at, found.at)));
  const findings = resolved.flatMap(({ entry, found }) =>
    found.ok ? [] : [finding(found.fact, { node, line: entry.line })],
  );
  for (const { entry, found } of wanted) {
    const here = seen.filter((one) => isAt(context, one.at, found.at));
    const where = { at: [found.at], node, line: entry.line };
    if (here.length > 0) findings.push(...tooSlow(context, entry, here, where));
    else findings.push(finding(notThere(context, { node, found, moved: elsewhere.shift() }), where));
  }
  if (!unexpected) return findings;
  return [
    ...findings,
    ...elsewhere.map(({ at }) =>
      finding({ kind: "nodeUnexpected", node, seenAt: context.nameOf(at) }, { at: [at], node }),
    ),
  ];
}

/** The port itself, its aggregate, or its switch where nobody knows the port. */
function isAt({ index }: CheckContext, seen: PortRef, wanted: PortRef): boolean {
  if (seen.switch !== wanted.switch) return false;
  return seen.port === undefined || seen.port === wanted.port || index.portAt(wanted)?.lag === seen.port;
}

type Where = { readonly at: readonly PortRef[]; readonly node: string; readonly line: number };

function tooSlow(
  { index }: CheckContext,
  { node, speedMbit: wantedMbit }: ExpectedNode,
  here: readonly Attachment[],
  where: Where,
): readonly CablingFinding[] {
  const speeds = here.flatMap(({ at, speedMbit }) => speedMbit ?? index.portAt(at)?.speedMbit ?? []);
  const speedMbit = Math.max(...speeds);
  if (wantedMbit === undefined || speeds.length === 0 || speedMbit >= wantedMbit) return [];
  return [finding({ kind: "slow", what: node, speedMbit, wantedMbit, because: "file" }, where)];
}

type Absent = {
  readonly node: string;
  readonly found: Wanted["found"];
  readonly moved: Attachment | undefined;
};

function notThere(context: CheckContext, { node, found, moved }: Absent): CablingFact {
  const { nameOf, machinesAt, isDown } = context;
  const at = nameOf(found.at);
  if (moved) {
    const other = machinesAt(found.at).find(({ endpoint }) => endpoint !== node);
    return {
      kind: "nodeMoved",
      node,
      at,
      seenAt: nameOf(moved.at),
      instead: other && (other.endpoint ?? other.mac),
    };
  }
  const isKnown = found.switch.knowledge === "read" || isDown(found.at);
  if (!isKnown) return { kind: "unverified", what: `${node} at ${at}`, name: found.switch.name };
  return { kind: "nodeMissing", node, at, isDown: isDown(found.at) };
}

/** Machines that the file has nowhere. */
export function checkStrangers(
  { expected, attachments, nameOf }: CheckContext,
  appliance: string | undefined,
): readonly CablingFinding[] {
  if (expected.nodes.length === 0) return [];
  const written = new Set(expected.nodes.map(({ node }) => node));
  return [...attachments].flatMap(([node, places]) =>
    written.has(node) || node === appliance
      ? []
      : places.map(({ at }) =>
          finding({ kind: "nodeUnexpected", node, seenAt: nameOf(at) }, { at: [at], node }),
        ),
  );
}
