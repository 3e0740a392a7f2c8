/** The switches of `made_network.ts` as agents, in a process of their own: `node test/bench/fabric/farm.ts`. Says `up` when they listen. */
import { serve, startAgent } from "#test/fabric/snmp_agent.ts";
import { switchRows } from "#test/fabric/switch_rows.ts";
import { addressOf, madeSwitch, SWITCHES } from "./made_network.ts";

const SNMP_PORT = 161;

for (let at = 0; at < SWITCHES; at++) {
  const answer = serve(switchRows(madeSwitch(at)));
  await startAgent(answer, { address: addressOf(at), port: SNMP_PORT });
}
process.stdout.write("up\n");
