/**
 * What people should hear of a scan, against what they have heard before: a scan each hour does not say the same each
 * hour. Pure.
 */
import type { FabricEvent } from "#src/events/fabric_event.ts";
import { unreachable } from "#src/value/unreachable.ts";
import { APPLIANCE } from "./fabric_messages.ts";
import type { Attachment, Contradiction, Fabric, PortRef } from "./graph.ts";
import type { GapReason } from "./reading.ts";
import type { KnownFabric, ScanRecord, ScanTrigger } from "./scan_record.ts";
import type { ScanNote } from "./scan_types.ts";

/** Of one kind in one scan: the rest is in the graph. */
const MAX_OF_A_KIND = 50;

/** @returns what is new, the summary last; a summary alone only when the scan was asked for or the numbers changed */
export function newsOf(
  before: KnownFabric | undefined,
  trigger: ScanTrigger,
  after: KnownFabric,
): readonly FabricEvent[] {
  const news = [
    ...(trigger === "heard" ? [] : scanNews(before?.record, after.record)),
    ...few(rewired(before?.fabric, after.fabric)),
    ...few(contradictions(before?.fabric, after.fabric)),
  ];
  if (trigger === "heard") return news;
  const summary = summaryOf(after);
  const isNew = !before || news.length > 0 || !sameNumbers(summary, summaryOf(before));
  return isNew || trigger === "asked" ? [...news, summary] : news;
}

type Summary = Extract<FabricEvent, { kind: "fabricScanned" }>;

const sameNumbers = (one: Summary, other: Summary): boolean =>
  JSON.stringify({ ...one, tookMs: 0 }) === JSON.stringify({ ...other, tookMs: 0 });

function summaryOf({ fabric, record }: KnownFabric): Summary {
  const nodes = new Set(fabric.attachments.flatMap(({ endpoint }) => endpoint ?? []));
  nodes.delete(APPLIANCE);
  return {
    kind: "fabricScanned",
    switches: fabric.switches.length,
    read: record.read,
    silent: record.silent.length,
    links: fabric.links.length,
    nodes: nodes.size,
    gaps: record.gaps.length,
    tookMs: record.endedAtMs - record.startedAtMs,
  };
}

function scanNews(before: ScanRecord | undefined, { silent, notes }: ScanRecord): readonly FabricEvent[] {
  const wasSilent = new Set(before?.silent.map(({ address }) => address));
  const isSilent = new Set(silent.map(({ address }) => address));
  const told = new Set(before?.notes.map(keyOf));
  return [
    ...few(
      silent
        .filter(({ address }) => !wasSilent.has(address))
        .map(({ address, reason }) => ({
          ...({ kind: "switchSilent", address, because: describeGap(reason) } as const),
        })),
    ),
    ...few(
      [...wasSilent]
        .filter((address) => !isSilent.has(address))
        .map((address) => ({ kind: "switchAnswers", address }) as const),
    ),
    ...few(notes.filter((note) => !told.has(keyOf(note))).flatMap(eventOf)),
  ];
}

/** How many were left changes from scan to scan, and is not what matters. */
const keyOf = (note: ScanNote): string => JSON.stringify({ ...note, left: 0 });

/** `outside` is in the scan's report: an address that nobody allowed is no event. */
function eventOf(note: ScanNote): readonly FabricEvent[] {
  switch (note.kind) {
    case "tableCut": {
      const { address, gap } = note;
      return [{ kind: "switchTableCut", address, table: gap.table, because: describeGap(gap.reason) }];
    }
    case "outside":
      return [];
    case "limit":
    case "aborted":
    case "threadEnded":
      return [{ kind: "fabricScanCut", because: describeNote(note) }];
    default:
      return unreachable(note);
  }
}

/** A note in words, without a full stop. */
export function describeNote(note: ScanNote): string {
  switch (note.kind) {
    case "tableCut":
      return `table ${note.gap.table} of ${note.address} was cut off: ${describeGap(note.gap.reason)}`;
    case "outside":
      return `${note.namedBy} names a switch at ${note.address}, which is in none of the prefixes that may be asked`;
    case "limit":
      return note.limit === "switches"
        ? `it may ask no more switches, and ${note.left} were left`
        : `its time was over, and ${note.left} switches were left`;
    case "aborted":
      return `it was cancelled, and ${note.left} switches were left`;
    case "threadEnded":
      return "its thread ran out of memory";
    default:
      return unreachable(note);
  }
}

const GAPS: Readonly<Record<GapReason, string>> = {
  deadline: "it took too long",
  noAnswer: "no answer",
  loop: "it repeats itself",
  rowLimit: "it never ends",
  refused: "it refuses the credentials",
  malformed: "it says nonsense",
};

/** Why a table is not whole, or a switch silent, in words. */
export const describeGap = (reason: GapReason): string => GAPS[reason];

/** Nodes whose card is on another port than before. A port that is not known any more says nothing. */
function rewired(before: Fabric | undefined, after: Fabric): readonly FabricEvent[] {
  const was = new Map(before?.attachments.map((one) => [one.mac, one]));
  return after.attachments.flatMap((now) => {
    const then = was.get(now.mac);
    if (!before || !then || now.endpoint === undefined || !isElsewhere(then, now)) return [];
    const from = portText(before, then.at);
    const to = portText(after, now.at);
    return [{ kind: "nodeRewired", node: now.endpoint, mac: now.mac, from, to } as const];
  });
}

/** The same switch without a port is less knowledge and no move. */
const isElsewhere = ({ at: then }: Attachment, { at: now }: Attachment): boolean =>
  then.switch !== now.switch || (then.port !== undefined && now.port !== undefined && then.port !== now.port);

function portText({ switches }: Fabric, { switch: id, port }: PortRef): string {
  const name = switches.find((one) => one.id === id)?.name ?? id;
  return port === undefined ? name : `${name} port ${port}`;
}

function contradictions(before: Fabric | undefined, after: Fabric): readonly FabricEvent[] {
  const told = new Set(before?.contradictions.map(sameAs));
  return after.contradictions
    .filter((one) => !told.has(sameAs(one)))
    .map(({ kind, text }) => ({ kind: "fabricContradiction", contradiction: kind, problem: text }));
}

const sameAs = ({ kind, at, mac }: Contradiction): string => JSON.stringify([kind, at, mac]);

const few = (events: readonly FabricEvent[]): readonly FabricEvent[] => events.slice(0, MAX_OF_A_KIND);
