/** Links and nodes that are slower than those beside them, or than their port can be. Pure. */
import type { CablingFinding, SlowReason } from "./cabling_types.ts";
import { type CheckContext, linkText } from "./check_context.ts";
import { finding } from "./check_text.ts";
import type { PortRef } from "./graph.ts";
import { cableMbit, usualMbit } from "./port_health.ts";
import { portKey } from "./port_index.ts";

/** So many have to be there, and such a share of them as fast, before one that is slower is odd. */
const MIN_ALIKE = 4;
const ALIKE_SHARE = 0.75;

/** What a port does by the name that its maker gives to its kind, in Mbit/s. */
const NAMED_SPEEDS: readonly (readonly [RegExp, number])[] = [
  [/^hu(ndredgig|\d)/i, 100_000],
  [/^fo(rtygig|\d)/i, 40_000],
  [/^(twe|twentyfivegig)/i, 25_000],
  [/^(te|xe-|xge|tengig)/i, 10_000],
];

type Run = {
  readonly what: string;
  readonly at: readonly PortRef[];
  readonly speedMbit: number;
  readonly node?: string | undefined;
};
type Group = { readonly key: string; readonly run: Run };

export function checkSpeeds(context: CheckContext): readonly CablingFinding[] {
  const slow = new Map<string, CablingFinding>();
  const groups = Map.groupBy([...nodeRuns(context), ...linkRuns(context)], ({ key }) => key);
  for (const group of groups.values()) {
    const wantedMbit = commonMbit(group.map(({ run }) => run.speedMbit));
    for (const { run } of group)
      if (run.speedMbit < wantedMbit && !slow.has(run.what))
        slow.set(run.what, tooSlow(run, wantedMbit, "siblings"));
  }
  for (const { run } of [...groups.values()].flat()) {
    const wantedMbit = Math.min(...run.at.map(namedMbit));
    if (Number.isFinite(wantedMbit) && run.speedMbit < wantedMbit && !slow.has(run.what))
      slow.set(run.what, tooSlow(run, wantedMbit, "portName"));
  }
  return [...slow.values()];
}

const tooSlow = (
  { what, at, speedMbit, node }: Run,
  wantedMbit: number,
  because: SlowReason,
): CablingFinding => finding({ kind: "slow", what, speedMbit, wantedMbit, because }, { at, node });

/** What nearly all run at; 0: they differ. */
function commonMbit(speeds: readonly number[]): number {
  const usual = usualMbit(speeds) ?? 0;
  const alike = speeds.filter((speed) => speed === usual).length;
  return speeds.length >= MIN_ALIKE && alike >= ALIKE_SHARE * speeds.length ? usual : 0;
}

const namedMbit = ({ port = "" }: PortRef): number =>
  NAMED_SPEEDS.find(([name]) => name.test(port))?.[1] ?? Number.POSITIVE_INFINITY;

/**
 * Nodes whose names differ by numbers alone, at one switch, were bought together. Those that share a port hang at
 * something that nobody sees, and the speed is of that.
 */
function nodeRuns({ fabric, index, nameOf, machinesAt }: CheckContext): readonly Group[] {
  return fabric.attachments.flatMap(({ endpoint, at, speedMbit: said }) => {
    const port = index.portAt(at);
    const speedMbit = said ?? port?.speedMbit;
    if (endpoint === undefined || !speedMbit || port?.isUp === false || machinesAt(at).length > 1) return [];
    const run = { what: `${endpoint} at ${nameOf(at)}`, at: [at], speedMbit, node: endpoint };
    return { key: `node ${at.switch} ${endpoint.replaceAll(/\d+/g, "#")}`, run };
  });
}

/** The links of one switch. */
function linkRuns(context: CheckContext): readonly Group[] {
  return context.fabric.links.flatMap((link) => {
    const speedMbit = cableMbit(context.index, link);
    if (!speedMbit) return [];
    const run = { what: `Link ${linkText(context, link.ends)}`, at: link.ends, speedMbit };
    return link.ends.map((end) => ({ key: `link ${portKey({ switch: end.switch })}`, run }));
  });
}
