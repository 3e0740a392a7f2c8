/** Reads tables of one switch over one session, several at once, within the memory that the switch is given. */
import type { ReadingGap } from "./reading.ts";
import type { SnmpTable } from "./snmp_tables.ts";
import { type BulkReply, type BulkRequest, TableWalk } from "./table_walk.ts";

/** What one switch may fill: 40,000 learnt MACs. */
export const SWITCH_BYTES = 16 << 20;
/** Switches have small processors, and answer one request after the other. */
const TABLES_AT_ONCE = 4;

export type Ask = (request: BulkRequest) => Promise<BulkReply>;

/** Memory that is left, shared by all tables of a switch. */
export type Room = { leftBytes: number };

/** @returns a walk for each table that was asked for, in their order */
export async function readTables(
  tables: readonly SnmpTable[],
  { ask, room, atOnce = TABLES_AT_ONCE }: { ask: Ask; room: Room; atOnce?: number },
): Promise<readonly TableWalk[]> {
  const reading = new Map<string, Promise<TableWalk | undefined>>();
  const read = async (table: SnmpTable): Promise<TableWalk | undefined> => {
    for (const name of table.unless ?? []) if ((await reading.get(name))?.hasRows) return undefined;
    return await readTable(new TableWalk(table), { ask, room });
  };
  const rest = tables.values();
  // Each takes the next table off the same list: what a table waits for stands before it, and is on its way.
  const take = async (): Promise<void> => {
    for (const table of rest) {
      const walk = read(table);
      reading.set(table.name, walk);
      await walk;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  const walks = (await Promise.all(reading.values())).filter((walk) => walk !== undefined);
  for (const walk of walks.filter(({ isBroken }) => isBroken)) {
    walk.resume();
    await readTable(walk, { ask, room });
  }
  return walks;
}

/** From where it stands to its end. */
async function readTable(walk: TableWalk, { ask, room }: { ask: Ask; room: Room }): Promise<TableWalk> {
  for (let request = walk.next(); request; request = walk.next()) {
    // Also before the first one: a switch whose other tables were endless does not fill this one.
    if (room.leftBytes <= 0) {
      walk.cut("rowLimit");
      continue;
    }
    const reply = await ask(request);
    // Not in one line: what is left would be read before the reply is there, and others take meanwhile.
    room.leftBytes -= walk.take(reply);
  }
  return walk;
}

export const gapsOf = (walks: readonly TableWalk[]): readonly ReadingGap[] =>
  walks.map(({ gap }) => gap).filter((gap) => gap !== undefined);
