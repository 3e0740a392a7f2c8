/** The walk of one switch: which credentials it takes, whether it was read before, then its tables, until its deadline. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { SYSTEM } from "./mib.ts";
import type { GapReason, ReadingGap, SwitchWalk } from "./reading.ts";
import type { RequestGate } from "./request_gate.ts";
import type { SnmpCredentials } from "./snmp_credentials.ts";
import { SnmpSession } from "./snmp_session.ts";
import { IDENTITY_TABLES, SWITCH_TABLES, VLAN_STATE_TABLE, VLAN_TABLES } from "./snmp_tables.ts";
import { type Ask, gapsOf, type Room, readTables, SWITCH_BYTES } from "./table_run.ts";
import { identityOf, mayHideVlans, operationalVlans, rowsInOrder } from "./walk_rows.ts";

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

/** Of each request. With the waits of `snmp_session.ts` all of them take 4.75 times the first timeout. */
const RETRIES = 2;
const TIMEOUTS_IN_REQUEST = 4.75;
const TIMEOUT_MS = { least: 1000, most: 2500 } as const;
/** A reply to a large request takes longer than one to the first. */
const ROUND_TRIPS = 4;
/** Of the deadline, spent at most on finding out whether anybody is there. */
const PROBE_PART = 0.5;
const VLANS_AT_ONCE = 4;

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

/** A session that ends with the signal. */
type Open = (credentials: SnmpCredentials) => SnmpSession;

const openers =
  (
    { address, port }: WalkTarget,
    { gate, signal, timeoutMs }: { gate: RequestGate; signal: AbortSignal; timeoutMs: number },
  ): Open =>
  (credentials) => {
    const session = new SnmpSession({ address, port, credentials, gate, timeoutMs, retries: RETRIES });
    if (signal.aborted) session.close();
    else signal.addEventListener("abort", () => session.close(), { once: true });
    return session;
  };

/** Closes the session. */
async function probe(opened: SnmpSession): Promise<GapReason | "answers"> {
  using session = opened;
  const reply = await session.bulk({ oids: Object.values(SYSTEM), repetitions: 1 });
  if (reply.ok) {
    const isShown = reply.columns.some((cells) => cells.some((cell) => cell !== undefined));
    return isShown ? "answers" : "refused";
  }
  switch (reply.why) {
    case "closed":
      return "deadline";
    case "tooBig":
    case "end":
      return "answers";
    default:
      return reply.why;
  }
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
  const vlans = await readVlans(operationalVlans(rowsInOrder(walks)), { open, credentials, room });
  const walk = {
    ...{ address, takenAtMs: nowMs() },
    varbinds: rowsInOrder(walks),
    perVlan: vlans.perVlan,
    gaps: [...gapsOf(walks), ...vlans.gaps],
  };
  return { kind: "walk", walk, credentials: place };
}

type Vlans = Pick<SwitchWalk, "perVlan" | "gaps">;

/** The first one alone: a switch that does not show its VLANs in this way lets each request time out. */
async function readVlans(
  [first, ...others]: readonly number[],
  from: { readonly open: Open; readonly credentials: SnmpCredentials; readonly room: Room },
): Promise<Vlans> {
  if (first === undefined) return { perVlan: [], gaps: [] };
  const perVlan: SwitchWalk["perVlan"][number][] = [];
  const gaps: ReadingGap[] = [];
  const read = async (vlanId: number): Promise<void> => {
    using session = from.open(forVlan(from.credentials, vlanId));
    const ask: Ask = (request) => session.bulk(request);
    const walks = await readTables(VLAN_TABLES, { ask, room: from.room, atOnce: 1 });
    const varbinds = rowsInOrder(walks);
    if (varbinds.length > 0) perVlan.push({ vlanId, varbinds });
    gaps.push(...gapsOf(walks).map(({ table, reason }) => ({ table: `${table} of VLAN ${vlanId}`, reason })));
  };
  await read(first);
  const rest = gaps.length > 0 ? [].values() : others.values();
  const take = async (): Promise<void> => {
    for (const vlanId of rest) await read(vlanId);
  };
  await Promise.all(Array.from({ length: VLANS_AT_ONCE }, take));
  return { perVlan: perVlan.toSorted((left, right) => left.vlanId - right.vlanId), gaps };
}

/** As Catalysts want it: a community with the VLAN behind it, or a context. */
const forVlan = (credentials: SnmpCredentials, vlanId: number): SnmpCredentials =>
  credentials.version === "2c"
    ? { ...credentials, community: `${credentials.community}@${vlanId}` }
    : { ...credentials, context: `vlan-${vlanId}` };
