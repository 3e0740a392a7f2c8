/** CPU time of reading each recorded switch: parsing the file, and making a reading of its rows. One line a recording. */
import { readSwitch } from "#src/fabric/read_switch.ts";
import { RECORDED_SWITCHES, recordedWalk } from "#test/fabric/snmprec.ts";

const cpuSec = (since: NodeJS.CpuUsage): string => {
  const { user, system } = process.cpuUsage(since);
  return ((user + system) / 1e6).toFixed(3);
};

for (const name of RECORDED_SWITCHES) {
  const start = process.cpuUsage();
  const walk = recordedWalk(name);
  const parsed = process.cpuUsage();
  const reading = readSwitch(walk);
  const readSec = cpuSec(parsed);
  const { ports, neighbours, learned } = reading;
  process.stdout.write(
    `${name}: ${cpuSec(start)} s CPU, of which reading ${readSec} s, for ${walk.varbinds.length} rows: ${ports.length} ports, ${neighbours.length} neighbours, ${learned.length} MACs\n`,
  );
}
