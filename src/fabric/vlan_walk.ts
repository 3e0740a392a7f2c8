/**
 * MAC tables that a switch shows per VLAN only: Catalysts, by a community with the VLAN behind it or by a context. Other
 * switches that list VLANs of Cisco's MIB do not answer to that, or show the same table whatever is asked.
 */
import type { ReadingGap, SwitchWalk } from "./reading.ts";
import type { SnmpCredentials } from "./snmp_credentials.ts";
import { type Open, probe } from "./snmp_probe.ts";
import { VLAN_TABLES } from "./snmp_tables.ts";
import type { Varbind } from "./snmp_value.ts";
import { gapsOf, type Room, readTables } from "./table_run.ts";
import { isSameTable, macRows, rowsInOrder } from "./walk_rows.ts";

const VLANS_AT_ONCE = 4;
/** VLANs with the same table as the switch itself, before it is believed that it has but one. */
const SAME_TABLES = 3;

export type VlanWalkOptions = {
  readonly open: Open;
  readonly credentials: SnmpCredentials;
  readonly room: Room;
  /** What the switch shows where no VLAN is named. */
  readonly own: readonly Varbind[];
};

export type VlanWalks = Pick<SwitchWalk, "perVlan" | "gaps">;
type VlanWalk = { readonly vlanId: number; readonly varbinds: readonly Varbind[]; readonly isSame: boolean };

export async function readVlans(vlanIds: readonly number[], options: VlanWalkOptions): Promise<VlanWalks> {
  const [first] = vlanIds;
  if (first === undefined) return { perVlan: [], gaps: [] };
  const { open, credentials, own } = options;
  const found = await probe(open(forVlan(credentials, first)));
  if (found !== "answers") {
    // Where there is a table all the same, it is the whole one.
    const gaps = own.length > 0 ? [] : [{ table: `dot1dTpFdbTable of VLAN ${first}`, reason: found }];
    return { perVlan: [], gaps };
  }
  return await readAll(vlanIds, options);
}

async function readAll(vlanIds: readonly number[], options: VlanWalkOptions): Promise<VlanWalks> {
  const walks: VlanWalk[] = [];
  const gaps: ReadingGap[] = [];
  const rest = vlanIds.values();
  const hasOneTable = (): boolean =>
    walks.length >= Math.min(SAME_TABLES, Math.max(2, vlanIds.length)) && walks.every(({ isSame }) => isSame);
  const take = async (): Promise<void> => {
    for (const vlanId of rest) {
      const read = await readOne(vlanId, options);
      walks.push(read.walk);
      gaps.push(...read.gaps);
      if (hasOneTable()) return;
    }
  };
  await Promise.all(Array.from({ length: VLANS_AT_ONCE }, take));
  if (hasOneTable()) return { perVlan: [], gaps };
  const perVlan = walks
    .filter(({ varbinds }) => varbinds.length > 0)
    .map(({ vlanId, varbinds }) => ({ vlanId, varbinds }))
    .sort((left, right) => left.vlanId - right.vlanId);
  return { perVlan, gaps };
}

async function readOne(
  vlanId: number,
  { open, credentials, room, own }: VlanWalkOptions,
): Promise<{ readonly walk: VlanWalk; readonly gaps: readonly ReadingGap[] }> {
  using session = open(forVlan(credentials, vlanId));
  const walks = await readTables(VLAN_TABLES, { ask: (request) => session.bulk(request), room, atOnce: 1 });
  const gaps = gapsOf(walks).map(({ table, reason }) => ({ table: `${table} of VLAN ${vlanId}`, reason }));
  const isSame = own.length > 0 && isSameTable(macRows(walks), own);
  return { walk: { vlanId, varbinds: rowsInOrder(walks), isSame }, gaps };
}

/** As Catalysts want it. */
const forVlan = (credentials: SnmpCredentials, vlanId: number): SnmpCredentials =>
  credentials.version === "2c"
    ? { ...credentials, community: `${credentials.community}@${vlanId}` }
    : { ...credentials, context: `vlan-${vlanId}` };
