/** The walk of one switch: which credentials it takes, whether it was read before, then its tables, until its deadline. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { GapReason, SwitchWalk } from "./reading.ts";
import type { RequestGate } from "./request_gate.ts";
import type { SnmpCredentials } from "./snmp_credentials.ts";
import { type Open, openers, probe, TIMEOUTS_IN_REQUEST } from "./snmp_probe.ts";
import { IDENTITY_TABLES, SWITCH_TABLES, VLAN_STATE_TABLE } from "./snmp_tables.ts";
import { gapsOf, type Room, readTables, SWITCH_BYTES } from "./table_run.ts";
import { readVlans } from "./vlan_walk.ts";
import { identityOf, macRows, mayHideVlans, operationalVlans, rowsInOrder } from "./walk_rows.ts";

export type WalkTarget = {
  readonly address: Ipv4;
  readonly port?: number | undefined;
  /** In the order in which they are tried. */
  readonly credentials: readonly SnmpCredentials[];
};

export type WalkContext = {
  readonly gate: RequestGate;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly nowMs: () => number;
  /** Asked once it is known who it is: a switch that was read under another address is left alone. */
  readonly isNew: (identity: string) => boolean;
};

export type WalkOutcome =
  /** `credentials`: those that it took, by their place. */
  | { readonly kind: "walk"; readonly walk: SwitchWalk; readonly credentials: number }
  | { readonly kind: "again" }
  | { readonly kind: "silent"; readonly reason: GapReason };

const TIMEOUT_MS = { least: 1000, most: 2500 } as const;
/** A reply to a large request takes longer than one to the first. */
const ROUND_TRIPS = 4;
/** Of the deadline, spent at most on finding out whether anybody is there. */
const PROBE_PART = 0.5;

/** Never rejects. Ends at the deadline with what there is. */
export async function readWalk(target: WalkTarget, context: WalkContext): Promise<WalkOutcome> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(context.deadlineMs)]);
  let reason: GapReason = "noAnswer";
  const timeoutMs = (context.deadlineMs * PROBE_PART) / target.credentials.length / TIMEOUTS_IN_REQUEST;
  for (const [place, credentials] of target.credentials.entries()) {
    const startedAtMs = context.nowMs();
    const found = await probe(openers(target, { ...context, signal, timeoutMs })(credentials));
    if (found !== "answers") {
      reason = worse(reason, found);
      continue;
    }
    const tripMs = (context.nowMs() - startedAtMs) * ROUND_TRIPS;
    const waitMs = Math.min(Math.max(tripMs, TIMEOUT_MS.least), TIMEOUT_MS.most);
    const open = openers(target, { ...context, signal, timeoutMs: waitMs });
    return await readAnswering({ open, credentials, place, address: target.address }, context);
  }
  return { kind: "silent", reason: signal.aborted ? "deadline" : reason };
}

/** A refusal says more than silence, and nonsense more than that. */
const SEVERITY: readonly GapReason[] = ["noAnswer", "refused", "malformed", "deadline"];
const worse = (left: GapReason, right: GapReason): GapReason =>
  SEVERITY.indexOf(right) > SEVERITY.indexOf(left) ? right : left;

type Answering = {
  readonly open: Open;
  readonly credentials: SnmpCredentials;
  readonly place: number;
  readonly address: Ipv4;
};

async function readAnswering(
  { open, credentials, place, address }: Answering,
  { nowMs, isNew }: WalkContext,
): Promise<WalkOutcome> {
  using session = open(credentials);
  const room: Room = { leftBytes: SWITCH_BYTES };
  const from = { ask: session.bulk.bind(session), room };
  const who = await readTables(IDENTITY_TABLES, from);
  const identity = identityOf(rowsInOrder(who));
  if (identity !== undefined && !isNew(identity)) return { kind: "again" };
  const walks = [...who, ...(await readTables(SWITCH_TABLES, from))];
  if (mayHideVlans(walks)) walks.push(...(await readTables([VLAN_STATE_TABLE], from)));
  const vlanIds = operationalVlans(rowsInOrder(walks));
  const vlans = await readVlans(vlanIds, { open, credentials, room, own: macRows(walks) });
  const walk = {
    ...{ address, takenAtMs: nowMs() },
    varbinds: rowsInOrder(walks),
    perVlan: vlans.perVlan,
    gaps: [...gapsOf(walks), ...vlans.gaps],
  };
  return { kind: "walk", walk, credentials: place };
}
