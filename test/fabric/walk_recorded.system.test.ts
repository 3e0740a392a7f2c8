/** Recorded switches, asked over the wire: what is fetched must be enough for the same reading as all that was recorded. */
import { describe, expect, test } from "vitest";
import { compareOids } from "#src/fabric/oid_order.ts";
import { readSwitch } from "#src/fabric/read_switch.ts";
import type { SwitchReading } from "#src/fabric/reading.ts";
import { RequestGate } from "#src/fabric/request_gate.ts";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { readWalk } from "#src/fabric/switch_walk.ts";
import { ip } from "#test/dhcp/packets.ts";
import { serve, startAgent } from "./snmp_agent.ts";
import { hasSnmpRecordings, RECORDED_SWITCHES, recordedWalk } from "./snmprec.ts";

const COMMUNITY = "public";
const LOCALHOST = ip("127.0.0.1");

/** As an agent has them: in order, each once. */
const served = (rows: readonly Varbind[]): readonly Varbind[] => [
  ...new Map(
    rows.toSorted((left, right) => compareOids(left.oid, right.oid)).map((row) => [row.oid, row]),
  ).values(),
];

async function walked(rows: readonly Varbind[], mostCells: number): Promise<SwitchReading> {
  const answer = serve(rows, { mostCells });
  // Not to a community with a VLAN behind it.
  await using agent = await startAgent((request) => (request.community === COMMUNITY ? answer(request) : []));
  const outcome = await readWalk(
    { address: LOCALHOST, port: agent.port, credentials: [{ version: "2c", community: COMMUNITY }] },
    {
      ...{ gate: new RequestGate(100), signal: AbortSignal.timeout(60_000), deadlineMs: 60_000 },
      ...{ nowMs: () => 0, isNew: () => true },
    },
  );
  if (outcome.kind !== "walk") throw new Error(JSON.stringify(outcome));
  return readSwitch(outcome.walk);
}

describe.skipIf(!hasSnmpRecordings)("the same reading from the wire", () => {
  test.each(RECORDED_SWITCHES.flatMap((name) => [[name, 1000] as const, [name, 9] as const]))(
    "%s, an agent that sends %i values at most",
    async (name, mostCells) => {
      const rows = served(recordedWalk(name).varbinds);
      const whole = readSwitch({ ...recordedWalk(name), address: LOCALHOST, varbinds: rows });
      expect(await walked(rows, mostCells)).toEqual(whole);
    },
  );
});
